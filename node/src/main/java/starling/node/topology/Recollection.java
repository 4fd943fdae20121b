package starling.node.topology;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * When a voter may vote again after its directory was lost or rolled back (PROTOCOL P27). Its
 * earlier promises and votes may still count somewhere. It asks the other voters, and votes only
 * for numbers that it cannot have voted for before: above every number that a majority of the
 * others knows or has voted for, plus one.
 *
 * <p>The answers must agree that the last record this voter knows is the last there is, with no
 * promise beyond. Then the next record is chosen, if at all, after this question, so that this
 * voter's former process cannot have known it and voted for its successor. Where a vote is under
 * way, it asks again once the record is there. A voter that is silent itself vouches for none.
 *
 * <p>Of two voters, the other is in every majority and remembers enough for both: the voter takes
 * over its memory and votes at once, else the two could never choose a record again.
 */
final class Recollection {
  private final UUID self;
  private final Acceptor acceptor;
  private final Outbox outbox;
  private final long askAgainNanos;
  private final Set<UUID> agreed = new HashSet<>();
  private long nonce;
  private long dueNanos = Long.MIN_VALUE;
  private boolean asked;

  Recollection(UUID self, Acceptor acceptor, Outbox outbox, long askAgainNanos, long processNonce) {
    this.self = self;
    this.acceptor = acceptor;
    this.outbox = outbox;
    this.askAgainNanos = askAgainNanos;
    this.nonce = processNonce;
  }

  /** Whether this node may promise and vote for a record. */
  boolean mayVote(long number) {
    VoteMemory memory = acceptor.memory();
    return !memory.forgot() && number > memory.silentThrough();
  }

  /** Whether only the next record is missing for this node to vote again. */
  boolean waitsForRecord(RingState state) {
    VoteMemory memory = acceptor.memory();
    return !memory.forgot() && memory.silentThrough() > state.number();
  }

  boolean forgot() {
    return acceptor.memory().forgot();
  }

  /** The log has grown: earlier answers were about an earlier record. */
  void restart() {
    agreed.clear();
    asked = false;
  }

  /** Asks the voters that have not agreed yet. */
  void tick(RingState state, long nowNanos) {
    if (!forgot() || !state.voters().contains(self) || (asked && nowNanos - dueNanos < 0)) {
      return;
    }
    if (!asked) {
      asked = true;
      nonce++;
    }
    dueNanos = nowNanos + askAgainNanos;
    for (UUID voter : state.voters()) {
      if (!voter.equals(self) && !agreed.contains(voter)) {
        outbox.send(voter, new ConsensusMessage.Inquiry(state.line(), nonce));
      }
    }
  }

  /** The answer to another voter's inquiry. */
  ConsensusMessage.Statement statement(RingState state, ConsensusMessage.Inquiry m) {
    return new ConsensusMessage.Statement(
        state.line(), m.nonce(), state.number(), acceptor.memory());
  }

  void onStatement(RingState state, UUID from, ConsensusMessage.Statement m) {
    VoteMemory theirs = m.memory();
    if (!forgot()
        || !asked
        || m.nonce() != nonce
        || m.last() != state.number()
        || theirs.forgot()
        || theirs.silentThrough() > state.number()
        || from.equals(self)
        || !state.voters().contains(from)) {
      return;
    }
    if (state.voters().size() == 2) {
      acceptor.remember(theirs.heard(state.number()));
    } else if (theirs.number() <= state.number()) {
      agreed.add(from);
      int others = state.voters().size() - 1;
      if (agreed.size() >= others / 2 + 1) {
        acceptor.remember(acceptor.memory().heard(state.number() + 1));
      }
    }
  }
}
