package starling.node.request;

import org.jspecify.annotations.Nullable;
import starling.node.storage.Durability;

/**
 * The defaults of a bucket for its requests.
 *
 * @param n how many replicas store each key, 1..16
 * @param r how many must answer a read, 1..n
 * @param w how many must acknowledge a write, 1..n
 * @param pr how many of the read's answers must come from primaries, 0..n
 * @param pw how many of the write's acknowledgements must come from primaries, 0..n
 * @param durability what it means for a replica to have a write
 * @param timeoutMillis how long a request may take, 1..60000
 * @param conflict how concurrent writes are resolved; fixed when the bucket is made
 * @param creation distinguishes a bucket from the next of the same name; 0 for a bucket that was
 *     never given properties
 */
public record BucketProperties(
    int n,
    Quorum r,
    Quorum w,
    Quorum pr,
    Quorum pw,
    Durability durability,
    int timeoutMillis,
    Conflict conflict,
    long creation) {

  /** Most replicas a bucket may ask for. */
  public static final int MAX_N = 16;

  public static final int MAX_TIMEOUT_MILLIS = 60_000;

  public static final BucketProperties DEFAULT =
      new BucketProperties(
          3,
          Quorum.QUORUM,
          Quorum.QUORUM,
          Quorum.ZERO,
          Quorum.ZERO,
          Durability.SYNCED,
          3000,
          Conflict.SIBLINGS,
          0);

  /** How concurrent writes are resolved. */
  public enum Conflict {
    /** All stay as siblings, until a write that has seen them replaces them. */
    SIBLINGS,
    /** The version with the highest counter stays, the others are dropped. */
    LWW
  }

  /** The first value that is wrong in combination, as field and message, or null. */
  public @Nullable FieldError fieldError() {
    if (n < 1 || n > MAX_N) {
      return new FieldError("n", "must be from 1 to " + MAX_N + ", but is " + n);
    }
    FieldError flaw = range("r", r, 1, n);
    if (flaw == null) {
      flaw = range("w", w, 1, n);
    }
    if (flaw == null) {
      flaw = range("pr", pr, 0, n);
    }
    if (flaw == null) {
      flaw = range("pw", pw, 0, n);
    }
    if (flaw == null && (timeoutMillis < 1 || timeoutMillis > MAX_TIMEOUT_MILLIS)) {
      flaw =
          new FieldError(
              "timeoutMs", "must be from 1 to " + MAX_TIMEOUT_MILLIS + ", but is " + timeoutMillis);
    }
    return flaw;
  }

  private static @Nullable FieldError range(String field, Quorum quorum, int lowest, int n) {
    int count = quorum.resolve(n);
    return count < lowest || count > n
        ? new FieldError(field, "must be from " + lowest + " to n = " + n + ", but is " + quorum)
        : null;
  }

  /** The same properties with those that the request sets. */
  public BucketProperties with(RequestOptions options) {
    return new BucketProperties(
        n,
        options.r() == null ? r : options.r(),
        options.w() == null ? w : options.w(),
        options.pr() == null ? pr : options.pr(),
        options.pw() == null ? pw : options.pw(),
        options.durability() == null ? durability : options.durability(),
        options.timeoutMillis() == null ? timeoutMillis : options.timeoutMillis(),
        conflict,
        creation);
  }

  /** A property that is not valid. */
  public record FieldError(String field, String detail) {}
}
