package starling.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The first 64 bits of MurmurHash3_x64_128 with seed 0, after the public definition by Austin
 * Appleby. The same number as Guava's {@code murmur3_128().hashBytes(bytes).asLong()}, without the
 * objects that Guava makes for each hash: every request pays for this one.
 */
final class Murmur3 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long C1 = 0x87c37b91114253d5L;
  private static final long C2 = 0x4cf5ad432745937fL;
  private static final int BLOCK = 16;

  private Murmur3() {}

  static long hash(byte[] bytes) {
    long h1 = 0;
    long h2 = 0;
    int at = 0;
    for (; at + BLOCK <= bytes.length; at += BLOCK) {
      h1 = Long.rotateLeft(h1 ^ mixFirst((long) LONG.get(bytes, at)), 27) + h2;
      h1 = h1 * 5 + 0x52dce729L;
      h2 = Long.rotateLeft(h2 ^ mixSecond((long) LONG.get(bytes, at + Long.BYTES)), 31) + h1;
      h2 = h2 * 5 + 0x38495ab5L;
    }
    // A word of zeros mixes to zero, so that missing bytes need no case of their own.
    h1 ^= mixFirst(tail(bytes, at));
    h2 ^= mixSecond(tail(bytes, at + Long.BYTES));
    h1 ^= bytes.length;
    h2 ^= bytes.length;
    h1 += h2;
    h2 += h1;
    return scatter(h1) + scatter(h2);
  }

  /** Up to eight bytes from an offset, little endian; zeros past the end. */
  private static long tail(byte[] bytes, int from) {
    if (from + Long.BYTES <= bytes.length) {
      return (long) LONG.get(bytes, from);
    }
    long word = 0;
    for (int i = bytes.length - 1; i >= from; i--) {
      word = word << 8 | (bytes[i] & 0xff);
    }
    return word;
  }

  private static long mixFirst(long k) {
    return Long.rotateLeft(k * C1, 31) * C2;
  }

  private static long mixSecond(long k) {
    return Long.rotateLeft(k * C2, 33) * C1;
  }

  private static long scatter(long h) {
    long x = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
    x = (x ^ (x >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return x ^ (x >>> 33);
  }
}
