package starling.node.version;

import java.util.Comparator;

/**
 * The identity of one event, unique for ever: its actor and a counter that only grows (see {@link
 * HybridClock}). Two orders exist and mean different things: the natural one (actor, counter) is
 * canonical and only makes bytes and hashes agree; {@link #BY_COUNTER} (counter, actor) says which
 * of two dots is lower or higher, and decides in last-writer-wins buckets. A causally later event
 * has a higher counter, because received counters are merged; the reverse does not hold.
 */
public record Dot(Actor actor, long counter) implements Comparable<Dot> {
  /** Lower and higher dots: counter first, the actor breaks ties. */
  public static final Comparator<Dot> BY_COUNTER =
      (a, b) ->
          a.counter != b.counter ? Long.compare(a.counter, b.counter) : a.actor.compareTo(b.actor);

  public Dot {
    if (counter <= 0) {
      throw new IllegalArgumentException("a dot's counter is above 0, not " + counter);
    }
  }

  /** The order by (counter, actor). */
  public static Comparator<Dot> byCounter() {
    return BY_COUNTER;
  }

  public boolean higherThan(Dot other) {
    return BY_COUNTER.compare(this, other) > 0;
  }

  @Override
  public int compareTo(Dot other) {
    int c = actor.compareTo(other.actor);
    return c != 0 ? c : Long.compare(counter, other.counter);
  }

  @Override
  public String toString() {
    return actor + ":" + counter;
  }
}
