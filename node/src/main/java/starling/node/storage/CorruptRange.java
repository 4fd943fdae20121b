package starling.node.storage;

import org.jspecify.annotations.Nullable;

/**
 * A corrupt range: damaged bytes of the log that were durable once. They are never served and never
 * truncated; other replicas must supply what they held.
 *
 * @param key of the damaged record; {@code null} if its head is damaged too: then any key of the
 *     store may be affected
 */
public record CorruptRange(
    long segment, long offset, long length, @Nullable Key key, String reason) {
  /** The reason for a segment whose file is missing. */
  static final String MISSING = "the segment is missing";

  /** Whether the file of the whole segment is missing. */
  public boolean segmentMissing() {
    return reason.equals(MISSING);
  }
}
