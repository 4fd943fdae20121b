package starling.node.version;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Appends numbers and bytes to a growing array; big endian. Sets on disk, messages between nodes
 * and contexts are all written with it and read with {@link BinaryReader}. One owner; {@link
 * #clear()} lets it be used again without a new array.
 *
 * <p>A varint is a number from 0 to 2^63-1 in groups of seven bits, lowest first; the top bit says
 * that another byte follows. The shortest form is the only one, so equal things have equal bytes.
 */
public class BinaryWriter {
  private static final int LARGEST = Integer.MAX_VALUE - 8;
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private byte[] array;
  private int size;

  public BinaryWriter() {
    this(128);
  }

  public BinaryWriter(int expectedBytes) {
    array = new byte[Math.max(16, expectedBytes)];
  }

  public int size() {
    return size;
  }

  public void clear() {
    size = 0;
  }

  /** One byte, 0 to 255. */
  public BinaryWriter u8(int value) {
    if (value < 0 || value > 0xFF) {
      throw new IllegalArgumentException(value + " does not fit into one byte");
    }
    int at = grow(1);
    array[at] = (byte) value;
    return this;
  }

  public BinaryWriter i32(int value) {
    int at = grow(4);
    INTS.set(array, at, value);
    return this;
  }

  public BinaryWriter i64(long value) {
    int at = grow(8);
    LONGS.set(array, at, value);
    return this;
  }

  public BinaryWriter varint(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("a varint is not negative: " + value);
    }
    // No extra room: a message of known length must not outgrow its array.
    int at = grow(varintBytes(value));
    long rest = value;
    while (rest > 0x7F) {
      array[at++] = (byte) (0x80 | (rest & 0x7F));
      rest >>>= 7;
    }
    array[at] = (byte) rest;
    return this;
  }

  /** How many bytes a varint takes. */
  public static int varintBytes(long value) {
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  /** The bytes alone, without their length. */
  public BinaryWriter raw(byte[] bytes) {
    return raw(bytes, 0, bytes.length);
  }

  public BinaryWriter raw(byte[] bytes, int from, int count) {
    int at = grow(count);
    System.arraycopy(bytes, from, array, at, count);
    return this;
  }

  /** A varint length, then the bytes. */
  public BinaryWriter bytes(byte[] bytes) {
    return varint(bytes.length).raw(bytes);
  }

  /** A varint length, then UTF-8. */
  public BinaryWriter text(String text) {
    return bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  public BinaryWriter actor(Actor actor) {
    return i64(actor.high()).i64(actor.low());
  }

  /** 16 bytes actor, 8 bytes counter. */
  public BinaryWriter dot(Dot dot) {
    return actor(dot.actor()).i64(dot.counter());
  }

  /** A copy of the written bytes. */
  public byte[] toBytes() {
    return Arrays.copyOf(array, size);
  }

  /** The written bytes, not copied if their length was known beforehand: the last call. */
  public byte[] toWhole() {
    return size == array.length ? array : toBytes();
  }

  /** The written bytes, not copied: valid until the next write or {@link #clear()}. */
  public ByteBuffer toBuffer() {
    return ByteBuffer.wrap(array, 0, size).slice();
  }

  /** The backing array, valid for its first {@link #size()} bytes until the next write. */
  byte[] array() {
    return array;
  }

  /** Makes room and counts it as written; the place where it begins. */
  private int grow(int more) {
    int at = size;
    if (more > LARGEST - at) {
      throw new IllegalStateException("more than " + LARGEST + " bytes in one message");
    }
    int needed = at + more;
    if (needed > array.length) {
      long doubled = Math.min(LARGEST, 2L * array.length);
      array = Arrays.copyOf(array, (int) Math.max(doubled, needed));
    }
    size = needed;
    return at;
  }
}
