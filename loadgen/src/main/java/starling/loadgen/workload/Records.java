package starling.loadgen.workload;

import java.util.PriorityQueue;

/**
 * Which records exist: all below a limit. Inserts end in any order, so the limit rises once all
 * inserts below it have ended, and reads of the latest records find them. Thread-safe.
 */
final class Records {
  private final PriorityQueue<Long> endedAbove = new PriorityQueue<>();
  private long next;
  private long limit;

  Records(long loaded) {
    next = loaded;
    limit = loaded;
  }

  /** The record that an insert begins with. */
  synchronized long begin() {
    return next++;
  }

  /** An insert has ended; one that failed may have happened. */
  synchronized void ended(long record) {
    endedAbove.add(record);
    while (!endedAbove.isEmpty() && endedAbove.peek() == limit) {
      endedAbove.remove();
      limit++;
    }
  }

  synchronized long limit() {
    return limit;
  }
}
