package starling.node.bench.storage;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * How many gets a cache of hot values would answer, by its share of all values, when keys are asked
 * for by Zipf's law with exponent 0.99. Caffeine's policy (W-TinyLFU) on values of one size; the
 * first half of the gets only fills the cache. A simulation: no store, no time.
 */
final class CacheHits {
  private static final double EXPONENT = 0.99;
  private static final double[] SHARES = {0.01, 0.05, 0.10, 0.25};

  private final int keys;

  CacheHits(int keys) {
    this.keys = keys;
  }

  /**
   * At one size of cache.
   *
   * @param share of all values that it holds
   */
  record Hits(int keys, double share, double hitRate) {}

  List<Hits> run() {
    double[] upTo = cumulated();
    List<Hits> all = new ArrayList<>();
    for (double share : SHARES) {
      Cache<Integer, Boolean> cache =
          Caffeine.newBuilder()
              .maximumSize(Math.max(1, Math.round(keys * share)))
              .executor(Runnable::run)
              .build();
      SplittableRandom random = new SplittableRandom(99);
      long gets = 4L * keys;
      long hits = 0;
      for (long i = 0; i < gets; i++) {
        int key = rank(upTo, random.nextDouble());
        boolean hit = cache.getIfPresent(key) != null;
        if (!hit) {
          cache.put(key, true);
        } else if (i >= gets / 2) {
          hits++;
        }
      }
      all.add(new Hits(keys, share, hits / (gets / 2.0)));
    }
    all.forEach(System.out::println);
    return all;
  }

  private double[] cumulated() {
    double[] upTo = new double[keys];
    double sum = 0;
    for (int i = 0; i < keys; i++) {
      sum += Math.pow(i + 1.0, -EXPONENT);
      upTo[i] = sum;
    }
    for (int i = 0; i < keys; i++) {
      upTo[i] /= sum;
    }
    return upTo;
  }

  /** The first rank whose cumulated share reaches the point. */
  private static int rank(double[] upTo, double point) {
    int low = 0;
    int high = upTo.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (upTo[middle] < point) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
