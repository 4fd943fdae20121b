package starling.node.storage.index;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.mapdb.DataInput2;

/**
 * The same view of a run's file, which compares each block with its checksum before it is read. The
 * checksums are computed when the file as a whole has just been checked, and stay on the heap, four
 * bytes per block. Any thread may read.
 */
final class CheckedVolume extends MappedVolume {
  private static final int SHIFT = 10;
  private static final int MIN_INPUT_BYTES = 8;

  private final String name;
  private final ByteBuffer bytes;
  private final int[] checks;

  /**
   * @param name for error messages
   * @param bytes of a file that was just checked
   */
  CheckedVolume(String name, ByteBuffer bytes) {
    super(bytes);
    this.name = name;
    this.bytes = bytes;
    this.checks = new int[(bytes.capacity() + (1 << SHIFT) - 1) >>> SHIFT];
    for (int block = 0; block < checks.length; block++) {
      checks[block] = check(block);
    }
  }

  private int check(int block) {
    int from = block << SHIFT;
    int to = Math.min(bytes.capacity(), from + (1 << SHIFT));
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().limit(to).position(from));
    return (int) crc.getValue();
  }

  private void verify(long offset, int size) {
    if (offset < 0 || offset + size > bytes.capacity() || size < 0) {
      throw new DamagedPageException(name + " is damaged: it points behind its end, at " + offset);
    }
    int last = (int) ((offset + Math.max(size, 1) - 1) >>> SHIFT);
    for (int block = (int) (offset >>> SHIFT); block <= last; block++) {
      if (check(block) != checks[block]) {
        throw new DamagedPageException(
            name + " is damaged (bit rot) at " + ((long) block << SHIFT));
      }
    }
  }

  @Override
  public long getLong(long offset) {
    verify(offset, 8);
    return super.getLong(offset);
  }

  @Override
  public int getInt(long offset) {
    verify(offset, 4);
    return super.getInt(offset);
  }

  @Override
  public byte getByte(long offset) {
    verify(offset, 1);
    return super.getByte(offset);
  }

  @Override
  public DataInput2 getDataInput(long offset, int size) {
    // MapDB announces how much it will read, except for a single key that it compares.
    int least = (int) Math.min(MIN_INPUT_BYTES, bytes.capacity() - offset);
    verify(offset, Math.max(size, least));
    return super.getDataInput(offset, size);
  }

  @Override
  public void getData(long offset, byte[] target, int start, int size) {
    verify(offset, size);
    super.getData(offset, target, start, size);
  }
}
