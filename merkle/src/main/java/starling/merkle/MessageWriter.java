package starling.merkle;

import java.util.Arrays;

/** Writes a message: numbers in little-endian order, or in groups of seven bits, lowest first. */
final class MessageWriter {
  private byte[] bytes = new byte[128];
  private int size;

  int size() {
    return size;
  }

  void u8(int value) {
    room(1);
    bytes[size++] = (byte) value;
  }

  void u32(int value) {
    room(4);
    for (int i = 0; i < 4; i++) {
      bytes[size++] = (byte) (value >>> (8 * i));
    }
  }

  void u64(long value) {
    u32((int) value);
    u32((int) (value >>> 32));
  }

  /** An unsigned number of 64 bits, in 1 to 10 bytes. */
  void varint(long value) {
    room(10);
    long rest = value;
    for (; rest >>> 7 != 0; rest >>>= 7) {
      bytes[size++] = (byte) (rest | 0x80);
    }
    bytes[size++] = (byte) rest;
  }

  void append(MessageWriter other) {
    room(other.size);
    System.arraycopy(other.bytes, 0, bytes, size, other.size);
    size += other.size;
  }

  void clear() {
    size = 0;
  }

  /** The message with the tag that proves where it comes from. */
  byte[] sealed(TreeKey key) {
    u64(key.tag(bytes, size));
    return Arrays.copyOf(bytes, size);
  }

  private void room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
    }
  }
}
