package starling.node.storage;

import org.jspecify.annotations.Nullable;

/**
 * Bytes of the log that were written once and cannot be trusted any more. They stay where they are,
 * are never served and never cut; what they held must come back from other replicas.
 *
 * @param key of the damaged record; {@code null} where its head is damaged too: then any key of the
 *     store may be lacking
 */
public record CorruptRange(
    long segment, long offset, long length, @Nullable Key key, String reason) {
  /** The reason of a segment whose file is gone. */
  static final String MISSING = "the segment is missing";

  /** Whether the file of the whole segment is gone. */
  public boolean segmentMissing() {
    return reason.equals(MISSING);
  }
}
