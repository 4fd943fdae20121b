package starling.node.version;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole set as bytes, the same in the log and between nodes. There is one encoding per set, and
 * decoding accepts no other; its result has all invariants of {@link Siblings}. An unknown format
 * is rejected with an explanatory error.
 *
 * <pre>
 * 02                                               format 2
 * 01                                               vector: one entry
 * 00 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 0b    actor
 * 00 00 00 00 00 00 00 07                            counter 7
 * 01                                               seen dots: one
 * 00 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 0c    actor
 * 00 00 00 00 00 00 00 05                            counter 5
 * 01                                               versions: one, ascending by dot
 * 00                                                 its actor: entry 0 of the vector (varint)
 * 00                                                 its counter: that entry's less 0 (varint)
 * 01                                                 kind: 1 JSON, 2 bytes, 3 tombstone
 * 00                                                 expires, wall milliseconds (varint; 0 never)
 *                                                    [kind 2 only: content type: varint 0 for none,
 *                                                    else 1, varint length, UTF-8]
 * bf 3b 34 5c f3 84 a5 1b                            checksum of kind, content type and value
 * 02 34 32                                           value: varint length, bytes
 * 00                                               idempotency records: none; each has 16 bytes id,
 *                                                  16 bytes actor, 8 bytes counter, 8 bytes request
 *                                                  hash, 8 bytes highest counter it replaced
 * </pre>
 */
public final class SiblingsCodec {
  /** The format written now. */
  public static final int FORMAT = 2;

  private static final int MIN_VERSION_BYTES = 1 + 1 + 1 + 1 + 8 + 1;
  private static final int ENTRY_BYTES = Actor.BYTES + 8;
  private static final int MARK_BYTES = 16 + 24 + 8 + 8;

  private SiblingsCodec() {}

  public static byte[] encode(Siblings set) {
    int expected = encodedBytes(set);
    BinaryWriter out = new BinaryWriter(expected);
    write(out, set);
    return out.toWhole();
  }

  /** The exact length of the encoding, so that a value is copied only once. */
  public static int encodedBytes(Siblings set) {
    VersionVector vector = set.vector();
    long bytes = 1L + BinaryWriter.varintBytes(vector.size()) + (long) ENTRY_BYTES * vector.size();
    bytes +=
        BinaryWriter.varintBytes(set.seenDots().size())
            + (long) ENTRY_BYTES * set.seenDots().size();
    bytes += BinaryWriter.varintBytes(set.versions().size());
    for (Version version : set.versions()) {
      bytes += versionBytes(version, vector);
    }
    bytes += BinaryWriter.varintBytes(set.marks().size()) + (long) MARK_BYTES * set.marks().size();
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException("a set of " + bytes + " bytes does not fit into one array");
    }
    return (int) bytes;
  }

  private static long versionBytes(Version version, VersionVector vector) {
    Content content = version.content();
    int index = vector.indexOf(version.dot().actor());
    long behind = vector.counterAt(index) - version.dot().counter();
    long bytes = 1L + BinaryWriter.varintBytes(index) + BinaryWriter.varintBytes(behind);
    bytes += BinaryWriter.varintBytes(content.expiresAtMillis());
    if (content.kind() == Content.Kind.BYTES) {
      String type = content.contentType();
      int typeBytes = type == null ? 0 : type.getBytes(StandardCharsets.UTF_8).length;
      bytes += 1L + (type == null ? 0 : BinaryWriter.varintBytes(typeBytes) + typeBytes);
    }
    return bytes + 8 + BinaryWriter.varintBytes(content.valueBytes()) + content.valueBytes();
  }

  /** Appends the set; the encoding contains its own end. */
  public static void write(BinaryWriter out, Siblings set) {
    out.u8(FORMAT);
    PastCodec.writeVector(out, set.vector());
    PastCodec.writeDots(out, set.seenDots());
    out.varint(set.versions().size());
    for (Version version : set.versions()) {
      writeVersion(out, version, set.vector());
    }
    out.varint(set.marks().size());
    for (IdempotencyRecord mark : set.marks()) {
      out.i64(mark.idHigh()).i64(mark.idLow()).dot(mark.dot());
      out.i64(mark.requestHash()).i64(mark.replaced());
    }
  }

  private static void writeVersion(BinaryWriter out, Version version, VersionVector vector) {
    int index = vector.indexOf(version.dot().actor());
    out.varint(index);
    out.varint(vector.counterAt(index) - version.dot().counter());
    Content content = version.content();
    out.u8(content.kind().code());
    out.varint(content.expiresAtMillis());
    if (content.kind() == Content.Kind.BYTES) {
      String type = content.contentType();
      out.varint(type == null ? 0 : 1);
      if (type != null) {
        out.text(type);
      }
    }
    out.i64(content.checksum());
    content.writeTo(out);
  }

  /**
   * @throws MalformedException if the bytes are anything but one set
   */
  public static Siblings decode(byte[] bytes) {
    return decode(ByteBuffer.wrap(bytes));
  }

  /** The buffer is not moved. Values are parts of its array, which must not change any more. */
  public static Siblings decode(ByteBuffer buffer) {
    return decode(buffer, true);
  }

  /**
   * The same set with its values in its encoding. So a set that was joined holds one array, and not
   * all those that its values came in. Does not compute the checksums of the values again.
   *
   * @param encoded its encoding, just written
   */
  public static Siblings within(ByteBuffer encoded) {
    return decode(encoded, false);
  }

  private static Siblings decode(ByteBuffer buffer, boolean verified) {
    BinaryReader in = new BinaryReader(buffer);
    Siblings set = read(in, verified);
    in.end("a set of versions");
    return set;
  }

  /** Reads one set and leaves the reader behind its end. */
  public static Siblings read(BinaryReader in) {
    return read(in, true);
  }

  private static Siblings read(BinaryReader in, boolean verified) {
    int format = in.u8("the format of a set of versions");
    if (format != FORMAT) {
      throw new MalformedException(
          "a set of versions in format "
              + format
              + "; this program knows format "
              + FORMAT
              + " only and was probably written earlier");
    }
    VersionVector vector = PastCodec.readVector(in);
    List<Dot> seen = List.copyOf(PastCodec.requireUncovered(PastCodec.readDots(in), vector));
    List<Version> versions = readVersions(in, vector, verified);
    List<IdempotencyRecord> marks = readMarks(in);
    if (vector.isEmpty() && seen.isEmpty() && marks.isEmpty()) {
      return Siblings.EMPTY;
    }
    return new Siblings(versions, vector, seen, marks);
  }

  private static List<Version> readVersions(
      BinaryReader in, VersionVector vector, boolean verified) {
    int count = in.count(MIN_VERSION_BYTES, "the number of versions");
    List<Version> versions = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Version version = readVersion(in, vector, verified);
      if (i > 0 && versions.get(i - 1).dot().compareTo(version.dot()) >= 0) {
        throw new MalformedException("the versions of a set are not ascending");
      }
      versions.add(version);
    }
    return List.copyOf(versions);
  }

  private static Version readVersion(BinaryReader in, VersionVector vector, boolean verified) {
    long index = in.varint("the actor of a version");
    if (index >= vector.size()) {
      throw new MalformedException(
          "a version names entry " + index + " of a vector of " + vector.size());
    }
    Actor actor = vector.actor((int) index);
    long behind = in.varint("the counter of a version");
    long highest = vector.counterAt((int) index);
    if (behind >= highest) {
      throw new MalformedException("a version stands " + behind + " behind counter " + highest);
    }
    Content.Kind kind = Content.Kind.ofCode(in.u8("the kind of a version"));
    long expires = in.varint("the expiry of a version");
    String type = kind == Content.Kind.BYTES ? readType(in) : null;
    long checksum = in.i64("the checksum of a value");
    ByteBuffer value = in.hasArray() ? in.slice("a value") : ByteBuffer.wrap(in.bytes("a value"));
    if (kind == Content.Kind.TOMBSTONE && (value.hasRemaining() || expires != Content.NEVER)) {
      throw new MalformedException("a tombstone with a value or an expiry");
    }
    Content content =
        kind == Content.Kind.TOMBSTONE
            ? Content.tombstone()
            : Content.within(kind, value, type, expires, checksum);
    if (content.checksum() != checksum || (verified && !content.sound())) {
      throw new MalformedException(
          "a value of "
              + value.remaining()
              + " bytes does not have the checksum it was written with");
    }
    return new Version(new Dot(actor, highest - behind), content);
  }

  private static @Nullable String readType(BinaryReader in) {
    long present = in.varint("whether there is a content type");
    if (present > 1) {
      throw new MalformedException("a content type that is neither there nor absent: " + present);
    }
    return present == 0 ? null : in.text("a content type");
  }

  private static List<IdempotencyRecord> readMarks(BinaryReader in) {
    int count = in.count(MARK_BYTES, "the number of idempotency records");
    List<IdempotencyRecord> marks = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long high = in.i64("a request id");
      long low = in.i64("a request id");
      Dot dot = in.dot("the dot of a request");
      long request = in.i64("a request hash");
      long replaced = in.i64("what a request replaced");
      if (replaced < 0 || replaced >= dot.counter()) {
        throw new MalformedException("the event " + dot + " replaced the counter " + replaced);
      }
      IdempotencyRecord mark = new IdempotencyRecord(high, low, dot, request, replaced);
      if (i > 0 && marks.get(i - 1).compareTo(mark) >= 0) {
        throw new MalformedException("idempotency records are not ascending");
      }
      marks.add(mark);
    }
    return List.copyOf(marks);
  }
}
