package starling.node.topology;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Watches all nodes of a {@link ConsensusSimulation} and knows what must hold of every history. */
final class LogOracle {
  /** What must hold of every history. */
  enum Rule {
    /** All nodes have the same record of a number. */
    ONE_RECORD,
    /** A record that a node knows has the votes of a majority, in one ballot. */
    MAJORITY,
    /** A ballot is for one record. */
    ONE_BALLOT,
    /** What is in force is durable. */
    DURABLE,
    /** Once all faults are over, records are chosen, and all members know them. */
    PROGRESS,
    /** No node reports a conflict, and there is one line. */
    QUIET
  }

  /** A rule was broken. */
  static final class Broken extends AssertionError {
    private static final long serialVersionUID = 1;

    final Rule rule;

    Broken(Rule rule, String text) {
      super(rule + ": " + text);
      this.rule = rule;
    }
  }

  /** What a run did, so that a test can tell that it did something. */
  enum Mark {
    CHOSEN,
    ADOPTED_RECORD,
    SUPERSEDED,
    CRASH,
    LOST_STORES,
    WIPED_VOTER_VOTED_AGAIN,
    ANNOUNCEMENT_TAUGHT,
    BAN,
    NEW_VOTER,
    UNKNOWN_OUTCOME,
    HOSTILE_VOTE
  }

  private record Cast(long number, Ballot ballot) {}

  private final Map<Long, RingState> rings = new HashMap<>();
  private final Map<Cast, Set<UUID>> votes = new HashMap<>();
  private final Map<Cast, RecordHash> ballots = new HashMap<>();
  private final Map<Mark, Integer> marks = new EnumMap<>(Mark.class);

  LogOracle(RingRecord founding) {
    rings.put(0L, RingState.unfounded(Sample.CLUSTER));
    rings.put(1L, rings.get(0L).apply(founding));
  }

  /** How many records some node has known. */
  long records() {
    return rings.size() - 1L;
  }

  /** The ring after the last record that some node has known. */
  RingState last() {
    return rings.get(records());
  }

  Map<Mark, Integer> marks() {
    return marks;
  }

  void mark(Mark mark) {
    marks.merge(mark, 1, Integer::sum);
  }

  /** A node has put this record into its log. */
  void known(RingRecord record) {
    RingState before = rings.get(record.number() - 1);
    RingState known = rings.get(record.number());
    if (known != null) {
      if (!known.hash().equals(record.hash())) {
        throw new Broken(Rule.ONE_RECORD, "two records " + record.number());
      }
      return;
    }
    requireVotes(record, before);
    RingState after = before.apply(record);
    rings.put(record.number(), after);
    mark(Mark.CHOSEN);
    if (after.voters().size() > before.voters().size()) {
      mark(Mark.NEW_VOTER);
    }
    if (after.bans().size() > before.bans().size()) {
      mark(Mark.BAN);
    }
  }

  private void requireVotes(RingRecord record, RingState before) {
    for (Map.Entry<Cast, Set<UUID>> each : votes.entrySet()) {
      if (each.getKey().number == record.number()
          && record.hash().equals(ballots.get(each.getKey()))) {
        long count = before.voters().stream().filter(each.getValue()::contains).count();
        if (count >= before.majority()) {
          return;
        }
      }
    }
    throw new Broken(Rule.MAJORITY, "record " + record.number() + " has no majority in any ballot");
  }

  /** A voter stores its vote. */
  void voted(UUID voter, Ballot ballot, RingRecord record) {
    Cast cast = new Cast(record.number(), ballot);
    votes.computeIfAbsent(cast, key -> new HashSet<>()).add(voter);
    RecordHash other = ballots.putIfAbsent(cast, record.hash());
    if (other != null && !other.equals(record.hash())) {
      throw new Broken(Rule.ONE_BALLOT, "one ballot for two records: " + cast);
    }
  }
}
