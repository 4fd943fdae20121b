package starling.node.version;

import java.util.ArrayList;
import java.util.List;

/**
 * The content of a client's context: the past that it claims, and the idempotency records of the
 * latest events in it. With them a replica that never had such a record recognises the twins of
 * versions that the client has seen ({@link Siblings}). Without records the context claims no less,
 * but twins remain until the records arrive from another replica.
 *
 * @param marks at most {@link #MAX_MARKS}, ascending, each of an event that the past covers
 */
public record Context(Past past, List<IdempotencyRecord> marks) {
  /** The most records of a context; the newest stay. */
  public static final int MAX_MARKS = 8;

  /** Has seen nothing. */
  public static final Context EMPTY = new Context(Past.EMPTY, List.of());

  public Context {
    marks = marks.isEmpty() ? List.of() : newestCovered(past, marks);
  }

  private static List<IdempotencyRecord> newestCovered(Past past, List<IdempotencyRecord> marks) {
    List<IdempotencyRecord> covered = new ArrayList<>(marks.size());
    for (IdempotencyRecord mark : marks) {
      if (past.covers(mark.dot())) {
        covered.add(mark);
      }
    }
    return List.copyOf(covered.subList(Math.max(0, covered.size() - MAX_MARKS), covered.size()));
  }

  public static Context of(Past past) {
    return past.isEmpty() ? EMPTY : new Context(past, List.of());
  }

  /** The context after one more event of its client, with its idempotency record. */
  public Context with(IdempotencyRecord made) {
    return new Context(past.with(made.dot()), IdempotencyRecord.union(marks, List.of(made)));
  }

  /**
   * The context of a reader of this set: all events that the set has seen, and the records of its
   * siblings.
   */
  public static Context of(Siblings shown) {
    return shown.isEmpty() ? EMPTY : new Context(shown.past(), shown.marksOfStanding());
  }
}
