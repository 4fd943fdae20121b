package starling.node.version;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The idempotency record of one event: hash of tenant and id (128 bits), the event's dot, the hash
 * of what the request asked for, and the highest counter of what the event replaced. Records travel
 * with a key's set and merge by union. They carry no time of their own: the hybrid clock in the dot
 * says when the event was made, and each replica counts on its own monotonic clock for how long it
 * has held a record. So no node's wall clock decides what is remembered.
 *
 * <p>Two events are <em>twins</em> if one request made both: same id, same request hash, and less
 * than {@link #WINDOW_MILLIS} between the hybrid clocks of their dots. {@link Siblings} says what
 * follows from that.
 *
 * @param replaced the highest counter in the past that the event was given; 0 if it replaced
 *     nothing. The event is surely independent of each event with a higher counter
 */
public record IdempotencyRecord(long idHigh, long idLow, Dot dot, long requestHash, long replaced)
    implements Comparable<IdempotencyRecord> {
  /** Records that a set holds, unless more of them are young. */
  public static final int MOST = 64;

  /** Records that a replica stores in one set, however young they are. */
  public static final int MAX_YOUNG = 256;

  /** How far the hybrid clocks of twins are apart at most. */
  public static final long WINDOW_MILLIS = 600_000;

  public IdempotencyRecord {
    if (replaced < 0 || replaced >= dot.counter()) {
      throw new IllegalArgumentException("the event " + dot + " replaced the counter " + replaced);
    }
  }

  /** Oldest events first. */
  @Override
  public int compareTo(IdempotencyRecord other) {
    int c = Dot.BY_COUNTER.compare(dot, other.dot);
    c = c != 0 ? c : Long.compare(idHigh, other.idHigh);
    c = c != 0 ? c : Long.compare(idLow, other.idLow);
    c = c != 0 ? c : Long.compare(requestHash, other.requestHash);
    return c != 0 ? c : Long.compare(replaced, other.replaced);
  }

  /** Whether both are of one request: sent under one id, and asking for the same. */
  boolean sameRequest(IdempotencyRecord other) {
    return idHigh == other.idHigh && idLow == other.idLow && requestHash == other.requestHash;
  }

  /** Whether the other is another event that the same request made. */
  boolean twinOf(IdempotencyRecord other) {
    return sameRequest(other)
        && !dot.equals(other.dot)
        && Math.abs(HybridClock.millisOf(dot.counter()) - HybridClock.millisOf(other.dot.counter()))
            < WINDOW_MILLIS;
  }

  /**
   * The union of both lists; both ascending. It has no bound: each list has one where it is stored.
   */
  static List<IdempotencyRecord> union(List<IdempotencyRecord> a, List<IdempotencyRecord> b) {
    if (b.isEmpty() || a.equals(b)) {
      return a;
    }
    if (a.isEmpty()) {
      return b;
    }
    List<IdempotencyRecord> both = new ArrayList<>(a.size() + b.size());
    both.addAll(a);
    both.addAll(b);
    Collections.sort(both);
    List<IdempotencyRecord> once = new ArrayList<>(both.size());
    for (IdempotencyRecord mark : both) {
      if (once.isEmpty() || !once.get(once.size() - 1).equals(mark)) {
        once.add(mark);
      }
    }
    return List.copyOf(once);
  }
}
