package starling.node.version;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The content of a context in few bytes: the counters of the past as distances from the smallest
 * one, and each actor once, with its vector entry and its single dots together; then the
 * idempotency records.
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
 * 01                                               idempotency records (varint), ascending
 * 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 03  request id
 * 00 00 00 00 00 00 00 04                          request hash
 * 00                                               which vector entry, or single dot counted on
 *                                                  from there, covers its event (varint)
 * 01                                               distance of its event below (varint): counter 6
 * 02                                               distance of what the event replaced below the
 *                                                  event (varint): counter 4
 * </pre>
 *
 * Further dots of one actor follow as distances from the one before (at least 1). A past that has
 * seen nothing has no actors, no base and no records.
 */
final class ContextPacking {
  private ContextPacking() {}

  private static final int MARK_BYTES = 16 + 8 + 3;

  static void write(BinaryWriter out, Context context) {
    Past past = context.past();
    VersionVector vector = past.vector();
    List<Dot> dots = past.dots();
    int actors = actors(vector, dots);
    out.varint(actors);
    if (actors == 0) {
      return;
    }
    long base = smallestCounter(vector, dots);
    out.i64(base);
    int i = 0;
    int j = 0;
    // Both are ascending by actor, so one walk along both meets each actor once.
    while (i < vector.size() || j < dots.size()) {
      Actor entry = i < vector.size() ? vector.actor(i) : null;
      Actor actor = j < dots.size() ? dots.get(j).actor() : null;
      if (actor == null || (entry != null && entry.compareTo(actor) <= 0)) {
        actor = vector.actor(i);
        out.actor(actor).varint(1 + vector.counterAt(i) - base);
        i++;
      } else {
        out.actor(actor).varint(0);
      }
      int end = endOfActor(dots, j, actor);
      out.varint(end - j);
      long last = base;
      for (; j < end; j++) {
        out.varint(dots.get(j).counter() - last);
        last = dots.get(j).counter();
      }
    }
    writeMarks(out, context);
  }

  private static void writeMarks(BinaryWriter out, Context context) {
    out.varint(context.marks().size());
    for (IdempotencyRecord mark : context.marks()) {
      int place = place(context.past(), mark.dot());
      out.i64(mark.idHigh()).i64(mark.idLow()).i64(mark.requestHash());
      out.varint(place).varint(top(context.past(), place).counter() - mark.dot().counter());
      out.varint(mark.dot().counter() - mark.replaced());
    }
  }

  /** Which vector entry, or single dot counted on from there, covers an event. */
  private static int place(Past past, Dot event) {
    return past.vector().covers(event)
        ? past.vector().indexOf(event.actor())
        : past.vector().size() + past.dots().indexOf(event);
  }

  private static Dot top(Past past, int place) {
    VersionVector vector = past.vector();
    return place < vector.size()
        ? new Dot(vector.actor(place), vector.counterAt(place))
        : past.dots().get(place - vector.size());
  }

  private static int actors(VersionVector vector, List<Dot> dots) {
    int actors = vector.size();
    for (int j = 0; j < dots.size(); j = endOfActor(dots, j, dots.get(j).actor())) {
      actors += vector.counter(dots.get(j).actor()) == 0 ? 1 : 0;
    }
    return actors;
  }

  /** Where the dots of this actor end that begin here. */
  private static int endOfActor(List<Dot> dots, int from, Actor actor) {
    int end = from;
    while (end < dots.size() && dots.get(end).actor().equals(actor)) {
      end++;
    }
    return end;
  }

  private static long smallestCounter(VersionVector vector, List<Dot> dots) {
    long smallest = Long.MAX_VALUE;
    for (int i = 0; i < vector.size(); i++) {
      smallest = Math.min(smallest, vector.counterAt(i));
    }
    for (Dot dot : dots) {
      smallest = Math.min(smallest, dot.counter());
    }
    return smallest;
  }

  static Context read(BinaryReader in) {
    int actors = in.count(Actor.BYTES + 2, "the number of actors in a context");
    if (actors == 0) {
      return Context.EMPTY;
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
    Past past = new Past(vector, PastCodec.requireUncovered(dots, vector));
    return new Context(past, readMarks(in, past));
  }

  private static List<IdempotencyRecord> readMarks(BinaryReader in, Past past) {
    int count = in.count(MARK_BYTES, "the number of idempotency records of a context");
    if (count > Context.MAX_MARKS) {
      throw new MalformedException(count + " idempotency records in a context");
    }
    List<IdempotencyRecord> marks = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long high = in.i64("a request id of a context");
      long low = in.i64("a request id of a context");
      long request = in.i64("a request hash of a context");
      long place = in.varint("the vector entry of an event of a context");
      if (place >= past.vector().size() + past.dots().size()) {
        throw new MalformedException("an idempotency record of an event that was not seen");
      }
      Dot top = top(past, (int) place);
      long below = in.varint("the event of an idempotency record");
      long counter = top.counter() - below;
      long replaced = counter - in.varint("what the event of an idempotency record replaced");
      if (below < 0 || counter < 1 || replaced < 0 || replaced >= counter) {
        throw new MalformedException("an idempotency record of the counter " + counter);
      }
      IdempotencyRecord mark =
          new IdempotencyRecord(high, low, new Dot(top.actor(), counter), request, replaced);
      if (!past.covers(mark.dot())) {
        throw new MalformedException("an idempotency record of an event that was not seen");
      }
      if (i > 0 && marks.get(i - 1).compareTo(mark) >= 0) {
        throw new MalformedException("the idempotency records of a context are not ascending");
      }
      marks.add(mark);
    }
    return marks;
  }

  private static long counter(long base, long distance) {
    if (distance > HybridClock.MAX_COUNTER - base) {
      throw new MalformedException("a counter " + distance + " above " + base);
    }
    return base + distance;
  }
}
