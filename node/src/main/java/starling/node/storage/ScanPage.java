package starling.node.storage;

import java.util.List;

/**
 * Some keys of a range, in order.
 *
 * @param last no key of the range comes after these
 */
public record ScanPage(List<Entry> entries, boolean last) {
  public ScanPage {
    entries = List.copyOf(entries);
  }

  /** A key and the version hash of its newest set. */
  public record Entry(Key key, long versionHash) {}
}
