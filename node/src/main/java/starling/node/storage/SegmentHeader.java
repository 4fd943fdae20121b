package starling.node.storage;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The first kilobyte of a segment. The same 64 bytes are at 0 and at 512, so that one damaged
 * sector does not make the salt, and with it every record, unreadable; big endian:
 *
 * <pre>
 *  0 u64 magic "STARLSEG"    8 u8 format version, 2    9 u8 kind: 0 hot, 1 cold    10 u16 0
 * 12 u32 id of the hot segment before a hot one, 0 for none
 * 16 u64 segment id         24 u64 salt of the records' checks
 * 32 u128 store id          48 u64 created, ms since 1970
 * 56 u32 0: bytes of a wrapped data key behind the header, once records can be encrypted
 * 60 u32 crc32c(bytes 0..60)
 * </pre>
 *
 * Magic, version and check keep their places in every later version.
 */
record SegmentHeader(
    long id, boolean cold, long previous, long salt, UUID storeId, long createdMillis) {
  static final int BYTES = 1024;
  static final byte VERSION = 2;

  private static final long MAGIC = 0x53544152_4c534547L;
  private static final int COPY_BYTES = 64;
  private static final int SECOND_COPY = 512;

  ByteBuffer encode() {
    ByteBuffer target = ByteBuffer.allocate(BYTES);
    for (int start : new int[] {0, SECOND_COPY}) {
      target.position(start).putLong(MAGIC).put(VERSION).put((byte) (cold ? 1 : 0));
      target.position(start + 12).putInt((int) previous);
      target.putLong(id).putLong(salt);
      target.putLong(storeId.getMostSignificantBits()).putLong(storeId.getLeastSignificantBits());
      target.putLong(createdMillis).putInt(0);
      target.putInt(check(target, start));
    }
    return target.clear();
  }

  /** The header, from either copy; {@code null} if both are damaged or missing. */
  static @Nullable SegmentHeader decode(ByteBuffer block, String file)
      throws StoreRefusedException {
    StoreRefusedException refusal = null;
    for (int start : new int[] {0, SECOND_COPY}) {
      if (block.limit() < start + COPY_BYTES
          || block.getLong(start) != MAGIC
          || block.getInt(start + 60) != check(block, start)) {
        continue;
      }
      byte version = block.get(start + 8);
      if (version != VERSION) {
        refusal =
            new StoreRefusedException(
                file
                    + " has format version "
                    + version
                    + ", this release reads version "
                    + VERSION
                    + ": open it with the release that wrote it");
        continue;
      }
      if (block.getInt(start + 56) != 0) {
        refusal =
            new StoreRefusedException(
                file
                    + " is encrypted, which this release cannot read: open it with the release that wrote it");
        continue;
      }
      return new SegmentHeader(
          block.getLong(start + 16),
          block.get(start + 9) == 1,
          Integer.toUnsignedLong(block.getInt(start + 12)),
          block.getLong(start + 24),
          new UUID(block.getLong(start + 32), block.getLong(start + 40)),
          block.getLong(start + 48));
    }
    if (refusal != null) {
      throw refusal;
    }
    return null;
  }

  private static int check(ByteBuffer block, int start) {
    CRC32C crc = new CRC32C();
    crc.update(block.duplicate().limit(start + 60).position(start));
    return (int) crc.getValue();
  }
}
