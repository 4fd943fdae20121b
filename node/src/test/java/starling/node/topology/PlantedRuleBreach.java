package starling.node.topology;

/**
 * Ways to leave out a rule of PROTOCOL P27, planted around the consensus: at its disk, its network
 * or its start. Each names the seed of a {@link ConsensusSimulation} that finds it.
 */
enum PlantedRuleBreach {
  /** Promises, votes and records are sent before they are durable. */
  NOT_FSYNCED(64),
  /** Members that seem dead are not needed for a majority. */
  MAJORITY_OF_THE_LIVE(1),
  /** A banned member's promises and votes count for a majority. */
  BANNED_MEMBER_COUNTS(3),
  /** A proposer does not adopt the record that voters have voted for. */
  ACCEPTED_VALUE_IGNORED(7),
  /** A voter whose directory was lost or rolled back votes again at once. */
  WIPED_VOTER_VOTES(50),
  /** Two processes of a node use the same ballots. */
  SAME_NONCE(124),
  /** A record is announced as chosen that a member has only voted for. */
  ANNOUNCED_UNCHOSEN(1);

  final long seed;

  PlantedRuleBreach(long seed) {
    this.seed = seed;
  }
}
