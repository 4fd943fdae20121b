package starling.node.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some keys of a range, in order, each with the bytes that the filter returned for its set.
 *
 * @param end the scan continues after this key; null at the end of the range
 */
public record SetPage(List<Entry> entries, @Nullable Key end) {
  public SetPage {
    entries = List.copyOf(entries);
  }

  /** A key and the bytes that the filter returned for its newest set. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Entry(Key key, byte[] kept) {}
}
