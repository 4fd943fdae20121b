package starling.node.storage;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.jspecify.annotations.Nullable;

/**
 * A bounded cache of the sets that are read most. It keeps frequent sets, not recent ones
 * (W-TinyLFU), so that a scan does not empty it. A cached set is always the newest visible one: a
 * write replaces it when it completes. Used by one thread.
 *
 * <p>Evictions are random; a store that must behave the same each time has no cache, or one that
 * holds everything.
 *
 * @see <a href="https://arxiv.org/abs/1512.00727">Einziger, Friedman and Manes, TinyLFU</a>
 */
final class ValueCache {
  private static final int OVERHEAD_BYTES = 150;

  private final @Nullable Cache<Key, Stored> cache;
  private long hits;
  private long misses;

  /**
   * @param bytes of heap, approximately; 0 for no cache
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

  /** A newer set is visible: it replaces the cached one, if there is one. */
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

  /** Bytes of the sets and keys, approximately. */
  long bytes() {
    return cache == null
        ? 0
        : cache.policy().eviction().map(e -> e.weightedSize().orElse(0)).orElse(0L);
  }
}
