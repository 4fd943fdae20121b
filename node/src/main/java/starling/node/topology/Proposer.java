package starling.node.topology;

import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.ring.RingNode;

/**
 * One proposal of the next record: the proposer of single-decree Paxos.
 *
 * <pre>
 *   PREPARING ── a majority promised ──▶ VOTING ── a majority voted ──▶ chosen
 *       ▲                │                 │
 *       └── a pause ── OUTBID ◀────────────┘
 * </pre>
 *
 * A proposer that finds a vote among the promises proposes the record of the highest ballot instead
 * of its own: that record may be chosen already. Only voters of the present ring count, each once,
 * and the majority is of all of them, whatever seems alive.
 */
final class Proposer {
  private enum Stage {
    PREPARING,
    VOTING,
    OUTBID
  }

  private final ConsensusConfig config;
  private final RandomGenerator random;
  private final Outbox outbox;
  private final RingState state;
  private final UUID self;
  private final long processNonce;
  private final RingRecord own;
  private final long deadlineNanos;
  private final SortedSet<UUID> answered = new TreeSet<>(RingNode.ID_ORDER);
  private final SortedSet<UUID> declined = new TreeSet<>(RingNode.ID_ORDER);

  private Stage stage = Stage.PREPARING;
  private Ballot ballot;
  private RingRecord value;
  private @Nullable Ballot valueBallot;
  private long highestRound;
  private long dueNanos;

  /** Whether voters were asked to vote for its own record, so that it may be chosen. */
  private boolean ownSent;

  private String reason = "";

  /**
   * @param state the ring that the record follows
   * @param highestRound above which its ballots begin
   */
  Proposer(
      ConsensusConfig config,
      RandomGenerator random,
      Outbox outbox,
      RingState state,
      UUID self,
      long processNonce,
      RingRecord own,
      long highestRound,
      long deadlineNanos) {
    this.config = config;
    this.random = random;
    this.outbox = outbox;
    this.state = state;
    this.self = self;
    this.processNonce = processNonce;
    this.own = own;
    this.value = own;
    this.highestRound = highestRound;
    this.deadlineNanos = deadlineNanos;
    this.ballot = new Ballot(highestRound + 1, self, processNonce);
  }

  RingRecord own() {
    return own;
  }

  /** Begins a ballot above every one that it has heard of. */
  void begin(long nowNanos) {
    ballot = new Ballot(++highestRound, self, processNonce);
    value = own;
    valueBallot = null;
    enter(Stage.PREPARING, nowNanos);
  }

  private void enter(Stage next, long nowNanos) {
    stage = next;
    answered.clear();
    declined.clear();
    dueNanos = nowNanos + config.resendNanos();
    state.voters().forEach(this::ask);
  }

  /** Asks a voter for what is missing from it. */
  private void ask(UUID voter) {
    outbox.send(
        voter,
        stage == Stage.PREPARING
            ? new ConsensusMessage.Prepare(state.line(), own.number(), state.hash(), ballot)
            : new ConsensusMessage.Accept(state.line(), ballot, value));
  }

  /** Asks a voter again that has just learned the records it lacked. */
  void askAgain(UUID voter) {
    if (stage != Stage.OUTBID && missing(voter)) {
      ask(voter);
    }
  }

  void onPromise(UUID from, ConsensusMessage.Promise m, long nowNanos) {
    if (stage != Stage.PREPARING || !m.ballot().equals(ballot) || !missing(from)) {
      return;
    }
    answered.add(from);
    Ballot voted = m.votedBallot();
    RingRecord record = m.voted();
    if (voted != null
        && record != null
        && (valueBallot == null || voted.compareTo(valueBallot) > 0)) {
      valueBallot = voted;
      value = record;
    }
    if (answered.size() >= state.majority()) {
      ownSent |= value.equals(own);
      enter(Stage.VOTING, nowNanos);
    }
  }

  /** The record that this vote has chosen, or null. */
  @Nullable RingRecord onVote(UUID from, ConsensusMessage.Vote m) {
    if (stage != Stage.VOTING || !m.ballot().equals(ballot) || !missing(from)) {
      return null;
    }
    answered.add(from);
    return answered.size() >= state.majority() ? value : null;
  }

  /** Continues later with a higher ballot. */
  void onOutbid(ConsensusMessage.Outbid m, long nowNanos) {
    if (m.ballot().equals(ballot)) {
      highestRound = Math.max(highestRound, m.promised().round());
      if (stage != Stage.OUTBID) {
        stage = Stage.OUTBID;
        dueNanos = nowNanos + (long) (random.nextDouble() * config.backoffNanos());
      }
    }
  }

  /** How the proposal ended if this voter was the last that it needed, else null. */
  @Nullable ProposalOutcome onDeclined(UUID from, ConsensusMessage.Declined m) {
    if (stage != Stage.VOTING || !m.ballot().equals(ballot) || !missing(from)) {
      return null;
    }
    declined.add(from);
    reason = m.reason();
    return state.voters().size() - declined.size() < state.majority()
        ? outcome(ProposalOutcome.Kind.INVALID)
        : null;
  }

  /** Asks silent voters again; the outcome if the time is up, else null. */
  @Nullable ProposalOutcome tick(long nowNanos) {
    if (nowNanos - deadlineNanos >= 0) {
      return outcome(ownSent ? ProposalOutcome.Kind.UNKNOWN : ProposalOutcome.Kind.NO_MAJORITY);
    }
    if (nowNanos - dueNanos >= 0) {
      if (stage == Stage.OUTBID) {
        begin(nowNanos);
      } else {
        dueNanos = nowNanos + config.resendNanos();
        state.voters().forEach(this::askAgain);
      }
    }
    return null;
  }

  ProposalOutcome outcome(ProposalOutcome.Kind kind) {
    return new ProposalOutcome(kind, own.number(), state.majority(), answered, reason);
  }

  /** The highest round that it used or heard of. */
  long highestRound() {
    return highestRound;
  }

  private boolean missing(UUID voter) {
    Set<UUID> voters = state.voters();
    return voters.contains(voter) && !answered.contains(voter) && !declined.contains(voter);
  }
}
