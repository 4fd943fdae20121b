package starling.node.version;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads the output of {@link BinaryWriter} from untrusted bytes. Every read is checked against the
 * rest, and a length or count is checked before memory is allocated for it: a hostile number costs
 * nothing. Every fault becomes one {@link MalformedException} with an explanation.
 *
 * <p>The position of the buffer does not change; it must not change while it is read.
 */
public class BinaryReader {
  private final ByteBuffer buffer;

  public BinaryReader(byte[] bytes) {
    this(ByteBuffer.wrap(bytes));
  }

  public BinaryReader(ByteBuffer buffer) {
    // A slice is big endian, whatever the order of its origin.
    this.buffer = buffer.slice();
  }

  public int remaining() {
    return buffer.remaining();
  }

  /** Bytes read so far. */
  public int position() {
    return buffer.position();
  }

  public int u8(String what) {
    need(1, what);
    return buffer.get() & 0xFF;
  }

  public int i32(String what) {
    need(4, what);
    return buffer.getInt();
  }

  public long i64(String what) {
    need(8, what);
    return buffer.getLong();
  }

  /** From 0 to 2^63-1, in its shortest form. */
  public long varint(String what) {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      int b = u8(what);
      value |= (long) (b & 0x7F) << shift;
      if ((b & 0x80) == 0) {
        if (b == 0 && shift > 0) {
          throw new MalformedException(what + " is a number that is not in its shortest form");
        }
        return value;
      }
    }
    throw new MalformedException(what + " is a number of more than 63 bits");
  }

  /**
   * How many items follow, each of at least this many bytes; an error if that many cannot follow.
   */
  public int count(int leastBytesEach, String what) {
    long count = varint(what);
    if (leastBytesEach < 1) {
      throw new IllegalArgumentException("items of " + leastBytesEach + " bytes");
    }
    if (count > remaining() / leastBytesEach) {
      throw new MalformedException(
          what + " says " + count + ", but only " + remaining() + " bytes are left");
    }
    return (int) count;
  }

  public byte[] raw(int count, String what) {
    need(count, what);
    byte[] bytes = new byte[count];
    buffer.get(bytes);
    return bytes;
  }

  /** A varint length, then the bytes, copied out. */
  public byte[] bytes(String what) {
    return raw(count(1, what), what);
  }

  /** Whether the buffer has an array, so that a {@link #slice} has it too. */
  boolean hasArray() {
    return buffer.hasArray();
  }

  /** The same, not copied: a view of the bytes being read. */
  public ByteBuffer slice(String what) {
    int count = count(1, what);
    ByteBuffer part = buffer.slice(buffer.position(), count);
    buffer.position(buffer.position() + count);
    return part;
  }

  /** A varint length, then strict UTF-8. */
  public String text(String what) {
    ByteBuffer part = slice(what);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(part)
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException(what + " is not UTF-8");
    }
  }

  public Actor actor(String what) {
    need(Actor.BYTES, what);
    return new Actor(buffer.getLong(), buffer.getLong());
  }

  /** 16 bytes actor, 8 bytes counter, which must be one that a clock can have given. */
  public Dot dot(String what) {
    return new Dot(actor(what), counter(what));
  }

  /** A counter of 8 bytes; an error if it is below 1 or beyond the counters of any clock. */
  public long counter(String what) {
    return HybridClock.requirePossible(i64(what), what);
  }

  /** Fails if bytes follow the end. */
  public void end(String what) {
    if (buffer.hasRemaining()) {
      throw new MalformedException(remaining() + " bytes too many behind " + what);
    }
  }

  private void need(int count, String what) {
    if (count < 0 || count > buffer.remaining()) {
      throw new MalformedException(
          what + " needs " + count + " bytes, but only " + buffer.remaining() + " are left");
    }
  }
}
