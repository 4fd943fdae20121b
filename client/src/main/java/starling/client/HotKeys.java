package starling.client;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The positions of keys that are written so often that nodes reject writes with an idempotency key:
 * they hold as many records of such a key as they may. Writes to them go without a key for as long
 * as nodes keep records. A position is forgotten early when there are too many; then one more
 * rejected request notes it again. Owned by the client's thread.
 */
final class HotKeys {
  static final int MOST = 1_024;

  /** How long nodes keep an idempotency record. */
  static final long KEPT_NANOS = 600_000_000_000L;

  /** When each was noted, oldest first. */
  private final Map<Long, Long> noted =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
          return size() > MOST;
        }
      };

  void add(long position, long now) {
    noted.remove(position);
    noted.put(position, now);
  }

  boolean contains(long position, long now) {
    if (noted.isEmpty()) {
      return false;
    }
    Long at = noted.get(position);
    if (at != null && now - at >= KEPT_NANOS) {
      noted.remove(position);
      return false;
    }
    return at != null;
  }
}
