package starling.merkle;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntConsumer;

/**
 * Which elements of two lists of ids are not on the other side. Where both sides have an id, but
 * not equally often, all of its elements count as different: some of them collide, and sending too
 * much is harmless.
 */
final class IdMatch {
  private final BitSet mineOnly = new BitSet();
  private final BitSet theirsOnly = new BitSet();

  IdMatch(int[] theirs, int[] mine, ExchangeRules rules) {
    long[] sortedTheirs = sorted(theirs);
    long[] sortedMine = sorted(mine);
    int atTheirs = 0;
    int atMine = 0;
    while (atTheirs < theirs.length || atMine < mine.length) {
      long id = Long.MAX_VALUE;
      if (atTheirs < theirs.length) {
        id = sortedTheirs[atTheirs] >> 32;
      }
      if (atMine < mine.length) {
        id = Math.min(id, sortedMine[atMine] >> 32);
      }
      int endTheirs = end(sortedTheirs, atTheirs, id);
      int endMine = end(sortedMine, atMine, id);
      int countTheirs = endTheirs - atTheirs;
      int countMine = endMine - atMine;
      boolean same = countTheirs == countMine;
      if (!rules.comparesMultiplicity()) {
        same = countTheirs > 0 && countMine > 0;
      }
      for (; atTheirs < endTheirs; atTheirs++) {
        theirsOnly.set((int) sortedTheirs[atTheirs], !same);
      }
      for (; atMine < endMine; atMine++) {
        mineOnly.set((int) sortedMine[atMine], !same);
      }
    }
  }

  /** The ids with their places, in the order of ids. */
  private static long[] sorted(int[] ids) {
    long[] sorted = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      sorted[i] = (long) ids[i] << 32 | i;
    }
    Arrays.sort(sorted);
    return sorted;
  }

  private static int end(long[] sorted, int from, long id) {
    int end = from;
    while (end < sorted.length && sorted[end] >> 32 == id) {
      end++;
    }
    return end;
  }

  boolean same() {
    return mineOnly.isEmpty() && theirsOnly.isEmpty();
  }

  /** Gives the places of ids that only this side has, in order. */
  void forEachMine(IntConsumer sink) {
    mineOnly.stream().forEach(sink);
  }

  /** Gives the places of ids that only the other side has, in order. */
  void forEachTheirs(IntConsumer sink) {
    theirsOnly.stream().forEach(sink);
  }
}
