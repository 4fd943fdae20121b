package starling.node.replica;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * The stored value of one key: a set, and its targets if it is a hint. In the log a set of the
 * node's own has the same bytes as on the wire; a hint begins with its metadata, and so does a set
 * of the node's own with a debt:
 *
 * <pre>
 *   48                         metadata: no format of sets begins like this
 *   02                         format 2
 *   00                         kind: 00 a hint, 01 a debt: the set is the node's own
 *   00 00 01 9a c2 3e 10 00    since when, wall milliseconds
 *   01                         primaries that lack it, varint
 *   9f 1c .. (16 bytes)        their ids, ascending
 *   01                         primaries that hold exactly this set already, varint
 *   b2 40 .. (16 bytes)        their ids, ascending
 *   01 ...                     the set
 * </pre>
 *
 * <p>Format 1 is read too: a hint without a kind and without holders.
 *
 * @param hint the primaries that lack it if this node is no primary of the key
 * @param debt the primaries that missed it if this node is one; never both
 */
public record StoredValue(Siblings set, Hint hint, Hint debt) {
  /** A key without a stored value. */
  public static final StoredValue NOTHING = new StoredValue(Siblings.EMPTY, Hint.NONE);

  /** Smaller ones do not justify another pass over their bytes. */
  private static final int LARGE_BYTES = 256 << 10;

  private static final int MARK = 0x48;
  private static final int FORMAT = 2;
  private static final int FORMAT_WITHOUT_HOLDERS = 1;
  private static final int HINT = 0;
  private static final int DEBT = 1;

  public StoredValue {
    if (!hint.none() && !debt.none()) {
      throw new IllegalArgumentException(
          "a stored value is a hint or the node's own set, not both");
    }
  }

  /** A hint, or a set of the node's own if there is no metadata. */
  public StoredValue(Siblings set, Hint hint) {
    this(set, hint, Hint.NONE);
  }

  /** The node's own set. */
  static StoredValue own(Siblings set) {
    return new StoredValue(set, Hint.NONE);
  }

  /** The bytes for the log. */
  public byte[] encode() {
    Hint marks = hint.none() ? debt : hint;
    if (marks.none()) {
      return SiblingsCodec.encode(set);
    }
    BinaryWriter out = marks(marks, SiblingsCodec.encodedBytes(set));
    SiblingsCodec.write(out, set);
    return out.toWhole();
  }

  /** The bytes for the log, if those of the set are at hand. */
  public byte[] encode(byte[] encodedSet) {
    Hint marks = hint.none() ? debt : hint;
    if (marks.none()) {
      return encodedSet;
    }
    return marks(marks, encodedSet.length).raw(encodedSet).toWhole();
  }

  /** The metadata, and room for the set after it. */
  private BinaryWriter marks(Hint marks, int setBytes) {
    int ids = marks.primaries().size() + marks.holders().size();
    int lengths =
        BinaryWriter.varintBytes(marks.primaries().size())
            + BinaryWriter.varintBytes(marks.holders().size());
    BinaryWriter out = new BinaryWriter(11 + lengths + 16 * ids + setBytes);
    out.u8(MARK).u8(FORMAT).u8(hint.none() ? DEBT : HINT).i64(marks.sinceMillis());
    ids(out, marks.primaries());
    ids(out, marks.holders());
    return out;
  }

  /**
   * The same with its values in its own bytes, so that it holds these and not all the arrays of its
   * received values.
   *
   * @param encoded the result of {@link #encode}
   */
  StoredValue within(byte[] encoded) {
    if (encoded.length < LARGE_BYTES) {
      return this;
    }
    return new StoredValue(SiblingsCodec.within(set(encoded)), hint, debt);
  }

  private static void ids(BinaryWriter out, List<UUID> ids) {
    out.varint(ids.size());
    for (UUID id : ids) {
      out.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }
  }

  /** Reads the log's record of a key. */
  public static StoredValue decode(byte[] stored) {
    if (!marked(stored)) {
      return own(SiblingsCodec.decode(stored));
    }
    BinaryReader in = new BinaryReader(stored);
    int kind = kind(in);
    Hint marks = marks(in, stored[1]);
    Siblings set = SiblingsCodec.decode(rest(stored, in));
    return kind == DEBT
        ? new StoredValue(set, Hint.NONE, marks)
        : new StoredValue(set, marks, Hint.NONE);
  }

  /** Only the bytes of the set, as it travels. */
  public static byte[] setOf(byte[] stored) {
    if (!marked(stored)) {
      return stored;
    }
    ByteBuffer set = set(stored);
    return Arrays.copyOfRange(stored, set.arrayOffset(), stored.length);
  }

  /** The part of the bytes that is the set, as it travels. */
  private static ByteBuffer set(byte[] stored) {
    if (!marked(stored)) {
      return ByteBuffer.wrap(stored);
    }
    BinaryReader in = new BinaryReader(stored);
    var unused = kind(in);
    var unusedMarks = marks(in, stored[1]);
    return rest(stored, in);
  }

  private static ByteBuffer rest(byte[] stored, BinaryReader in) {
    return ByteBuffer.wrap(stored, stored.length - in.remaining(), in.remaining()).slice();
  }

  /** Whether these bytes are a hint, as far as they can be read. */
  public static boolean isHint(byte[] stored) {
    return marked(stored) && (stored.length < 3 || stored[1] != FORMAT || stored[2] != (byte) DEBT);
  }

  /** Whether these bytes are a set of the node's own with a debt. */
  public static boolean isDebt(byte[] stored) {
    return marked(stored) && !isHint(stored);
  }

  private static boolean marked(byte[] stored) {
    return stored.length > 0 && stored[0] == MARK;
  }

  private static int kind(BinaryReader in) {
    var unused = in.u8("the mark of a hint");
    int format = in.u8("the format of a hint");
    if (format == FORMAT_WITHOUT_HOLDERS) {
      return HINT;
    }
    if (format != FORMAT) {
      throw new MalformedException(
          "a hint of format " + format + "; this version reads formats 1 and " + FORMAT);
    }
    int kind = in.u8("the kind of a hint");
    if (kind != HINT && kind != DEBT) {
      throw new MalformedException("a hint of the unknown kind " + kind);
    }
    return kind;
  }

  private static Hint marks(BinaryReader in, int format) {
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
