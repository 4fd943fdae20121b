package starling.node.bench.storage;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import starling.node.storage.Key;

/**
 * Keys by number, and values of one size. A key is made at each call, in some 20 ns, so that a
 * workload of ten million keys takes no heap from the measured engine; values are picked from
 * {@link #VALUES} made beforehand, of random bytes that nothing can compress.
 */
final class Workload {
  private static final int VALUES = 256;
  private static final int KEY_BYTES = 16;

  private final int keys;
  private final byte[][] values = new byte[VALUES][];
  private final SplittableRandom random;

  Workload(int keys, int valueBytes, long seed) {
    this.keys = keys;
    random = new SplittableRandom(seed);
    for (int i = 0; i < VALUES; i++) {
      values[i] = new byte[valueBytes];
      random.nextBytes(values[i]);
    }
  }

  int keys() {
    return keys;
  }

  Key key(int number) {
    long position = mix(number);
    ByteBuffer bytes = ByteBuffer.allocate(KEY_BYTES).putLong(mix(position)).putLong(position);
    return new Key("b", bytes.array(), position);
  }

  Key anyKey() {
    return key(random.nextInt(keys));
  }

  byte[] anyValue() {
    return values[random.nextInt(VALUES)];
  }

  /** The finalizer of SplitMix64: a permutation of the 64-bit numbers. */
  private static long mix(long number) {
    long z = number + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
