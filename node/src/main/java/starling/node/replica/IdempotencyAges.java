package starling.node.replica;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import starling.node.version.Dot;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Siblings;

/**
 * The ages of the idempotency records of this node, which decide the records that a stored set may
 * leave out. Ages are counted on the monotonic clock of this process: no wall clock decides about a
 * removal, and after a restart every age starts again at 0. A record may seem younger than it is,
 * never older. Ages affect the stored set, never an answer.
 *
 * <p>Hardly any record needs a time of its own. The node samples its hybrid clock every {@link
 * #SAMPLE_NANOS}. A record is stored soon after its event was made, so the node stored it at most
 * {@link #LATE_NANOS} after its hybrid clock had passed the event's counter. Only a record that
 * comes later than that (by a hint, or by repair) gets a time of its own. Beyond {@link #MAX_LATE}
 * of those all ages start again at 0, as they do after a restart.
 *
 * <p>A late record of an event that the node knew before is not stored again: the node has already
 * removed it. Otherwise two replicas could keep a record for ever by sending it to and fro.
 *
 * <p>Records leave a set only when the set gains an event that it did not know. A retry, or the
 * repair of a replica, removes no record, so the write stays recognised until the next one to its
 * key.
 *
 * <p>One owner: the node's thread. Time is an argument.
 */
final class IdempotencyAges {
  /** Records noted with a time of their own. */
  static final int MAX_LATE = 65_536;

  private static final long SECOND = 1_000_000_000L;
  private static final long SAMPLE_NANOS = 10 * SECOND;
  private static final long LATE_NANOS = 20 * SECOND;
  private static final long WINDOW_NANOS = IdempotencyRecord.WINDOW_MILLIS * 1_000_000L;

  /** The longest time that a client can wait for one request ({@code timeoutMs}). */
  private static final long YOUNG_NANOS = 60 * SECOND;

  /** The hybrid clock at a time. */
  private record Sample(long nanos, long counter) {}

  /** Ascending in time and counter; the first is older than the window, or the first of all. */
  private final List<Sample> samples = new ArrayList<>();

  /** When late records were stored, oldest first. */
  private final Map<Dot, Long> late = new LinkedHashMap<>();

  /** Samples the hybrid clock; to be called at every tick. */
  void tick(long nowNanos, long highestCounter) {
    if (!samples.isEmpty() && nowNanos - samples.get(samples.size() - 1).nanos < SAMPLE_NANOS) {
      return;
    }
    samples.add(new Sample(nowNanos, highestCounter));
    while (samples.size() > 1 && nowNanos - samples.get(1).nanos > WINDOW_NANOS + LATE_NANOS) {
      samples.remove(0);
    }
    // From then on the samples give the same age as the record's own time.
    late.values().removeIf(stored -> nowNanos - stored > WINDOW_NANOS + LATE_NANOS);
  }

  /**
   * The set as this node stores it: without the records that it need not hold.
   *
   * @param before the stored set
   */
  Siblings stored(Siblings before, Siblings after, long nowNanos) {
    return stored(before, after, nowNanos, !before.covers(after.past()));
  }

  /** The same for a set that is stored together with the event that comes next. */
  Siblings storedWithNext(Siblings before, Siblings after, long nowNanos) {
    return stored(before, after, nowNanos, true);
  }

  private Siblings stored(Siblings before, Siblings after, long nowNanos, boolean news) {
    List<IdempotencyRecord> marks = after.marks();
    if (marks.isEmpty()) {
      return after;
    }
    Set<IdempotencyRecord> forgotten = new HashSet<>();
    if (!marks.equals(before.marks())) {
      Set<IdempotencyRecord> known = new HashSet<>(before.marks());
      for (IdempotencyRecord mark : marks) {
        if (!known.contains(mark) && isLate(mark.dot(), nowNanos)) {
          if (before.covers(mark.dot())) {
            forgotten.add(mark);
          } else {
            noteLate(mark.dot(), nowNanos);
          }
        }
      }
    }
    int kept = marks.size() - forgotten.size();
    for (IdempotencyRecord oldest : marks) {
      if (!forgotten.contains(oldest)) {
        long age = news ? age(oldest.dot(), nowNanos) : 0;
        boolean leaves =
            age >= WINDOW_NANOS
                || (kept > IdempotencyRecord.MOST && age >= YOUNG_NANOS)
                || kept > IdempotencyRecord.MAX_YOUNG;
        if (leaves) {
          forgotten.add(oldest);
          kept--;
        }
      }
    }
    return after.withoutMarks(forgotten);
  }

  /** For how long at least the record of this event has been stored here. */
  private long age(Dot dot, long nowNanos) {
    Long own = late.get(dot);
    if (own != null) {
      return nowNanos - own;
    }
    Sample passed = passed(dot);
    return passed == null ? 0 : Math.max(0, nowNanos - passed.nanos - LATE_NANOS);
  }

  private boolean isLate(Dot dot, long nowNanos) {
    Sample passed = passed(dot);
    return passed != null && nowNanos - passed.nanos > LATE_NANOS && !late.containsKey(dot);
  }

  /** The first sample at which the hybrid clock was above this event; null if it was at none. */
  private @Nullable Sample passed(Dot dot) {
    Sample first = null;
    for (int i = samples.size() - 1; i >= 0 && samples.get(i).counter >= dot.counter(); i--) {
      first = samples.get(i);
    }
    return first;
  }

  private void noteLate(Dot dot, long nowNanos) {
    if (late.size() >= MAX_LATE) {
      samples.clear();
      late.clear();
    } else {
      late.put(dot, nowNanos);
    }
  }
}
