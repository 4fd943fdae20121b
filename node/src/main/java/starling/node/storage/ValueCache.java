package starling.node.storage;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.jspecify.annotations.Nullable;

/**
 * The sets that are asked for most, in memory: a bounded cache that keeps what is frequent, not
 * what came last (W-TinyLFU), so that a scan does not empty it. What it holds is always the newest
 * visible set: a write replaces it when it is completed. Used by one thread.
 *
 * <p>What stays at the bound depends on chance; a store that must behave the same each time has
 * none of it, or one that holds everything.
 *
 * @see <a href="https://arxiv.org/abs/1512.00727">Einziger, Friedman and Manes, TinyLFU</a>
 */
final class ValueCache {
  private static final int OVERHEAD_BYTES = 150;

  private final @Nullable Cache<Key, Stored> cache;
  private long hits;
  private long misses;

  /**
   * @param bytes of heap, about; 0 for no cache
   */
  ValueCache(long bytes) {
    cache =
        bytes == 0
            ? null
            : Caffeine.newBuilder()
                .maximumWeight(bytes)
                .weigher(
                    (Key key, Stored stored) ->
                        OVERHEAD_BYTES + key.bytes().length + stored.set().length)
                .executor(Runnable::run)
                .build();
  }

  @Nullable Stored get(Key key) {
    if (cache == null) {
      return null;
    }
    Stored stored = cache.getIfPresent(key);
    if (stored == null) {
      misses++;
    } else {
      hits++;
    }
    return stored;
  }

  void put(Key key, Stored stored) {
    if (cache != null) {
      cache.put(key, stored);
    }
  }

  /** A newer set is visible: it takes the place of the one that is held, if one is. */
  void replace(Key key, Stored stored) {
    if (cache != null) {
      Stored unused = cache.asMap().replace(key, stored);
    }
  }

  void remove(Key key) {
    if (cache != null) {
      cache.invalidate(key);
    }
  }

  void clear() {
    if (cache != null) {
      cache.invalidateAll();
    }
  }

  long hits() {
    return hits;
  }

  long misses() {
    return misses;
  }

  /** Bytes that the sets and keys take, about. */
  long bytes() {
    return cache == null
        ? 0
        : cache.policy().eviction().map(e -> e.weightedSize().orElse(0)).orElse(0L);
  }
}
