package starling.node.version;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * A past in as few bytes as is reasonable, for contexts: counters as distances from the smallest
 * one, and each actor once, with its vector entry and its single dots together.
 *
 * <pre>
 * 02                                               actors (varint), ascending
 * 00 00 00 00 00 00 00 05                          base: the smallest counter
 * 00 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 0b  first actor
 * 03                                               its vector entry: 0 for none, else 1 + distance
 *                                                  from the base (varint): counter 7
 * 00                                               its single dots (varint): none
 * 00 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 0c  second actor
 * 00                                               no vector entry
 * 01                                               one single dot
 * 00                                               distance from the base (varint): counter 5
 * </pre>
 *
 * Further dots of one actor follow as distances from the one before (at least 1). A past that has
 * seen nothing has no actors and no base.
 */
final class ContextPacking {
  private ContextPacking() {}

  /** What is known of one actor. */
  private static final class Entry {
    long counter;
    final List<Long> dots = new ArrayList<>(1);
  }

  static void write(BinaryWriter out, Past past) {
    TreeMap<Actor, Entry> entries = new TreeMap<>();
    long base = Long.MAX_VALUE;
    VersionVector vector = past.vector();
    for (int i = 0; i < vector.size(); i++) {
      Entry entry = new Entry();
      entry.counter = vector.counterAt(i);
      entries.put(vector.actor(i), entry);
      base = Math.min(base, entry.counter);
    }
    for (Dot dot : past.dots()) {
      entries.computeIfAbsent(dot.actor(), actor -> new Entry()).dots.add(dot.counter());
      base = Math.min(base, dot.counter());
    }
    out.varint(entries.size());
    if (entries.isEmpty()) {
      return;
    }
    out.i64(base);
    long from = base;
    entries.forEach(
        (actor, entry) -> {
          out.actor(actor);
          out.varint(entry.counter == 0 ? 0 : 1 + entry.counter - from);
          out.varint(entry.dots.size());
          long last = from;
          for (long counter : entry.dots) {
            out.varint(counter - last);
            last = counter;
          }
        });
  }

  static Past read(BinaryReader in) {
    int actors = in.count(Actor.BYTES + 2, "the number of actors in a context");
    if (actors == 0) {
      return Past.EMPTY;
    }
    long base = in.counter("the smallest counter of a context");
    List<Dot> dots = new ArrayList<>();
    long[] cells = new long[3 * actors];
    int size = 0;
    Actor before = null;
    for (int i = 0; i < actors; i++) {
      Actor actor = in.actor("an actor of a context");
      if (before != null && before.compareTo(actor) >= 0) {
        throw new MalformedException("the actors of a context are not ascending");
      }
      before = actor;
      long entry = in.varint("a vector entry of a context");
      if (entry > 0) {
        cells[size] = actor.high();
        cells[size + 1] = actor.low();
        cells[size + 2] = counter(base, entry - 1);
        size += 3;
      }
      int count = in.count(1, "the number of dots of an actor");
      long last = base;
      for (int k = 0; k < count; k++) {
        long distance = in.varint("a dot of a context");
        if (k > 0 && distance == 0) {
          throw new MalformedException("the dots of an actor are not ascending");
        }
        last = counter(last, distance);
        dots.add(new Dot(actor, last));
      }
    }
    VersionVector vector = VersionVector.ofAscending(Arrays.copyOf(cells, size));
    return new Past(vector, PastCodec.requireUncovered(dots, vector));
  }

  private static long counter(long base, long distance) {
    if (distance > HybridClock.MAX_COUNTER - base) {
      throw new MalformedException("a counter " + distance + " above " + base);
    }
    return base + distance;
  }
}
