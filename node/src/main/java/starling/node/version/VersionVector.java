package starling.node.version;

import java.util.Arrays;
import java.util.Collection;
import java.util.NoSuchElementException;

/**
 * For each actor the counter up to which all its events are known; an actor that is not in it
 * counts as 0. Immutable.
 *
 * <p>Held as one array of (high, low, counter) triples, because a vector has a handful of entries,
 * is read on every request, and objects per entry would cost more than the whole merge.
 *
 * <ol>
 *   <li>Actors are strictly ascending in unsigned order; this is also the order of iteration.
 *   <li>Every counter is above 0.
 *   <li>Nothing here ever drops an entry: only the reaper prunes old entries.
 * </ol>
 */
public final class VersionVector {
  /** Has seen nothing. */
  public static final VersionVector EMPTY = new VersionVector(new long[0]);

  private static final int WIDTH = 3;

  private final long[] cells;

  private VersionVector(long[] cells) {
    this.cells = cells;
  }

  /** Takes one entry of an iteration in canonical order. */
  @FunctionalInterface
  public interface EntryConsumer {
    void accept(long actorHigh, long actorLow, long counter);
  }

  /** The smallest vector that covers these dots. */
  public static VersionVector of(Dot... dots) {
    return of(Arrays.asList(dots));
  }

  /** The smallest vector that covers these dots. */
  public static VersionVector of(Collection<Dot> dots) {
    VersionVector vector = EMPTY;
    for (Dot dot : dots) {
      vector = vector.with(dot);
    }
    return vector;
  }

  /**
   * From triples (high, low, counter) that are already ascending; the array is not copied.
   *
   * @throws MalformedException if they are not strictly ascending or a counter is not above 0
   */
  static VersionVector ofAscending(long[] cells) {
    for (int i = 0; i < cells.length; i += WIDTH) {
      if (cells[i + 2] <= 0) {
        throw new MalformedException("a counter of a version vector is " + cells[i + 2]);
      }
      if (i > 0
          && Actor.compare(cells[i - WIDTH], cells[i - WIDTH + 1], cells[i], cells[i + 1]) >= 0) {
        throw new MalformedException("the actors of a version vector are not ascending");
      }
    }
    return cells.length == 0 ? EMPTY : new VersionVector(cells);
  }

  public int size() {
    return cells.length / WIDTH;
  }

  public boolean isEmpty() {
    return cells.length == 0;
  }

  public Actor actor(int index) {
    return new Actor(actorHigh(index), actorLow(index));
  }

  public long actorHigh(int index) {
    return cells[at(index)];
  }

  public long actorLow(int index) {
    return cells[at(index) + 1];
  }

  /** The counter of the entry at this index of the canonical order. */
  public long counterAt(int index) {
    return cells[at(index) + 2];
  }

  private int at(int index) {
    if (index < 0 || index >= size()) {
      throw new NoSuchElementException("entry " + index + " of " + size());
    }
    return index * WIDTH;
  }

  /** The highest counter known of this actor; 0 for none. */
  public long counter(Actor actor) {
    int index = indexOf(actor);
    return index < 0 ? 0 : cells[index * WIDTH + 2];
  }

  /** The index of this actor, or below 0 if it has none. */
  int indexOf(Actor actor) {
    int low = 0;
    int high = size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int at = middle * WIDTH;
      int c = Actor.compare(cells[at], cells[at + 1], actor.high(), actor.low());
      if (c == 0) {
        return middle;
      }
      if (c < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -(low + 1);
  }

  public boolean covers(Dot dot) {
    return counter(dot.actor()) >= dot.counter();
  }

  /** Whether it covers all that the other covers. */
  public boolean covers(VersionVector other) {
    if (cells == other.cells) {
      return true;
    }
    int i = 0;
    for (int j = 0; j < other.cells.length; j += WIDTH) {
      while (i < cells.length && compare(cells, i, other.cells, j) < 0) {
        i += WIDTH;
      }
      if (i >= cells.length
          || compare(cells, i, other.cells, j) != 0
          || cells[i + 2] < other.cells[j + 2]) {
        return false;
      }
    }
    return true;
  }

  /** This vector raised so that it covers the dot. */
  public VersionVector with(Dot dot) {
    int index = indexOf(dot.actor());
    if (index >= 0) {
      if (cells[index * WIDTH + 2] >= dot.counter()) {
        return this;
      }
      long[] raised = cells.clone();
      raised[index * WIDTH + 2] = dot.counter();
      return new VersionVector(raised);
    }
    int at = -(index + 1) * WIDTH;
    long[] wider = new long[cells.length + WIDTH];
    System.arraycopy(cells, 0, wider, 0, at);
    wider[at] = dot.actor().high();
    wider[at + 1] = dot.actor().low();
    wider[at + 2] = dot.counter();
    System.arraycopy(cells, at, wider, at + WIDTH, cells.length - at);
    return new VersionVector(wider);
  }

  /** The smallest vector that covers both; one of the two itself where it already does. */
  public VersionVector join(VersionVector other) {
    if (other.isEmpty() || covers(other)) {
      return this;
    }
    if (isEmpty() || other.covers(this)) {
      return other;
    }
    long[] a = cells;
    long[] b = other.cells;
    long[] merged = new long[a.length + b.length];
    int i = 0;
    int j = 0;
    int k = 0;
    while (i < a.length || j < b.length) {
      int c = i >= a.length ? 1 : j >= b.length ? -1 : compare(a, i, b, j);
      boolean fromA = c < 0 || (c == 0 && a[i + 2] >= b[j + 2]);
      System.arraycopy(fromA ? a : b, fromA ? i : j, merged, k, WIDTH);
      k += WIDTH;
      i += c <= 0 ? WIDTH : 0;
      j += c >= 0 ? WIDTH : 0;
    }
    return new VersionVector(k == merged.length ? merged : Arrays.copyOf(merged, k));
  }

  private static int compare(long[] a, int i, long[] b, int j) {
    return Actor.compare(a[i], a[i + 1], b[j], b[j + 1]);
  }

  /** The highest counter of all actors; 0 if it is empty. */
  public long highestCounter() {
    long highest = 0;
    for (int i = 2; i < cells.length; i += WIDTH) {
      highest = Math.max(highest, cells[i]);
    }
    return highest;
  }

  /** Every entry in canonical order. */
  public void forEach(EntryConsumer consumer) {
    for (int i = 0; i < cells.length; i += WIDTH) {
      consumer.accept(cells[i], cells[i + 1], cells[i + 2]);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VersionVector vector && Arrays.equals(cells, vector.cells);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(cells);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < size(); i++) {
      text.append(i == 0 ? "" : ", ").append(actor(i)).append(':').append(counterAt(i));
    }
    return text.append('}').toString();
  }
}
