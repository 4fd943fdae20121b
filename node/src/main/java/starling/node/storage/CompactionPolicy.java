package starling.node.storage;

import org.jspecify.annotations.Nullable;

/**
 * Chooses the segment to compact next. A segment with a live ratio below one half always qualifies;
 * when the live ratio of the whole log is below {@code leastLive}, every segment does. The best is
 * taken by the cost-benefit score of Rosenblum and Ousterhout's log-structured file system: (1 - u)
 * / (1 + u) times the age, where u is the live ratio. The age is counted in segments begun since.
 */
final class CompactionPolicy {
  private static final double WORTH_IT = 0.5;

  private CompactionPolicy() {}

  /**
   * @param checkpoint hot segments at or behind it are not chosen, nor cold ones with records that
   *     the runs lack: such records would count as dead
   */
  static SegmentTable.@Nullable Entry choose(
      SegmentTable segments,
      long checkpoint,
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
      if (!mayGo(entry, checkpoint, memtablesFlushed, openCold)) {
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
      SegmentTable.Entry entry, long checkpoint, long memtablesFlushed, long openCold) {
    long id = entry.segment.id();
    return entry.sealed
        && !entry.damaged
        && entry.compactedIn == Long.MAX_VALUE
        && id != openCold
        && (entry.segment.cold()
            ? entry.knownIn <= memtablesFlushed
            : id < Location.segment(checkpoint));
  }
}
