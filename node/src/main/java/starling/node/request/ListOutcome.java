package starling.node.request;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a page of a listing ended. */
public sealed interface ListOutcome {
  /**
   * Some keys; perhaps none although more follow, where the page took its time without finding any.
   *
   * @param cursor where the next page begins; null at the end
   * @param missing partitions that no complete replica answered for, in this page and those before
   *     it
   */
  record Page(List<Entry> entries, @Nullable String cursor, int missing) implements ListOutcome {}

  /** Nothing could be listed. */
  record Rejected(Rejection rejection) implements ListOutcome {}

  /**
   * A key that holds a value.
   *
   * @param found its values, if they were asked for
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Entry(byte[] key, ReadOutcome.@Nullable Found found) {}
}
