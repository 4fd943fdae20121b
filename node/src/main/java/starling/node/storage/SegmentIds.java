package starling.node.storage;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Assigns the ids of segments, which only grow, and the salt of each: the log writer and compaction
 * use the same numbers.
 */
final class SegmentIds {
  private final UUID storeId;
  private final long saltSeed;
  private final AtomicLong next;
  private final AtomicLong lastHot;

  SegmentIds(UUID storeId, long saltSeed, long first, long lastHot) {
    this.storeId = storeId;
    this.saltSeed = saltSeed;
    this.next = new AtomicLong(first);
    this.lastHot = new AtomicLong(lastHot);
  }

  SegmentHeader header(boolean cold, long createdMillis) {
    long id = next.getAndIncrement();
    long salt = mix(saltSeed + id * 0x9e3779b97f4a7c15L);
    return new SegmentHeader(id, cold, cold ? 0 : lastHot.get(), salt, storeId, createdMillis);
  }

  /** A hot segment was made: the next one names it as its predecessor. */
  void made(SegmentHeader header) {
    lastHot.set(header.id());
  }

  long next() {
    return next.get();
  }

  /** The finalizer of SplitMix64: spreads a seed and a segment's number over all 64 bits. */
  private static long mix(long z) {
    long x = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }
}
