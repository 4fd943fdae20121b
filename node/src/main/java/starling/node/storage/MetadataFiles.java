package starling.node.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;

/**
 * Small named values, each in a file that is replaced atomically: a new file is written, fsynced
 * and renamed, then the directory is fsynced. After a crash either the old value or the new one is
 * there. Format, version 1, big endian:
 *
 * <pre>
 *  0 u32 magic "STMD"   4 u8 format version, 1   5 3 bytes 0
 *  8 u64 number of saves of the store so far, for people who look into the file
 * 16 u128 store id     32 u32 value's bytes
 * 36 u32 crc32c(name as ASCII, bytes 0..36, value)   40 value
 * </pre>
 */
final class MetadataFiles {
  static final int MAX_BYTES = 16 << 20;

  static final String DIRECTORY = "meta";
  private static final String UNFINISHED = ".tmp";
  private static final int MAGIC = 0x53544d44;
  private static final byte VERSION = 1;
  private static final int HEAD_BYTES = 40;

  private final Disk disk;
  private final UUID storeId;
  private final String directory;
  private long saves;

  MetadataFiles(Disk disk, UUID storeId) {
    this(disk, storeId, "");
  }

  /**
   * @param root the parent of the store's directories, {@code ""} or with a slash at its end
   */
  MetadataFiles(Disk disk, UUID storeId, String root) {
    this.disk = disk;
    this.storeId = storeId;
    this.directory = root + DIRECTORY;
  }

  /** Makes the directory, durably. */
  void create() throws IOException {
    disk.createDirectory(directory);
    int parent = directory.lastIndexOf('/');
    disk.forceDirectory(parent < 0 ? "" : directory.substring(0, parent));
  }

  /** Throws for a name or a size that cannot be saved. */
  static void check(String name, byte[] bytes) {
    boolean sound =
        !name.isEmpty()
            && name.length() <= 64
            && name.chars()
                .allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
    if (!sound || bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "metadata \""
              + name
              + "\" with "
              + bytes.length
              + " bytes exceeds a limit or has an invalid name");
    }
  }

  void write(String name, byte[] bytes) throws IOException {
    String file = directory + "/" + name;
    ByteBuffer target = ByteBuffer.allocate(HEAD_BYTES + bytes.length);
    target.putInt(MAGIC).put(VERSION).put(new byte[3]).putLong(++saves);
    target.putLong(storeId.getMostSignificantBits()).putLong(storeId.getLeastSignificantBits());
    target.putInt(bytes.length).position(HEAD_BYTES).put(bytes);
    target.putInt(36, check(name, target)).flip();
    try (Disk.File unfinished = disk.open(file + UNFINISHED)) {
      unfinished.truncate(0);
      unfinished.write(target, 0);
      unfinished.fsync();
    }
    disk.rename(file + UNFINISHED, file);
    disk.forceDirectory(directory);
  }

  /** All sound values, by name; the names of damaged ones are added to {@code damaged}. */
  Map<String, byte[]> readAll(List<String> damaged) throws IOException {
    create();
    // The values read here are used, so the last rename of a killed process must be durable.
    disk.forceDirectory(directory);
    Map<String, byte[]> values = new TreeMap<>();
    for (String name : new ArrayList<>(disk.list(directory))) {
      if (name.endsWith(UNFINISHED)) {
        disk.delete(directory + "/" + name);
        continue;
      }
      byte[] value = read(name);
      if (value == null) {
        damaged.add(name);
      } else {
        values.put(name, value);
      }
    }
    return values;
  }

  private byte @Nullable [] read(String name) throws IOException {
    String path = directory + "/" + name;
    ByteBuffer source;
    try (Disk.File file = disk.open(path)) {
      long size = file.size();
      if (size < HEAD_BYTES || size > HEAD_BYTES + MAX_BYTES) {
        return null;
      }
      source = ByteBuffer.allocate((int) size);
      while (source.hasRemaining() && file.read(source, source.position()) >= 0) {
        // Until all is read or the file ends early.
      }
      source.flip();
    }
    if (source.limit() < HEAD_BYTES
        || source.getInt(0) != MAGIC
        || source.getInt(36) != check(name, source)) {
      return null;
    }
    byte version = source.get(4);
    if (version != VERSION) {
      throw new StoreRefusedException(
          path
              + " has format version "
              + version
              + ", this release reads version "
              + VERSION
              + ": open it with the release that wrote it");
    }
    UUID store = new UUID(source.getLong(16), source.getLong(24));
    if (!store.equals(storeId)) {
      throw new StoreRefusedException(
          path
              + " belongs to store "
              + store
              + ", not "
              + storeId
              + ": start the node with its own data directory");
    }
    if (source.getInt(32) != source.limit() - HEAD_BYTES) {
      return null;
    }
    saves = Math.max(saves, source.getLong(8));
    byte[] value = new byte[source.limit() - HEAD_BYTES];
    source.position(HEAD_BYTES).get(value);
    return value;
  }

  private static int check(String name, ByteBuffer file) {
    CRC32C crc = new CRC32C();
    crc.update(name.getBytes(US_ASCII));
    crc.update(file.duplicate().limit(36).position(0));
    crc.update(file.duplicate().clear().limit(Math.max(HEAD_BYTES, file.limit())).position(40));
    return (int) crc.getValue();
  }
}
