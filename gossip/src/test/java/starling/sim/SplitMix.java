package starling.sim;

import java.util.random.RandomGenerator;

/**
 * A small seeded generator (SplitMix64: a counter in steps of the golden ratio, mixed by Stafford's
 * variant 13). Every method that simulations use is spelled out here, because the library's derived
 * methods are free to change from one Java release to the next and a seed must mean the same run on
 * all of them.
 */
public final class SplitMix implements RandomGenerator {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private long state;

  public SplitMix(long seed) {
    this.state = seed;
  }

  /** A generator of its own for {@code name}: draws from one never shift another. */
  public static SplitMix named(long seed, String name) {
    long hash = mix(seed + GOLDEN);
    for (int i = 0; i < name.length(); i++) {
      hash = mix(hash ^ (name.charAt(i) + GOLDEN));
    }
    return new SplitMix(hash);
  }

  static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  @Override
  public long nextLong() {
    state += GOLDEN;
    return mix(state);
  }

  @Override
  public int nextInt() {
    return (int) (nextLong() >>> 32);
  }

  @Override
  public long nextLong(long bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("a bound of " + bound);
    }
    // The remainder favours small results by at most bound / 2^63: nothing a simulation can see.
    return (nextLong() >>> 1) % bound;
  }

  @Override
  public long nextLong(long origin, long bound) {
    return origin + nextLong(bound - origin);
  }

  @Override
  public int nextInt(int bound) {
    return (int) nextLong(bound);
  }

  @Override
  public int nextInt(int origin, int bound) {
    return (int) nextLong(origin, bound);
  }

  @Override
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  @Override
  public boolean nextBoolean() {
    return nextLong() < 0;
  }

  @Override
  public void nextBytes(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (nextLong() >>> 56);
    }
  }

  @Override
  public double nextExponential() {
    // StrictMath: the plain one may differ in the last bit between machines.
    return -StrictMath.log(1 - nextDouble());
  }

  /** True with this probability; draws even when it is 0 or 1, so that rates shift nothing. */
  public boolean chance(double probability) {
    return nextDouble() < probability;
  }
}
