package starling.node.storage.index;

import java.io.File;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.mapdb.DataInput2;
import org.mapdb.volume.Volume;

/** The mapped file from which MapDB reads a sorted table; it never changes. */
class MappedVolume extends Volume {
  private final ByteBuffer bytes;

  MappedVolume(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  @Override
  public long getLong(long offset) {
    return bytes.getLong((int) offset);
  }

  @Override
  public int getInt(long offset) {
    return bytes.getInt((int) offset);
  }

  @Override
  public byte getByte(long offset) {
    return bytes.get((int) offset);
  }

  @Override
  public DataInput2 getDataInput(long offset, int size) {
    return new DataInput2.ByteBuffer(bytes, (int) offset);
  }

  @Override
  public void getData(long offset, byte[] target, int start, int size) {
    bytes.get((int) offset, target, start, size);
  }

  @Override
  public long length() {
    return bytes.capacity();
  }

  @Override
  public boolean isReadOnly() {
    return true;
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
  public void close() {}

  @Override
  public void sync() {}

  @Override
  public @Nullable File getFile() {
    return null;
  }

  @Override
  public boolean getFileLocked() {
    return false;
  }

  @Override
  public void ensureAvailable(long offset) {
    throw readOnly();
  }

  @Override
  public void truncate(long size) {
    throw readOnly();
  }

  @Override
  public void putLong(long offset, long value) {
    throw readOnly();
  }

  @Override
  public void putInt(long offset, int value) {
    throw readOnly();
  }

  @Override
  public void putByte(long offset, byte value) {
    throw readOnly();
  }

  @Override
  public void putData(long offset, byte[] source, int start, int size) {
    throw readOnly();
  }

  @Override
  public void putData(long offset, ByteBuffer source) {
    throw readOnly();
  }

  @Override
  public void clear(long start, long end) {
    throw readOnly();
  }

  private static UnsupportedOperationException readOnly() {
    return new UnsupportedOperationException("a run is immutable");
  }
}
