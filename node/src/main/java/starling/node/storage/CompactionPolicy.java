package starling.node.storage;

import org.jspecify.annotations.Nullable;

/**
 * Which segment to compact next. One of which less than half is alive is worth it at any time; when
 * less than {@code leastLive} of the whole log is alive, so is whichever gives most: the cost and
 * benefit of Rosenblum and Ousterhout's log-structured file system, (1 - u) / (1 + u) times the
 * age, u being what is alive. The age is counted in segments begun since.
 */
final class CompactionPolicy {
  private static final double WORTH_IT = 0.5;

  private CompactionPolicy() {}

  /**
   * @param covered no hot segment at or behind this location is taken, nor a cold one of which the
   *     runs do not know all: what they do not name would pass for dead
   */
  static SegmentTable.@Nullable Entry choose(
      SegmentTable segments,
      long covered,
      long memtablesFlushed,
      long openCold,
      long nextId,
      double leastLive) {
    long bytes = 0;
    long live = 0;
    for (SegmentTable.Entry entry : segments.all()) {
      if (!entry.damaged) {
        bytes += entry.bytes();
        live += entry.live();
      }
    }
    boolean pressed = live < leastLive * bytes;
    SegmentTable.Entry best = null;
    double bestScore = 0;
    for (SegmentTable.Entry entry : segments.all()) {
      if (!mayGo(entry, covered, memtablesFlushed, openCold)) {
        continue;
      }
      double alive = entry.bytes() == 0 ? 0 : (double) entry.live() / entry.bytes();
      if (alive >= WORTH_IT && !pressed) {
        continue;
      }
      double score = (1 - alive) / (1 + alive) * Math.max(1, nextId - entry.segment.id());
      if (score > bestScore) {
        best = entry;
        bestScore = score;
      }
    }
    return best;
  }

  private static boolean mayGo(
      SegmentTable.Entry entry, long covered, long memtablesFlushed, long openCold) {
    long id = entry.segment.id();
    return entry.sealed
        && !entry.damaged
        && entry.emptiedIn == Long.MAX_VALUE
        && id != openCold
        && (entry.segment.cold()
            ? entry.knownIn <= memtablesFlushed
            : id < Location.segment(covered));
  }
}
