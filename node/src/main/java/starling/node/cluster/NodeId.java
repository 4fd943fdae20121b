package starling.node.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import starling.node.port.Disk;

/**
 * The node of a data directory: a random id drawn at the first use of the directory, stored in a
 * file of its own and never changed. A node is its id; its name and addresses may change. The file
 * also says whether the id has ever been in a cluster, so that a directory that has lost all else
 * does not seem new.
 *
 * <pre>
 *   53 54 52 4c 4e 4f 44 45   magic "STRLNODE"
 *   00 00 00 02               format
 *   16 bytes                  the id
 *   1 byte                    1 if it has been in a cluster, else 0
 *   4 bytes                   crc32c of all before
 * </pre>
 *
 * <p>Format 1 has no such byte: its id may have been in one.
 *
 * @param member whether the id has, or may have, been in a cluster
 */
public record NodeId(UUID id, boolean member) {
  /** The file's name in the data directory. */
  public static final String FILE = "node-id";

  private static final String DRAFT = "node-id.tmp";
  private static final long MAGIC = 0x5354524c4e4f4445L;
  private static final int FORMAT = 2;
  private static final int OLD_FORMAT = 1;
  private static final int BYTES = 33;

  /**
   * Reads the id of a directory, or draws one for a new directory and makes it durable.
   *
   * @throws IOException if the file cannot be read, is damaged, or of an unknown format
   */
  public static NodeId of(Disk disk, RandomGenerator identity) throws IOException {
    if (disk.exists(FILE)) {
      return read(disk);
    }
    NodeId drawn = new NodeId(new UUID(identity.nextLong(), identity.nextLong()), false);
    drawn.write(disk);
    return drawn;
  }

  /**
   * Records durably that this id has been in a cluster.
   *
   * @throws IOException if it cannot be written; the file is as it was
   */
  public void noteMember(Disk disk) throws IOException {
    new NodeId(id, true).write(disk);
  }

  private void write(Disk disk) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.putLong(MAGIC).putInt(FORMAT);
    bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    bytes.put((byte) (member ? 1 : 0));
    bytes.putInt(crc(bytes.array(), bytes.position())).flip();
    try (Disk.File file = disk.open(DRAFT)) {
      file.write(bytes, 0);
      file.fsync();
    }
    disk.rename(DRAFT, FILE);
    disk.forceDirectory("");
  }

  private static NodeId read(Disk disk) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES + 1);
    try (Disk.File file = disk.open(FILE)) {
      int count = file.read(bytes, 0);
      bytes.flip();
      if (count < Long.BYTES + Integer.BYTES || bytes.getLong() != MAGIC) {
        throw new IOException("the file " + FILE + " is not one of a node");
      }
    }
    int format = bytes.getInt();
    if (format != FORMAT && format != OLD_FORMAT) {
      throw new IOException(
          "the file "
              + FILE
              + " has format "
              + format
              + ", this version reads formats "
              + OLD_FORMAT
              + " and "
              + FORMAT);
    }
    int length = format == FORMAT ? BYTES : BYTES - 1;
    int crcAt = length - Integer.BYTES;
    if (bytes.limit() != length || crc(bytes.array(), crcAt) != bytes.getInt(crcAt)) {
      throw new IOException("the file " + FILE + " is damaged");
    }
    UUID id = new UUID(bytes.getLong(), bytes.getLong());
    return new NodeId(id, format == OLD_FORMAT || bytes.get() == 1);
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
