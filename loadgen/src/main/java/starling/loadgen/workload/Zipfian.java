package starling.loadgen.workload;

import java.util.random.RandomGenerator;

/**
 * Ranks of which rank k is chosen in proportion to 1 / (k + 1)^0.99: the algorithm of Gray et al.,
 * "Quickly generating billion-record synthetic databases" (1994), section 3.2, with the constants
 * of YCSB, so that hit rates can be compared. The number of ranks may grow between calls.
 */
final class Zipfian {
  private static final double THETA = 0.99;
  private static final double ALPHA = 1 / (1 - THETA);
  private static final double ZETA_OF_2 = 1 + Math.pow(0.5, THETA);

  /** How many ranks YCSB scatters over the records, and the sum for them, which takes minutes. */
  private static final long MANY_RANKS = 10_000_000_000L;

  private static final double ZETA_OF_MANY_RANKS = 26.46902820178302;

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 1099511628211L;

  private long ranks;

  /** The sum of 1 / k^0.99 for k from 1 to {@link #ranks}. */
  private double zeta;

  private double eta;

  /** The ranks are those that each call names. */
  Zipfian() {
    // Nothing is summed up yet.
  }

  private Zipfian(long ranks, double zeta) {
    this.zeta = zeta;
    set(ranks);
  }

  /** So many ranks that their number does not matter; {@link #scatter} spreads them. */
  static Zipfian ofManyRanks() {
    return new Zipfian(MANY_RANKS, ZETA_OF_MANY_RANKS);
  }

  /** A number from 0 that depends on each bit of the rank: FNV-1, as in YCSB. */
  static long scatter(long rank) {
    long hash = FNV_OFFSET;
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      hash = (hash ^ ((rank >>> shift) & 0xff)) * FNV_PRIME;
    }
    return hash & Long.MAX_VALUE;
  }

  /** The next rank of at least as many as in the call before. */
  long next(RandomGenerator random, long among) {
    if (among > ranks) {
      for (long k = ranks + 1; k <= among; k++) {
        zeta += 1 / Math.pow((double) k, THETA);
      }
      set(among);
    }
    return next(random);
  }

  private void set(long count) {
    ranks = count;
    eta = (1 - Math.pow(2.0 / count, 1 - THETA)) / (1 - ZETA_OF_2 / zeta);
  }

  long next(RandomGenerator random) {
    double uniform = random.nextDouble();
    double sum = uniform * zeta;
    if (sum < 1) {
      return 0;
    }
    if (sum < ZETA_OF_2) {
      return 1;
    }
    return Math.min(ranks - 1, (long) (ranks * Math.pow(eta * uniform - eta + 1, ALPHA)));
  }
}
