package starling.node.storage.index;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.mapdb.DataInput2;
import org.mapdb.volume.Volume;
import starling.node.port.Disk;

/**
 * The file to which MapDB writes a sorted table, in pages, one after the other. Reads are few and
 * need not be fast. Disk errors are thrown as {@link UncheckedIOException}.
 */
final class DiskVolume extends Volume {
  private static final long FORCE_BYTES = 8 << 20;

  private final Disk.File file;
  private long length;
  private long sinceForce;

  DiskVolume(Disk.File file) {
    this.file = file;
  }

  @Override
  public void putData(long offset, byte[] source, int start, int size) {
    write(offset, ByteBuffer.wrap(source, start, size));
  }

  @Override
  public void putData(long offset, ByteBuffer source) {
    write(offset, source);
  }

  @Override
  public void putLong(long offset, long value) {
    write(offset, ByteBuffer.allocate(8).putLong(0, value));
  }

  @Override
  public void putInt(long offset, int value) {
    write(offset, ByteBuffer.allocate(4).putInt(0, value));
  }

  @Override
  public void putByte(long offset, byte value) {
    write(offset, ByteBuffer.allocate(1).put(0, value));
  }

  private void write(long offset, ByteBuffer source) {
    try {
      int bytes = source.remaining();
      file.write(source, offset);
      length = Math.max(length, offset + bytes);
      sinceForce += bytes;
      if (sinceForce >= FORCE_BYTES) {
        // In steps, so that the log's own fsync never waits behind a whole run.
        file.fsync();
        sinceForce = 0;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ByteBuffer read(long offset, int bytes) {
    ByteBuffer target = ByteBuffer.allocate(bytes);
    try {
      while (target.hasRemaining() && file.read(target, offset + target.position()) >= 0) {
        // Until all is read or the file ends.
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return target.clear();
  }

  @Override
  public long getLong(long offset) {
    return read(offset, 8).getLong();
  }

  @Override
  public int getInt(long offset) {
    return read(offset, 4).getInt();
  }

  @Override
  public byte getByte(long offset) {
    return read(offset, 1).get();
  }

  @Override
  public DataInput2 getDataInput(long offset, int size) {
    return new DataInput2.ByteBuffer(read(offset, size), 0);
  }

  @Override
  public void getData(long offset, byte[] target, int start, int size) {
    read(offset, size).get(target, start, size);
  }

  @Override
  public void ensureAvailable(long offset) {}

  @Override
  public void truncate(long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void clear(long start, long end) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}

  @Override
  public void sync() {
    try {
      file.fsync();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public int sliceSize() {
    return -1;
  }

  @Override
  public boolean isSliced() {
    return false;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public @Nullable File getFile() {
    return null;
  }

  @Override
  public boolean getFileLocked() {
    return false;
  }
}
