package starling.node.topology;

import org.jspecify.annotations.Nullable;

/**
 * A voter's part in choosing the next record: the acceptor of single-decree Paxos (Lamport, Paxos
 * made simple, section 2.2), once for each number. A promise or vote is stored before it is sent.
 *
 * <p>Invariant: for one number, the ballots of promises never fall, and a vote has the highest
 * ballot that was promised.
 */
final class Acceptor {
  private final Outbox outbox;
  private VoteMemory memory;

  Acceptor(Outbox outbox, VoteMemory memory) {
    this.outbox = outbox;
    this.memory = memory;
  }

  VoteMemory memory() {
    return memory;
  }

  /** Replaces and stores the memory. */
  void remember(VoteMemory next) {
    memory = next;
    outbox.store(ticket -> new ConsensusAction.StoreVote(ticket, next));
  }

  /** Answers a proposer that follows the same log. */
  ConsensusMessage onPrepare(RingState state, ConsensusMessage.Prepare m) {
    Ballot promised = promised(m.number());
    if (promised != null && m.ballot().compareTo(promised) < 0) {
      return new ConsensusMessage.Outbid(state.line(), m.number(), m.ballot(), promised);
    }
    if (!m.ballot().equals(promised)) {
      remember(memory.withPromise(m.number(), m.ballot()));
    }
    return new ConsensusMessage.Promise(
        state.line(), m.number(), m.ballot(), memory.votedBallot(), memory.voted());
  }

  /** Votes, unless a higher ballot was promised or the record breaks a rule of the ring. */
  ConsensusMessage onAccept(RingState state, ConsensusMessage.Accept m) {
    RingRecord record = m.record();
    Ballot promised = promised(record.number());
    if (promised != null && m.ballot().compareTo(promised) < 0) {
      return new ConsensusMessage.Outbid(state.line(), record.number(), m.ballot(), promised);
    }
    if (!m.ballot().equals(memory.isFor(record.number()) ? memory.votedBallot() : null)) {
      try {
        state.apply(record);
      } catch (InvalidRecordException e) {
        String reason = String.valueOf(e.getMessage());
        return new ConsensusMessage.Declined(state.line(), record.number(), m.ballot(), reason);
      }
      remember(memory.withVote(m.ballot(), record));
    }
    return new ConsensusMessage.Vote(state.line(), record.number(), m.ballot());
  }

  /** The record of this number for which this voter voted last, or null. */
  @Nullable RingRecord voted(long number) {
    return memory.isFor(number) ? memory.voted() : null;
  }

  private @Nullable Ballot promised(long number) {
    return memory.isFor(number) ? memory.promised() : null;
  }
}
