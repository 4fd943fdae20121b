package starling.node.topology;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;
import starling.ring.Phase;
import starling.ring.Positions;
import starling.ring.Ring;
import starling.ring.RingNode;

/**
 * Ring records as bytes, version 1. {@code v} is a varint, an id is 16 bytes, a set is a {@link
 * PartitionSet}; big endian.
 *
 * <pre>
 * 01                     version
 * v id                   number and id of the line
 * v                      number of the record
 * 32 bytes               hash of the record before
 * u8                     1 if an operator insisted, else 0
 * v, then per change     u8 kind:
 *   01 found               v partitions, u8 replicas
 *   02 member              id, u8 phase (0 joining, 1 normal, 2 leaving, 3 left), v weight, text zone
 *   03 ban                 id
 *   04 layout              v base, v count, then per owner: id, set of tokens
 *   05 copy                v layout, set
 *   06 flip                set, u8 accept loss
 *   07 settle              set, v count, id...
 *   08 cancel              set
 *   09 adopt               v layout, set
 *   0a bucket              text name, u8 replicas, v generation
 * </pre>
 *
 * The founding of a ring of one partition with n = 3 by {@code …07} in the cluster {@code …c1}:
 *
 * <pre>
 * 01 01 000000000000000000000000000000c1 01 00{32} 00 03
 *   01 01 03
 *   02 00000000000000000000000000000007 01 64 00
 *   04 00 01 00000000000000000000000000000007 01 00 01
 * </pre>
 *
 * A reader allocates in proportion to the bytes it was given and rejects more than {@link
 * RingRecord#MAX_BYTES}, an unknown version or kind, and bytes that are not the one encoding of the
 * record: hashes are over bytes.
 */
final class RecordCodec {
  private static final int VERSION = 1;
  private static final int MAX_BUCKET_BYTES = 64;
  private static final int ID_BYTES = 16;
  private static final List<Phase> PHASES =
      List.of(Phase.JOINING, Phase.NORMAL, Phase.LEAVING, Phase.LEFT);

  private static final int FOUND = 1;
  private static final int MEMBER = 2;
  private static final int BAN = 3;
  private static final int LAYOUT = 4;
  private static final int COPY = 5;
  private static final int FLIP = 6;
  private static final int SETTLE = 7;
  private static final int CANCEL = 8;
  private static final int ADOPT = 9;
  private static final int BUCKET = 10;

  private RecordCodec() {}

  static byte[] encode(RingRecord record) {
    BinaryWriter out = new BinaryWriter(256);
    out.u8(VERSION);
    writeLine(out, record.line());
    out.varint(record.number());
    out.raw(record.previous().toBytes());
    out.u8(record.insisted() ? 1 : 0);
    out.varint(record.changes().size());
    RingChange.Cases writer = new ChangeWriter(out);
    record.changes().forEach(change -> change.match(writer));
    return out.toBytes();
  }

  /** Fails with a {@link MalformedException} that says what is wrong. */
  static RingRecord decode(byte[] bytes) {
    if (bytes.length > RingRecord.MAX_BYTES) {
      throw new MalformedException(
          "a ring record of " + bytes.length + " bytes; " + RingRecord.MAX_BYTES + " is the most");
    }
    BinaryReader in = new BinaryReader(bytes);
    int version = in.u8("version of a ring record");
    if (version != VERSION) {
      throw new MalformedException(
          "a ring record in version " + version + "; this program reads version " + VERSION);
    }
    Line line = readLine(in);
    long number = positive(in.varint("number of a record"), "number of a record");
    RecordHash previous = RecordHash.fromBytes(in.raw(RecordHash.BYTES, "hash of a record"));
    boolean insisted = flag(in, "whether an operator insisted");
    int count = in.count(2, "changes of a record");
    if (count == 0) {
      throw new MalformedException("record " + number + " changes nothing");
    }
    List<RingChange> changes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      changes.add(readChange(in));
    }
    in.end("a ring record");
    return new RingRecord(line, number, previous, insisted, changes);
  }

  static void writeLine(BinaryWriter out, Line line) {
    out.varint(line.number());
    writeId(out, line.id());
  }

  static Line readLine(BinaryReader in) {
    return new Line(positive(in.varint("number of a line"), "number of a line"), readId(in));
  }

  static void writeId(BinaryWriter out, UUID id) {
    out.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
  }

  static UUID readId(BinaryReader in) {
    return new UUID(in.i64("an id"), in.i64("an id"));
  }

  static boolean flag(BinaryReader in, String what) {
    return bounded(in.u8(what), 0, 1, what) == 1;
  }

  static long positive(long value, String what) {
    if (value < 1) {
      throw new MalformedException(what + " is 0");
    }
    return value;
  }

  private static RingChange readChange(BinaryReader in) {
    int kind = in.u8("kind of a change");
    return switch (kind) {
      case FOUND -> readFound(in);
      case MEMBER -> readMember(in);
      case BAN -> new RingChange.Ban(readId(in));
      case LAYOUT -> readLayout(in);
      case COPY -> new RingChange.Copy(layout(in), someOf(in, "partitions to copy"));
      case FLIP -> new RingChange.Flip(someOf(in, "partitions to flip"), flag(in, "accepted loss"));
      case SETTLE -> new RingChange.Settle(someOf(in, "partitions to settle"), readIds(in));
      case CANCEL -> new RingChange.Cancel(someOf(in, "partitions to cancel"));
      case ADOPT -> new RingChange.Adopt(layout(in), someOf(in, "partitions of a layout"));
      case BUCKET -> readBucket(in);
      default ->
          throw new MalformedException(
              "a change of the unknown kind " + kind + ": a later program wrote this ring record");
    };
  }

  private static RingChange readFound(BinaryReader in) {
    long partitions = bounded(in.varint("partitions"), 1, Positions.MAX_PARTITIONS, "partitions");
    if (Long.bitCount(partitions) != 1) {
      throw new MalformedException(partitions + " partitions are not a power of two");
    }
    return new RingChange.Found((int) partitions, replicas(in));
  }

  private static RingChange readMember(BinaryReader in) {
    UUID id = readId(in);
    Phase phase = PHASES.get((int) bounded(in.u8("phase"), 0, PHASES.size() - 1, "phase"));
    int weight = (int) bounded(in.varint("weight"), 1, RingNode.MAX_WEIGHT, "weight");
    return new RingChange.StateMember(
        new RingNode(id, phase, shortText(in, RingNode.MAX_ZONE_BYTES, "zone"), weight));
  }

  private static RingChange readLayout(BinaryReader in) {
    long base = in.varint("base of a layout");
    int owners = in.count(ID_BYTES + 3, "owners of a layout");
    SortedMap<UUID, PartitionSet> tokens = new TreeMap<>(RingNode.ID_ORDER);
    for (int i = 0; i < owners; i++) {
      UUID id = readId(in);
      if (!tokens.isEmpty() && RingNode.ID_ORDER.compare(tokens.lastKey(), id) >= 0) {
        throw new MalformedException("the owners of a layout are not ascending at " + id);
      }
      tokens.put(id, someOf(in, "tokens of " + id));
    }
    return new RingChange.AddLayout(base, tokens);
  }

  private static RingChange readBucket(BinaryReader in) {
    String name = shortText(in, MAX_BUCKET_BYTES, "name of a bucket");
    if (name.isEmpty()) {
      throw new MalformedException("a bucket without a name");
    }
    return new RingChange.SetBucket(name, replicas(in), in.varint("generation"));
  }

  private static SortedSet<UUID> readIds(BinaryReader in) {
    int count = in.count(ID_BYTES, "ids");
    SortedSet<UUID> ids = new TreeSet<>(RingNode.ID_ORDER);
    for (int i = 0; i < count; i++) {
      UUID id = readId(in);
      if (!ids.isEmpty() && RingNode.ID_ORDER.compare(ids.last(), id) >= 0) {
        throw new MalformedException("the ids are not ascending at " + id);
      }
      ids.add(id);
    }
    return ids;
  }

  private static PartitionSet someOf(BinaryReader in, String what) {
    PartitionSet set = PartitionSet.read(in, what);
    if (set.isEmpty()) {
      throw new MalformedException(what + ": none are named");
    }
    return set;
  }

  private static long layout(BinaryReader in) {
    return positive(in.varint("number of a layout"), "number of a layout");
  }

  private static int replicas(BinaryReader in) {
    return (int) bounded(in.u8("replicas"), 1, Ring.MAX_REPLICAS, "replicas");
  }

  private static String shortText(BinaryReader in, int maxBytes, String what) {
    int before = in.remaining();
    String text = in.text(what);
    if (before - in.remaining() > maxBytes + 1) {
      throw new MalformedException(what + " has more than " + maxBytes + " bytes");
    }
    return text;
  }

  private static long bounded(long value, long min, long max, String what) {
    if (value < min || value > max) {
      throw new MalformedException(what + " is " + value + ", not from " + min + " to " + max);
    }
    return value;
  }

  /** Writes each change behind its kind. */
  private record ChangeWriter(BinaryWriter out) implements RingChange.Cases {
    @Override
    public void found(RingChange.Found change) {
      out.u8(FOUND).varint(change.partitions()).u8(change.replicas());
    }

    @Override
    public void stateMember(RingChange.StateMember change) {
      RingNode node = change.node();
      out.u8(MEMBER);
      writeId(out, node.id());
      out.u8(PHASES.indexOf(node.phase())).varint(node.weight()).text(node.zone());
    }

    @Override
    public void ban(RingChange.Ban change) {
      out.u8(BAN);
      writeId(out, change.id());
    }

    @Override
    public void addLayout(RingChange.AddLayout change) {
      out.u8(LAYOUT).varint(change.base()).varint(change.tokens().size());
      change
          .tokens()
          .forEach(
              (id, tokens) -> {
                writeId(out, id);
                tokens.write(out);
              });
    }

    @Override
    public void copy(RingChange.Copy change) {
      out.u8(COPY).varint(change.layout());
      change.partitions().write(out);
    }

    @Override
    public void flip(RingChange.Flip change) {
      out.u8(FLIP);
      change.partitions().write(out);
      out.u8(change.acceptLoss() ? 1 : 0);
    }

    @Override
    public void settle(RingChange.Settle change) {
      out.u8(SETTLE);
      change.partitions().write(out);
      out.varint(change.passedOver().size());
      change.passedOver().forEach(id -> writeId(out, id));
    }

    @Override
    public void cancel(RingChange.Cancel change) {
      out.u8(CANCEL);
      change.partitions().write(out);
    }

    @Override
    public void adopt(RingChange.Adopt change) {
      out.u8(ADOPT).varint(change.layout());
      change.partitions().write(out);
    }

    @Override
    public void setBucket(RingChange.SetBucket change) {
      out.u8(BUCKET).text(change.bucket()).u8(change.replicas()).varint(change.generation());
    }
  }
}
