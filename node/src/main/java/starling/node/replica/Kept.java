package starling.node.replica;

import java.util.Arrays;
import java.util.UUID;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * What a node keeps of one key: a set, and for whom if not for itself. In the log a set that the
 * node keeps for itself stands exactly as it travels; a hint has its marks in front:
 *
 * <pre>
 *   48                         a hint: no format of sets begins like this
 *   01                         format 1
 *   00 00 01 9a c2 3e 10 00    since when, wall milliseconds
 *   01                         primaries it stands in for, varint
 *   9f 1c .. (16 bytes)        their ids, ascending
 *   01 ...                     the set
 * </pre>
 */
record Kept(Siblings set, Hint hint) {
  /** A key of which nothing is kept. */
  static final Kept NOTHING = new Kept(Siblings.EMPTY, Hint.NONE);

  private static final int MARK = 0x48;
  private static final int FORMAT = 1;

  /** What the node keeps for itself. */
  static Kept own(Siblings set) {
    return new Kept(set, Hint.NONE);
  }

  /** The bytes for the log. */
  byte[] encode() {
    return encode(SiblingsCodec.encode(set));
  }

  /** The bytes for the log, where those of the set are at hand. */
  byte[] encode(byte[] encodedSet) {
    if (hint.none()) {
      return encodedSet;
    }
    BinaryWriter out = new BinaryWriter(16 + 16 * hint.primaries().size() + encodedSet.length);
    out.u8(MARK).u8(FORMAT).i64(hint.sinceMillis()).varint(hint.primaries().size());
    for (UUID primary : hint.primaries()) {
      out.i64(primary.getMostSignificantBits()).i64(primary.getLeastSignificantBits());
    }
    out.raw(encodedSet);
    return out.toBytes();
  }

  /** Reads what the log has of a key. */
  static Kept decode(byte[] stored) {
    return new Kept(SiblingsCodec.decode(setOf(stored)), hintOf(stored));
  }

  /** Only the bytes of the set, as it travels. */
  static byte[] setOf(byte[] stored) {
    if (!marked(stored)) {
      return stored;
    }
    BinaryReader in = new BinaryReader(stored);
    var unused = hint(in);
    return Arrays.copyOfRange(stored, stored.length - in.remaining(), stored.length);
  }

  /** Only the marks. */
  static Hint hintOf(byte[] stored) {
    return marked(stored) ? hint(new BinaryReader(stored)) : Hint.NONE;
  }

  /** Whether that is a hint, whatever else of it can be read. */
  static boolean marked(byte[] stored) {
    return stored.length > 0 && stored[0] == MARK;
  }

  private static Hint hint(BinaryReader in) {
    var unused = in.u8("the mark of a hint");
    int format = in.u8("the format of a hint");
    if (format != FORMAT) {
      throw new MalformedException(
          "a hint of format " + format + "; this version reads format " + FORMAT);
    }
    long since = in.i64("the age of a hint");
    int count = in.count(16, "the number of primaries");
    UUID[] primaries = new UUID[count];
    for (int i = 0; i < count; i++) {
      primaries[i] = new UUID(in.i64("an id"), in.i64("an id"));
    }
    return new Hint(Arrays.asList(primaries), since);
  }
}
