package starling.node.request;

import org.jspecify.annotations.Nullable;
import starling.node.version.Content;
import starling.node.version.IdempotencyKey;

/**
 * A write of one key; a delete is the write of a tombstone.
 *
 * @param requestId the id the request carries through every log
 * @param context what the writer has seen; {@code ""} is nothing at all, null a blind write that
 *     replaces what its own quorum holds
 * @param idempotency the key under which the client may retry it, or null
 * @param firstAttempt whether no earlier request carried its idempotency key
 */
public record WriteRequest(
    String requestId,
    String bucket,
    byte[] key,
    Content content,
    @Nullable String context,
    Condition condition,
    RequestOptions options,
    @Nullable IdempotencyKey idempotency,
    boolean firstAttempt)
    implements ClientRequest {

  /** A write that is not marked as the first attempt. */
  public WriteRequest(
      String requestId,
      String bucket,
      byte[] key,
      Content content,
      @Nullable String context,
      Condition condition,
      RequestOptions options,
      @Nullable IdempotencyKey idempotency) {
    this(requestId, bucket, key, content, context, condition, options, idempotency, false);
  }

  /** The same write, which may have been made before. */
  public WriteRequest again() {
    return firstAttempt
        ? new WriteRequest(
            requestId, bucket, key, content, context, condition, options, idempotency)
        : this;
  }
}
