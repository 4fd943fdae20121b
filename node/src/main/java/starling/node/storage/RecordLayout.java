package starling.node.storage;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The format of a record in a segment, version 2; big endian throughout.
 *
 * <pre>
 *  0 u32 length of the whole record
 *  4 u32 head check: crc32c(segment's salt u64, record's offset u64, bytes 0..4, bytes 8..head end)
 *  8 u8  type: 1 PUT, 2 MARK, 3 SEAL, 4 REAPED, 5 DROP
 *  9 u8  flags: 1 body is lz4, 2 body is zstd, 4 encrypted (no release writes it yet),
 *        8 the key shares its fingerprint with another one, 16 a sequence number follows
 * 10 u16 partition            (MARK, SEAL, DROP: 0)
 * 12 u16 bucket name's bytes  (0)
 * 14 u16 key's bytes          (0)
 * 16 u64 position of the key  (MARK: all of the segment before this offset was durable when the
 *                              mark was written; SEAL: its own offset, all before is durable;
 *                              DROP: first position that is dropped)
 * 24 u64 version hash         (MARK: 0; SEAL: PUT records in the segment; REAPED: hash of the set
 *                              that was reaped; DROP: last position that is dropped)
 * 32 u32 body check: crc32c(body) (0)
 * 36 u64 sequence number, only with its flag: the location where the record was first written
 * .. bucket name (UTF-8), key: end of the head; then the body, a PUT's set
 * </pre>
 *
 * A put of bucket "b", key "k", set 01 02, partition 3 takes 40 bytes: {@code 00000028 hhhhhhhh 01
 * 00 0003 0001 0001 position versionhash bbbbbbbb 62 6b 01 02}. Salt and offset in the checksum
 * make stale bytes of another file and misplaced blocks invalid. The head has its own checksum, so
 * that a record with a damaged body still names its key and the beginning of the next record.
 */
final class RecordLayout {
  static final int HEAD_BYTES = 36;
  static final int SEQUENCE_BYTES = 8;

  static final byte PUT = 1;
  static final byte MARK = 2;
  static final byte SEAL = 3;
  static final byte REAPED = 4;
  static final byte DROP = 5;

  static final int COMPRESSED = 1 | 2;
  static final int ENCRYPTED = 4;
  static final int SHARED = 8;
  static final int HAS_SEQUENCE = 16;
  private static final int KNOWN_FLAGS = COMPRESSED | SHARED | HAS_SEQUENCE;

  private final CRC32C crc = new CRC32C();
  private final ByteBuffer place = ByteBuffer.allocate(20);

  static long lengthOf(int bucketBytes, int keyBytes, int bodyBytes) {
    return (long) HEAD_BYTES + bucketBytes + keyBytes + bodyBytes;
  }

  /** Whether this release can interpret a record of this type and these flags. */
  static boolean known(byte type, byte flags) {
    return type >= PUT && type <= DROP && (flags & ~KNOWN_FLAGS) == 0;
  }

  /** Crc of a whole body. */
  int bodyCheck(byte[] body) {
    crc.reset();
    crc.update(body);
    return (int) crc.getValue();
  }

  /** Puts the head of a record of a key at the buffer's position. */
  void putHead(
      ByteBuffer target,
      long salt,
      long offset,
      int length,
      byte type,
      int flags,
      int partition,
      byte[] bucket,
      Key key,
      long versionHash,
      int bodyCheck) {
    int start = target.position();
    target.putInt(length).putInt(0).put(type).put((byte) flags).putShort((short) partition);
    target.putShort((short) bucket.length).putShort((short) key.bytes().length);
    target.putLong(key.position()).putLong(versionHash).putInt(bodyCheck);
    target.put(bucket).put(key.bytes());
    seal(target, start, salt, offset, length);
  }

  /** Puts a MARK, SEAL or DROP at the buffer's position. */
  void putNote(ByteBuffer target, long salt, long offset, byte type, long first, long second) {
    int start = target.position();
    target.putInt(HEAD_BYTES).putInt(0).put(type).put((byte) 0).putShort((short) 0).putInt(0);
    target.putLong(first).putLong(second).putInt(0);
    seal(target, start, salt, offset, HEAD_BYTES);
  }

  /**
   * Copies the record in {@code record} to another location, with its sequence number. The body
   * stays as it is.
   */
  void putAgain(
      ByteBuffer target,
      long salt,
      long offset,
      ByteBuffer record,
      RecordHead head,
      long sequence) {
    int start = target.position();
    int length = lengthAgain(head);
    int names = record.position() + head.namesStart();
    target.putInt(length).putInt(0).put(head.type()).put((byte) (head.flags() | HAS_SEQUENCE));
    target.put(record.slice(record.position() + 10, HEAD_BYTES - 10)).putLong(sequence);
    target.put(record.slice(names, head.headBytes() - head.namesStart()));
    seal(target, start, salt, offset, length);
    target.put(record.slice(record.position() + head.headBytes(), head.bodyBytes()));
  }

  /** Bytes that {@link #putAgain} writes. */
  static int lengthAgain(RecordHead head) {
    return head.length() + (head.hasSequence() ? 0 : SEQUENCE_BYTES);
  }

  private void seal(ByteBuffer target, int start, long salt, long offset, int length) {
    int end = target.position();
    target.putInt(start + 4, headCheck(target, start, end, salt, offset, length));
  }

  /** The checksum of the head in {@code buffer} from {@code start} to {@code end}. */
  private int headCheck(ByteBuffer buffer, int start, int end, long salt, long offset, int length) {
    crc.reset();
    crc.update(place.clear().putLong(salt).putLong(offset).putInt(length).flip());
    int position = buffer.position();
    int limit = buffer.limit();
    crc.update(buffer.limit(end).position(start + 8));
    buffer.limit(limit).position(position);
    return (int) crc.getValue();
  }

  /**
   * Whether the fixed part of a head, at {@code start} of the buffer, could be one: cheap, before
   * more of it is read. {@code room} is how far the record may reach.
   */
  static boolean plausible(ByteBuffer buffer, int start, long room) {
    int length = buffer.getInt(start);
    return length >= HEAD_BYTES && length <= room && headBytes(buffer, start) <= length;
  }

  /** Bytes of the head, bucket and key included, from its fixed part. */
  static int headBytes(ByteBuffer buffer, int start) {
    return HEAD_BYTES
        + ((buffer.get(start + 9) & HAS_SEQUENCE) != 0 ? SEQUENCE_BYTES : 0)
        + Short.toUnsignedInt(buffer.getShort(start + 12))
        + Short.toUnsignedInt(buffer.getShort(start + 14));
  }

  /**
   * Reads a plausible head that is whole in the buffer; {@code null} if its checksum does not
   * match.
   */
  @Nullable RecordHead head(ByteBuffer buffer, int start, long salt, long offset) {
    int length = buffer.getInt(start);
    int end = start + headBytes(buffer, start);
    if (headCheck(buffer, start, end, salt, offset, length) != buffer.getInt(start + 4)) {
      return null;
    }
    byte flags = buffer.get(start + 9);
    return new RecordHead(
        length,
        buffer.get(start + 8),
        flags,
        Short.toUnsignedInt(buffer.getShort(start + 10)),
        Short.toUnsignedInt(buffer.getShort(start + 12)),
        Short.toUnsignedInt(buffer.getShort(start + 14)),
        buffer.getLong(start + 16),
        buffer.getLong(start + 24),
        buffer.getInt(start + 32),
        (flags & HAS_SEQUENCE) != 0 ? buffer.getLong(start + HEAD_BYTES) : RecordHead.NO_SEQUENCE);
  }
}
