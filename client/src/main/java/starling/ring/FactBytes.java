package starling.ring;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The bytes that {@link RingFactsCodec} is written in: single bytes, 64-bit words in big endian,
 * and numbers from 0 to 2^63 - 1 as unsigned LEB128 in their shortest form. The reader trusts no
 * input: each number has a bound, and a {@link RingFormatException} says what does not fit.
 */
final class FactBytes {
  private FactBytes() {}

  static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void u8(int value) {
      out.write(value);
    }

    void u64(long value) {
      for (int shift = 56; shift >= 0; shift -= 8) {
        out.write((int) (value >>> shift));
      }
    }

    void number(long value) {
      long rest = value;
      while (rest > 0x7f) {
        out.write((int) (rest & 0x7f) | 0x80);
        rest >>>= 7;
      }
      out.write((int) rest);
    }

    void bytes(byte[] bytes) {
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

    int remaining() {
      return in.remaining();
    }

    int u8() {
      require(1);
      return in.get() & 0xff;
    }

    int u8(int max, String what) {
      return (int) bounded(u8(), max, what);
    }

    long u64() {
      require(Long.BYTES);
      return in.getLong();
    }

    long number(String what) {
      long value = 0;
      for (int shift = 0; shift < 63; shift += 7) {
        int next = u8();
        value |= (long) (next & 0x7f) << shift;
        if (next < 0x80) {
          if (next == 0 && shift > 0) {
            throw new RingFormatException(what + " is not in its shortest form");
          }
          return value;
        }
      }
      throw new RingFormatException(what + " is longer than 63 bits");
    }

    int number(int max, String what) {
      return (int) bounded(number(what), max, what);
    }

    String text(int bytes) {
      require(bytes);
      ByteBuffer slice = in.slice().limit(bytes);
      in.position(in.position() + bytes);
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(slice).toString();
      } catch (CharacterCodingException notText) {
        throw new RingFormatException("a zone that is not UTF-8");
      }
    }

    void expectEnd() {
      if (in.hasRemaining()) {
        throw new RingFormatException(in.remaining() + " bytes too many");
      }
    }

    private void require(int bytes) {
      if (in.remaining() < bytes) {
        throw new RingFormatException("the bytes end too early, at " + in.limit());
      }
    }

    private static long bounded(long value, int max, String what) {
      if (value > max) {
        throw new RingFormatException(what + ": " + value + " where " + max + " is the most");
      }
      return value;
    }
  }
}
