package starling.client;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A part of a listing.
 *
 * @param items in the order of positions on the ring, which is stable and not alphabetical
 * @param cursor where the next page begins; null at the end
 * @param complete false if no complete replica of some partition could answer, so that keys may be
 *     missing
 */
public record Page<E>(List<E> items, @Nullable Cursor cursor, boolean complete) {
  public Page {
    items = List.copyOf(items);
  }

  /** Where the next page begins; empty at the end. */
  public Optional<Cursor> next() {
    return Optional.ofNullable(cursor);
  }
}
