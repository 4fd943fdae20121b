package starling.node.topology;

import java.util.ArrayList;
import java.util.List;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/**
 * {@link ConsensusMessage} as bytes, version 1: version, kind, line, then the fields in their
 * order. A record is its length and its bytes; a ballot is {@code v} round, id, 8 bytes of process
 * nonce.
 *
 * <pre>
 * 01 04 01 000000000000000000000000000000c1   a vote in line 1 of cluster …c1
 *   05 02 00000000000000000000000000000007 0000000000000009
 *                                             record 5, round 2 of member …07's process 9
 * </pre>
 */
final class MessageCodec {
  private static final int VERSION = 1;

  /** The longest message; a fetch answers with as many records as fit, or one. */
  static final int MAX_BYTES = 4 * RingRecord.MAX_BYTES;

  private static final int MAX_REASON_BYTES = 1024;

  private static final int PREPARE = 1;
  private static final int PROMISE = 2;
  private static final int ACCEPT = 3;
  private static final int VOTE = 4;
  private static final int OUTBID = 5;
  private static final int DECLINED = 6;
  private static final int FETCH = 7;
  private static final int RECORDS = 8;
  private static final int INQUIRY = 9;
  private static final int STATEMENT = 10;

  private MessageCodec() {}

  static byte[] encode(ConsensusMessage message) {
    BinaryWriter out = new BinaryWriter();
    out.u8(VERSION);
    if (message instanceof ConsensusMessage.Prepare m) {
      head(out, PREPARE, m).varint(m.number()).raw(m.previous().toBytes());
      writeBallot(out, m.ballot());
    } else if (message instanceof ConsensusMessage.Promise m) {
      head(out, PROMISE, m).varint(m.number());
      writeBallot(out, m.ballot());
      Ballot ballot = m.votedBallot();
      RingRecord voted = m.voted();
      out.u8(ballot == null || voted == null ? 0 : 1);
      if (ballot != null && voted != null) {
        writeBallot(out, ballot);
        writeRecord(out, voted);
      }
    } else if (message instanceof ConsensusMessage.Accept m) {
      head(out, ACCEPT, m);
      writeBallot(out, m.ballot());
      writeRecord(out, m.record());
    } else if (message instanceof ConsensusMessage.Vote m) {
      head(out, VOTE, m).varint(m.number());
      writeBallot(out, m.ballot());
    } else if (message instanceof ConsensusMessage.Outbid m) {
      head(out, OUTBID, m).varint(m.number());
      writeBallot(out, m.ballot());
      writeBallot(out, m.promised());
    } else if (message instanceof ConsensusMessage.Declined m) {
      head(out, DECLINED, m).varint(m.number());
      writeBallot(out, m.ballot());
      out.text(m.reason());
    } else if (message instanceof ConsensusMessage.Fetch m) {
      head(out, FETCH, m).varint(m.after());
    } else if (message instanceof ConsensusMessage.Records m) {
      head(out, RECORDS, m).varint(m.records().size());
      m.records().forEach(record -> writeRecord(out, record));
    } else if (message instanceof ConsensusMessage.Inquiry m) {
      head(out, INQUIRY, m).i64(m.nonce());
    } else if (message instanceof ConsensusMessage.Statement m) {
      head(out, STATEMENT, m).i64(m.nonce()).varint(m.last()).bytes(m.memory().encode());
    } else {
      throw new IllegalArgumentException("no code for " + message);
    }
    return out.toBytes();
  }

  static ConsensusMessage decode(byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new MalformedException("a message of " + bytes.length + " bytes about ring records");
    }
    BinaryReader in = new BinaryReader(bytes);
    int version = in.u8("version of a message");
    if (version != VERSION) {
      throw new MalformedException(
          "a message about ring records in version "
              + version
              + "; this program speaks "
              + VERSION);
    }
    int kind = in.u8("kind of a message");
    ConsensusMessage message = read(kind, RecordCodec.readLine(in), in);
    in.end("a message about ring records");
    return message;
  }

  private static ConsensusMessage read(int kind, Line line, BinaryReader in) {
    return switch (kind) {
      case PREPARE ->
          new ConsensusMessage.Prepare(
              line,
              number(in),
              RecordHash.fromBytes(in.raw(RecordHash.BYTES, "hash of a record")),
              readBallot(in));
      case PROMISE -> readPromise(line, in);
      case ACCEPT -> new ConsensusMessage.Accept(line, readBallot(in), readRecord(in));
      case VOTE -> new ConsensusMessage.Vote(line, number(in), readBallot(in));
      case OUTBID -> new ConsensusMessage.Outbid(line, number(in), readBallot(in), readBallot(in));
      case DECLINED -> new ConsensusMessage.Declined(line, number(in), readBallot(in), reason(in));
      case FETCH -> new ConsensusMessage.Fetch(line, in.varint("number of a record"));
      case RECORDS -> new ConsensusMessage.Records(line, readRecords(in));
      case INQUIRY -> new ConsensusMessage.Inquiry(line, in.i64("nonce"));
      case STATEMENT ->
          new ConsensusMessage.Statement(
              line,
              in.i64("nonce"),
              in.varint("number of a record"),
              VoteMemory.decode(in.bytes("a vote")));
      default ->
          throw new MalformedException(
              "a message of the unknown kind " + kind + " about ring records");
    };
  }

  private static ConsensusMessage readPromise(Line line, BinaryReader in) {
    long number = number(in);
    Ballot ballot = readBallot(in);
    boolean voted = RecordCodec.flag(in, "whether it has voted");
    return new ConsensusMessage.Promise(
        line, number, ballot, voted ? readBallot(in) : null, voted ? readRecord(in) : null);
  }

  private static List<RingRecord> readRecords(BinaryReader in) {
    int count = in.count(2, "records");
    List<RingRecord> records = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      records.add(readRecord(in));
    }
    return records;
  }

  private static String reason(BinaryReader in) {
    String reason = in.text("reason");
    if (reason.length() > MAX_REASON_BYTES) {
      throw new MalformedException("a reason of " + reason.length() + " letters");
    }
    return reason;
  }

  private static long number(BinaryReader in) {
    return RecordCodec.positive(in.varint("number of a record"), "number of a record");
  }

  private static BinaryWriter head(BinaryWriter out, int kind, ConsensusMessage message) {
    out.u8(kind);
    RecordCodec.writeLine(out, message.line());
    return out;
  }

  static void writeBallot(BinaryWriter out, Ballot ballot) {
    out.varint(ballot.round());
    RecordCodec.writeId(out, ballot.proposer());
    out.i64(ballot.processNonce());
  }

  static Ballot readBallot(BinaryReader in) {
    long round = RecordCodec.positive(in.varint("round of a ballot"), "round of a ballot");
    return new Ballot(round, RecordCodec.readId(in), in.i64("nonce of a ballot"));
  }

  static void writeRecord(BinaryWriter out, RingRecord record) {
    out.bytes(record.encode());
  }

  static RingRecord readRecord(BinaryReader in) {
    int bytes = in.count(1, "a ring record");
    if (bytes > RingRecord.MAX_BYTES) {
      throw new MalformedException(
          "a ring record of " + bytes + " bytes; " + RingRecord.MAX_BYTES + " is the most");
    }
    return RecordCodec.decode(in.raw(bytes, "a ring record"));
  }
}
