package starling.node.replica;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import starling.node.port.Disk;

/**
 * Who a data directory belongs to: a random id drawn when the directory is first used, kept in a
 * file of its own and never changed. A node is its id; its name and addresses may change.
 *
 * <pre>
 *   53 54 52 4c 4e 4f 44 45   magic "STRLNODE"
 *   00 00 00 01               format
 *   16 bytes                  the id
 *   4 bytes                   crc32c of all before
 * </pre>
 *
 * @param drawn whether the id is of this start, and no earlier process ever had it
 */
public record NodeId(UUID id, boolean drawn) {
  /** The file's name in the data directory. */
  public static final String FILE = "node-id";

  private static final String DRAFT = "node-id.tmp";
  private static final long MAGIC = 0x5354524c4e4f4445L;
  private static final int FORMAT = 1;
  private static final int BYTES = 32;

  /**
   * Reads the id of a directory, or draws one for a new directory and makes it durable.
   *
   * @throws IOException if the file cannot be read, is damaged, or of an unknown format
   */
  public static NodeId of(Disk disk, RandomGenerator identity) throws IOException {
    if (disk.exists(FILE)) {
      return new NodeId(read(disk), false);
    }
    UUID drawn = new UUID(identity.nextLong(), identity.nextLong());
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.putLong(MAGIC).putInt(FORMAT);
    bytes.putLong(drawn.getMostSignificantBits()).putLong(drawn.getLeastSignificantBits());
    bytes.putInt(crc(bytes)).flip();
    try (Disk.File file = disk.open(DRAFT)) {
      file.write(bytes, 0);
      file.force();
    }
    disk.rename(DRAFT, FILE);
    disk.forceDirectory("");
    return new NodeId(drawn, true);
  }

  private static UUID read(Disk disk) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    try (Disk.File file = disk.open(FILE)) {
      int count = file.read(bytes, 0);
      bytes.flip();
      if (count != BYTES || bytes.getLong() != MAGIC) {
        throw new IOException("the file " + FILE + " is not one of a node");
      }
    }
    int format = bytes.getInt();
    if (format != FORMAT) {
      throw new IOException(
          "the file " + FILE + " has format " + format + ", this version reads format " + FORMAT);
    }
    UUID id = new UUID(bytes.getLong(), bytes.getLong());
    if (crc(bytes) != bytes.getInt()) {
      throw new IOException("the file " + FILE + " is damaged");
    }
    return id;
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().position(0).limit(BYTES - Integer.BYTES));
    return (int) crc.getValue();
  }
}
