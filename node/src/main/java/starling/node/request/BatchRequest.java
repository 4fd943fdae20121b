package starling.node.request;

import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.version.Content;
import starling.node.version.IdempotencyKey;

/**
 * Several operations on keys of one bucket, without atomicity. Operations on one key are executed
 * in their order, all others at once.
 *
 * @param requestId the id that all of them carry through every log
 * @param options of each of them; the timeout is one for all together
 */
public record BatchRequest(
    String requestId, String bucket, RequestOptions options, List<Operation> operations) {
  /** The most operations of one batch. */
  public static final int MAX_OPERATIONS = 1_000;

  /** One operation. */
  public sealed interface Operation {
    byte[] key();
  }

  /**
   * A read.
   *
   * @param context a context the answer must cover, or null
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Get(byte[] key, @Nullable String context) implements Operation {}

  /** A write, or a delete where the content is a tombstone; fields as in {@link WriteRequest}. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Change(
      byte[] key, Content content, @Nullable String context, @Nullable IdempotencyKey idempotency)
      implements Operation {}

  /** Receives the outcome of each operation once, in any order, and then the end. */
  public interface Listener {
    /** The outcome of a {@link Get}, by its index in the batch. */
    void onRead(int index, ReadOutcome outcome);

    /** The outcome of a {@link Change}, by its index in the batch. */
    void onWrite(int index, WriteOutcome outcome);

    /** Every operation has its outcome. */
    void onEnd();
  }
}
