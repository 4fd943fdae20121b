package starling.node.topology;

import java.util.UUID;

/**
 * What {@link RingConsensus} wants done, in order. The shell carries it out and decides nothing.
 */
public sealed interface ConsensusAction {
  /** Calls the one method of {@code shell} that fits. */
  void perform(Shell shell);

  /** Carries actions out; one method per kind, so that the compiler finds a missing one. */
  interface Shell {
    /** Sends a message. It may be lost, repeated or overtaken. */
    void send(UUID to, ConsensusMessage message);

    /**
     * Stores a record behind those stored before, then calls {@link RingConsensus#stored}. Stores
     * reach the disk in the order of their tickets: after a crash all up to one of them are there.
     * If storing fails, the node stops.
     */
    void storeRecord(long ticket, RingRecord record);

    /** Stores the memory of votes in place of the former, likewise in the order of tickets. */
    void storeVote(long ticket, VoteMemory memory);

    /**
     * The record was chosen and is durable here: the ring after it is in force on this node. Gossip
     * announces its number and hash ({@code state}), by which other voters learn that it was
     * chosen.
     */
    void inForce(RingRecord record, RingState state);

    /** The proposal of this node has ended. */
    void proposalEnded(ProposalOutcome outcome);

    /** A peer follows another line; the greater one holds. */
    void otherLine(UUID peer, Line line);

    /** A message for the operator. */
    void alarm(String text);
  }

  record Send(UUID to, ConsensusMessage message) implements ConsensusAction {
    @Override
    public void perform(Shell shell) {
      shell.send(to, message);
    }
  }

  record StoreRecord(long ticket, RingRecord record) implements ConsensusAction {
    @Override
    public void perform(Shell shell) {
      shell.storeRecord(ticket, record);
    }
  }

  record StoreVote(long ticket, VoteMemory memory) implements ConsensusAction {
    @Override
    public void perform(Shell shell) {
      shell.storeVote(ticket, memory);
    }
  }

  record InForce(RingRecord record, RingState state) implements ConsensusAction {
    @Override
    public void perform(Shell shell) {
      shell.inForce(record, state);
    }
  }

  record ProposalEnded(ProposalOutcome outcome) implements ConsensusAction {
    @Override
    public void perform(Shell shell) {
      shell.proposalEnded(outcome);
    }
  }

  record OtherLine(UUID peer, Line line) implements ConsensusAction {
    @Override
    public void perform(Shell shell) {
      shell.otherLine(peer, line);
    }
  }

  record Alarm(String text) implements ConsensusAction {
    @Override
    public void perform(Shell shell) {
      shell.alarm(text);
    }
  }
}
