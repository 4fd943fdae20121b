package starling.node.replica;

import java.util.Arrays;
import java.util.List;
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
 *   48                         marks: no format of sets begins like this
 *   02                         format 2
 *   00                         kind: 00 a hint
 *   00 00 01 9a c2 3e 10 00    since when, wall milliseconds
 *   01                         primaries it is kept for, varint
 *   9f 1c .. (16 bytes)        their ids, ascending
 *   01                         primaries that hold exactly this set already, varint
 *   b2 40 .. (16 bytes)        their ids, ascending
 *   01 ...                     the set
 * </pre>
 *
 * <p>Format 1 is read too: a hint without a kind and without holders.
 */
record Kept(Siblings set, Hint hint) {
  /** A key of which nothing is kept. */
  static final Kept NOTHING = new Kept(Siblings.EMPTY, Hint.NONE);

  private static final int MARK = 0x48;
  private static final int FORMAT = 2;
  private static final int FORMAT_WITHOUT_HOLDERS = 1;
  private static final int HINT = 0;

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
    int ids = hint.primaries().size() + hint.holders().size();
    BinaryWriter out = new BinaryWriter(20 + 16 * ids + encodedSet.length);
    out.u8(MARK).u8(FORMAT).u8(HINT).i64(hint.sinceMillis());
    ids(out, hint.primaries());
    ids(out, hint.holders());
    out.raw(encodedSet);
    return out.toBytes();
  }

  private static void ids(BinaryWriter out, List<UUID> ids) {
    out.varint(ids.size());
    for (UUID id : ids) {
      out.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }
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
    if (format != FORMAT && format != FORMAT_WITHOUT_HOLDERS) {
      throw new MalformedException(
          "a hint of format " + format + "; this version reads formats 1 and " + FORMAT);
    }
    int kind = format == FORMAT ? in.u8("the kind of a hint") : HINT;
    if (kind != HINT) {
      throw new MalformedException("a hint of the unknown kind " + kind);
    }
    long since = in.i64("the age of a hint");
    List<UUID> primaries = ids(in, "the number of primaries");
    List<UUID> holders = format == FORMAT ? ids(in, "the number of holders") : List.of();
    return new Hint(primaries, holders, since);
  }

  private static List<UUID> ids(BinaryReader in, String what) {
    int count = in.count(16, what);
    UUID[] ids = new UUID[count];
    for (int i = 0; i < count; i++) {
      ids[i] = new UUID(in.i64("an id"), in.i64("an id"));
    }
    return Arrays.asList(ids);
  }
}
