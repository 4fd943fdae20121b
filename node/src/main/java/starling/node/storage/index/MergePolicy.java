package starling.node.storage.index;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which runs of a group to merge next. Runs of about one size are merged by fours, so that a
 * look-up has few to ask; and all are merged into one when those above the oldest hold half as many
 * entries as it does, since only then is it known which records of the log nobody needs any more.
 */
public final class MergePolicy {
  private static final int FANOUT = 4;

  private MergePolicy() {}

  /** The runs from {@code from} to before {@code to}, counted from the newest. */
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
