package starling.gossip;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The bytes that messages are written in: single bytes, 64-bit words in big endian, numbers from 0
 * to 2^63 - 1 as unsigned LEB128 in their shortest form, and UTF-8 after its length. The reader
 * trusts no input: every length and count has a bound and must fit in what is left before anything
 * is allocated for it.
 */
public final class GossipBytes {
  private GossipBytes() {}

  public static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);

    public void u8(int value) {
      out.write(value);
    }

    public void u64(long value) {
      for (int shift = 56; shift >= 0; shift -= 8) {
        out.write((int) (value >>> shift));
      }
    }

    public void number(long value) {
      if (value < 0) {
        throw new IllegalArgumentException("a number of " + value);
      }
      long rest = value;
      while (rest > 0x7f) {
        out.write((int) (rest & 0x7f) | 0x80);
        rest >>>= 7;
      }
      out.write((int) rest);
    }

    public void id(UUID id) {
      u64(id.getMostSignificantBits());
      u64(id.getLeastSignificantBits());
    }

    public void text(String text) {
      blob(text.getBytes(StandardCharsets.UTF_8));
    }

    public void blob(byte[] bytes) {
      number(bytes.length);
      out.write(bytes, 0, bytes.length);
    }

    public byte[] toBytes() {
      return out.toByteArray();
    }
  }

  public static final class Reader {
    private final ByteBuffer in;

    public Reader(byte[] bytes) {
      this.in = ByteBuffer.wrap(bytes);
    }

    public int u8(String what) {
      require(1, what);
      return in.get() & 0xff;
    }

    public long u64(String what) {
      require(Long.BYTES, what);
      return in.getLong();
    }

    public long number(String what) {
      long value = 0;
      for (int shift = 0; shift < 63; shift += 7) {
        int next = u8(what);
        value |= (long) (next & 0x7f) << shift;
        if (next < 0x80) {
          if (next == 0 && shift > 0) {
            throw new GossipFormatException(what + " is not in its shortest form");
          }
          return value;
        }
      }
      throw new GossipFormatException(what + " is longer than 63 bits");
    }

    public int number(int most, String what) {
      long value = number(what);
      if (value > most) {
        throw new GossipFormatException(what + ": " + value + " where " + most + " is the most");
      }
      return (int) value;
    }

    /** How many items follow; an error if they cannot fit into the rest. */
    public int count(int most, int leastBytesEach, String what) {
      int count = number(most, what);
      require(count * (long) leastBytesEach, what);
      return count;
    }

    public UUID id(String what) {
      return new UUID(u64(what), u64(what));
    }

    public String text(int mostBytes, String what) {
      int length = number(mostBytes, what);
      require(length, what);
      ByteBuffer slice = in.slice().limit(length);
      in.position(in.position() + length);
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(slice).toString();
      } catch (CharacterCodingException notText) {
        throw new GossipFormatException(what + " is not UTF-8");
      }
    }

    public byte[] blob(int mostBytes, String what) {
      int length = number(mostBytes, what);
      require(length, what);
      byte[] bytes = new byte[length];
      in.get(bytes);
      return bytes;
    }

    public boolean hasRemaining() {
      return in.hasRemaining();
    }

    public void expectEnd() {
      if (in.hasRemaining()) {
        throw new GossipFormatException(in.remaining() + " bytes too many");
      }
    }

    private void require(long bytes, String what) {
      if (in.remaining() < bytes) {
        throw new GossipFormatException("the bytes end within " + what);
      }
    }
  }
}
