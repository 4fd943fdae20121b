package starling.node.topology;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What members say to each other about the next record. The connection names the sender; each
 * message names the sender's line.
 */
public sealed interface ConsensusMessage {
  Line line();

  /**
   * A proposer asks a voter to promise for record {@code number}, which follows {@code previous}.
   */
  record Prepare(Line line, long number, RecordHash previous, Ballot ballot)
      implements ConsensusMessage {}

  /**
   * A voter promises to vote in no lower ballot.
   *
   * @param votedBallot the ballot in which it last voted for this number, or null
   * @param voted the record that it voted for; null with the ballot
   */
  record Promise(
      Line line,
      long number,
      Ballot ballot,
      @Nullable Ballot votedBallot,
      @Nullable RingRecord voted)
      implements ConsensusMessage {}

  /** A proposer asks for a vote. */
  record Accept(Line line, Ballot ballot, RingRecord record) implements ConsensusMessage {}

  /** A voter has voted for the record of this ballot, durably. */
  record Vote(Line line, long number, Ballot ballot) implements ConsensusMessage {}

  /** A voter has promised a higher ballot. */
  record Outbid(Line line, long number, Ballot ballot, Ballot promised)
      implements ConsensusMessage {}

  /** A voter does not vote, and says why: the proposal can never be chosen. */
  record Declined(Line line, long number, Ballot ballot, String reason)
      implements ConsensusMessage {}

  /** The sender knows the records up to {@code after} and asks for those that follow. */
  record Fetch(Line line, long after) implements ConsensusMessage {}

  /** Chosen records, one after the other. */
  record Records(Line line, List<RingRecord> records) implements ConsensusMessage {
    public Records {
      records = List.copyOf(records);
    }
  }

  /** A voter that has forgotten its votes asks what others know. */
  record Inquiry(Line line, long nonce) implements ConsensusMessage {}

  /**
   * The answer.
   *
   * @param last the last record that the sender knows
   * @param memory what it promised and voted
   */
  record Statement(Line line, long nonce, long last, VoteMemory memory)
      implements ConsensusMessage {}

  /** The message in these bytes; a {@code MalformedException} says what is wrong with others. */
  static ConsensusMessage decode(byte[] bytes) {
    return MessageCodec.decode(bytes);
  }

  default byte[] encode() {
    return MessageCodec.encode(this);
  }
}
