package starling.client;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.wire.HeaderNames;

/**
 * What one call asks for: made in the caller's thread, never changed.
 *
 * @param target path and query; one that ends with {@code timeoutMs=} gets the time that is left,
 *     unless it is the program's own
 * @param headers names and values, alternating
 * @param position of the key on the ring; null for calls that concern no key
 * @param write whether it changes anything
 * @param idempotencyKey null for reads, and for writes that are not retried
 * @param ownKey whether the program gave that key, so that earlier calls may have used it
 * @param patience how long the call may take in all, in nanoseconds
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record CallSpec(
    Operation operation,
    String bucket,
    String method,
    String target,
    List<String> headers,
    byte[] body,
    @Nullable Long position,
    boolean write,
    @Nullable String idempotencyKey,
    boolean ownKey,
    Behavior behavior,
    long patience,
    String requestId) {

  static final String ATTEMPT = "X-Starling-Attempt";

  private static final long MILLI = 1_000_000;
  private static final long MAX_TIMEOUT_MILLIS = 60_000;
  private static final int MARGIN = 10;
  private static final long MAX_MARGIN_NANOS = 50 * MILLI;

  /** Whether a second request does no harm. */
  boolean repeatable() {
    return !write || idempotencyKey != null;
  }

  /** The same write, which no node will recognise. */
  CallSpec withoutKey() {
    List<String> others = new ArrayList<>(headers);
    int at = others.indexOf(HeaderNames.IDEMPOTENCY_KEY);
    if (at >= 0) {
      others.subList(at, at + 2).clear();
    }
    return new CallSpec(
        operation, bucket, method, target, others, body, position, write, null, false, behavior,
        patience, requestId);
  }

  /**
   * The request of one attempt.
   *
   * @param leftNanos the time that is left to the call; the node gets a little less, so that its
   *     explanation arrives before the client gives up
   * @param first whether no earlier attempt can have reached a node
   */
  WireRequest request(long leftNanos, boolean first) {
    long margin = Math.min(leftNanos / MARGIN, MAX_MARGIN_NANOS);
    long millis = Math.max(1, Math.min(MAX_TIMEOUT_MILLIS, (leftNanos - margin) / MILLI));
    List<String> all = headers;
    if (first && idempotencyKey != null && !ownKey && operation != Operation.BATCH) {
      all = new ArrayList<>(headers.size() + 2);
      all.addAll(headers);
      all.add(ATTEMPT);
      all.add("first");
    }
    boolean open = operation != Operation.REQUEST && target.endsWith("=");
    String whole = open ? target + millis : target;
    return new WireRequest(method, whole, all, body);
  }
}
