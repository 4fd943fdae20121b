package starling.node.storage.index;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the runs of a group to merge next. Runs of similar size are merged by fours, so that a
 * look-up reads few runs; and all are merged into one when the others hold half as many entries as
 * the oldest, since only such a merge tells which records of the log are dead.
 */
public final class MergePolicy {
  private static final int FANOUT = 4;

  private MergePolicy() {}

  /** The runs from {@code from} (inclusive) to {@code to} (exclusive), counted from the newest. */
  public record Choice(int from, int to) {}

  public static @Nullable Choice choose(List<RunDescription> newestFirst) {
    int count = newestFirst.size();
    if (count < 2) {
      return null;
    }
    long above = 0;
    for (int i = 0; i < count - 1; i++) {
      above += newestFirst.get(i).entries();
    }
    if (above * 2 >= newestFirst.get(count - 1).entries()) {
      return new Choice(0, count);
    }
    for (int from = 0; from + FANOUT <= count; from++) {
      int tier = tier(newestFirst.get(from));
      int to = from;
      while (to < count && tier(newestFirst.get(to)) <= tier) {
        to++;
      }
      if (to - from >= FANOUT) {
        return new Choice(from, to);
      }
    }
    return null;
  }

  private static int tier(RunDescription run) {
    return (63 - Long.numberOfLeadingZeros(Math.max(1, run.entries()))) / 2;
  }
}
