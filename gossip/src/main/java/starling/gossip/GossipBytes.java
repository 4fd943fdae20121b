package starling.gossip;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The bytes that {@link GossipCodec} is written in: single bytes, 64-bit words in big endian,
 * numbers from 0 to 2^63 - 1 as unsigned LEB128 in their shortest form, and UTF-8 after its length.
 * The reader trusts no input: every length and count has a bound and must fit in what is left
 * before anything is allocated for it.
 */
final class GossipBytes {
  private GossipBytes() {}

  static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);

    void u8(int value) {
      out.write(value);
    }

    void u64(long value) {
      for (int shift = 56; shift >= 0; shift -= 8) {
        out.write((int) (value >>> shift));
      }
    }

    void number(long value) {
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

    void id(UUID id) {
      u64(id.getMostSignificantBits());
      u64(id.getLeastSignificantBits());
    }

    void text(String text) {
      blob(text.getBytes(StandardCharsets.UTF_8));
    }

    void blob(byte[] bytes) {
      number(bytes.length);
      out.write(bytes, 0, bytes.length);
    }

    byte[] toBytes() {
      return out.toByteArray();
    }
  }

  static final class Reader {
    private final ByteBuffer in;

    Reader(byte[] bytes) {
      this.in = ByteBuffer.wrap(bytes);
    }

    int u8(String what) {
      require(1, what);
      return in.get() & 0xff;
    }

    long u64(String what) {
      require(Long.BYTES, what);
      return in.getLong();
    }

    long number(String what) {
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

    int number(int most, String what) {
      long value = number(what);
      if (value > most) {
        throw new GossipFormatException(what + ": " + value + " where " + most + " is the most");
      }
      return (int) value;
    }

    /** How many items follow; an error if they cannot fit into the rest. */
    int count(int most, int leastBytesEach, String what) {
      int count = number(most, what);
      require(count * (long) leastBytesEach, what);
      return count;
    }

    UUID id(String what) {
      return new UUID(u64(what), u64(what));
    }

    String text(int mostBytes, String what) {
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

    byte[] blob(int mostBytes, String what) {
      int length = number(mostBytes, what);
      require(length, what);
      byte[] bytes = new byte[length];
      in.get(bytes);
      return bytes;
    }

    void expectEnd() {
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
