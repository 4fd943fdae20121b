package starling.node.topology;

import org.jspecify.annotations.Nullable;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/**
 * What a voter must not forget: its promise and vote for the next record. A voter whose directory
 * was lost or rolled back remembers that instead, until it may vote again.
 *
 * <p>As bytes, version 1:
 *
 * <pre>
 * 01                 version
 * v                  number of the record that promise and vote are for; 0 if there are none
 * u8                 flags: 1 promised, 2 voted, 4 forgot
 * v                  silent through this number
 * [ballot]           promised: v round, id, i64 process nonce
 * [ballot v record]  voted: its ballot, the length and bytes of the record
 * </pre>
 *
 * @param number the record that promise and vote are for, one above the log; 0 if there are none
 * @param promised no lower ballot gets a promise or a vote
 * @param votedBallot the ballot of the last vote, or null
 * @param voted the record of the last vote; null with its ballot
 * @param forgot whether this voter's earlier votes are lost and it has not yet heard of the others
 * @param silentThrough it gives no promise and no vote for a record up to this number
 */
public record VoteMemory(
    long number,
    @Nullable Ballot promised,
    @Nullable Ballot votedBallot,
    @Nullable RingRecord voted,
    boolean forgot,
    long silentThrough) {
  /** The memory of a voter that has promised nothing. */
  public static final VoteMemory NONE = new VoteMemory(0, null, null, null, false, 0);

  private static final int VERSION = 1;
  private static final int PROMISED = 1;
  private static final int VOTED = 2;
  private static final int FORGOT = 4;

  /** The memory of a voter whose directory was lost or rolled back. */
  VoteMemory forgotten() {
    return new VoteMemory(0, null, null, null, true, silentThrough);
  }

  /** The memory of a voter that has heard of the others; it votes above this number. */
  VoteMemory heard(long silent) {
    return new VoteMemory(number, promised, votedBallot, voted, false, silent);
  }

  VoteMemory withPromise(long next, Ballot ballot) {
    return next == number
        ? new VoteMemory(number, ballot, votedBallot, voted, forgot, silentThrough)
        : new VoteMemory(next, ballot, null, null, forgot, silentThrough);
  }

  VoteMemory withVote(Ballot ballot, RingRecord record) {
    return new VoteMemory(record.number(), ballot, ballot, record, forgot, silentThrough);
  }

  /** Whether promise and vote are for this number. */
  boolean isFor(long next) {
    return number == next;
  }

  /** The memory in these bytes; fails with a {@link MalformedException} that says what is wrong. */
  public static VoteMemory decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    int version = in.u8("version of a vote");
    if (version != VERSION) {
      throw new MalformedException(
          "a vote in version " + version + "; this program reads version " + VERSION);
    }
    long number = in.varint("number of a record");
    int flags = in.u8("flags of a vote");
    if (flags > (PROMISED | VOTED | FORGOT) || (flags & (PROMISED | VOTED)) == VOTED) {
      throw new MalformedException("the flags of a vote are " + flags);
    }
    long silent = in.varint("number of a record");
    Ballot promised = (flags & PROMISED) != 0 ? MessageCodec.readBallot(in) : null;
    Ballot ballot = (flags & VOTED) != 0 ? MessageCodec.readBallot(in) : null;
    RingRecord voted = (flags & VOTED) != 0 ? MessageCodec.readRecord(in) : null;
    in.end("a vote");
    return new VoteMemory(number, promised, ballot, voted, (flags & FORGOT) != 0, silent);
  }

  public byte[] encode() {
    BinaryWriter out = new BinaryWriter();
    int flags =
        (promised == null ? 0 : PROMISED) | (voted == null ? 0 : VOTED) | (forgot ? FORGOT : 0);
    out.u8(VERSION).varint(number).u8(flags).varint(silentThrough);
    if (promised != null) {
      MessageCodec.writeBallot(out, promised);
    }
    if (votedBallot != null && voted != null) {
      MessageCodec.writeBallot(out, votedBallot);
      MessageCodec.writeRecord(out, voted);
    }
    return out.toBytes();
  }
}
