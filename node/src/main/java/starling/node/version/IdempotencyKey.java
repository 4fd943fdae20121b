package starling.node.version;

import org.jspecify.annotations.Nullable;

/**
 * The id a client gave to one write, so that it can retry it without writing twice. Every set keeps
 * the records of the requests that made its latest events; a write that finds a record of its own
 * id there makes no second event. The answer depends on the set alone and on no clock, so that
 * equal sets answer equally.
 *
 * @param high half of a hash of the tenant, the method and the client's own key
 * @param low the other half
 * @param requestHash hash of everything the request asks for: another one under the same id is
 *     rejected
 */
public record IdempotencyKey(long high, long low, long requestHash) {
  /** How long a write is recognised at least. */
  public static final long WINDOW_MILLIS = IdempotencyRecord.WINDOW_MILLIS;

  /**
   * The record of the first event that this request made, by (counter, actor). If it made none, the
   * first event of another request under the same id; null if none is known.
   */
  public @Nullable IdempotencyRecord first(Siblings set) {
    IdempotencyRecord other = null;
    for (IdempotencyRecord mark : set.marks()) {
      if (mark.idHigh() == high && mark.idLow() == low) {
        if (mark.requestHash() == requestHash) {
          return mark;
        }
        other = other == null ? mark : other;
      }
    }
    return other;
  }

  /**
   * The record of an event that this request makes.
   *
   * @param replaced all that the event replaces, twins included
   */
  public IdempotencyRecord mark(Dot event, Past replaced) {
    return new IdempotencyRecord(high, low, event, requestHash, replaced.highestCounter());
  }
}
