package starling.node.version;

import org.jspecify.annotations.Nullable;

/**
 * The name a client gave to one write, so that it can send it again without writing twice. Every
 * set keeps the marks of the requests that made its latest events; who finds one of this name there
 * makes no event any more.
 *
 * @param high half of a hash of the tenant, the method and the client's own key
 * @param low the other half
 * @param requestHash hash of everything the request asks for: another one under the same name is
 *     refused
 */
public record IdempotencyKey(long high, long low, long requestHash) {
  /** How long a write is recognised. */
  public static final long WINDOW_MILLIS = 600_000;

  /**
   * The mark of the first event that this name made, by the order of dots; null if none is known or
   * it is older than the window.
   */
  public @Nullable RequestMark first(Siblings set, long nowMillis) {
    return firstSince(set, nowMillis - WINDOW_MILLIS);
  }

  /** The same, however old it is. */
  public @Nullable RequestMark first(Siblings set) {
    return firstSince(set, 0);
  }

  private @Nullable RequestMark firstSince(Siblings set, long millis) {
    RequestMark first = null;
    for (RequestMark mark : set.marks()) {
      boolean mine = mark.idHigh() == high && mark.idLow() == low;
      boolean recent = mark.arrivalMillis() >= millis;
      if (mine && recent && (first == null || first.dot().higherThan(mark.dot()))) {
        first = mark;
      }
    }
    return first;
  }

  /** The mark of an event that this name makes now. */
  public RequestMark mark(Dot event, long nowMillis) {
    return new RequestMark(high, low, event, requestHash, nowMillis);
  }
}
