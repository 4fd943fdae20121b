package starling.node.storage;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which parts of the store cannot go on for the moment, for a reason other than free space: no file
 * descriptor is free, a directory is busy. They repeat their work; nothing is lost meanwhile. Owned
 * by one thread.
 */
final class Stalls {
  enum Part {
    /** Accepted records that need a new segment. */
    LOG,
    /** A metadata value that is being saved. */
    METADATA,
    /** Flushes and other maintenance. */
    BACKGROUND
  }

  private final Map<Part, String> reasons = new EnumMap<>(Part.class);

  /**
   * A part stalls, or goes on.
   *
   * @return whether the first part stalled or the last goes on
   */
  boolean changed(Part part, @Nullable String reason) {
    boolean before = reasons.isEmpty();
    if (reason == null) {
      reasons.remove(part);
    } else {
      reasons.put(part, reason);
    }
    return before != reasons.isEmpty();
  }

  /** Whether an append, or metadata that it needs, would wait. */
  boolean holdAppends() {
    return !reasons.isEmpty()
        && (reasons.containsKey(Part.LOG) || reasons.containsKey(Part.METADATA));
  }

  /** Why the most urgent part stalls; null if none does. */
  @Nullable String reason() {
    return reasons.isEmpty() ? null : reasons.values().iterator().next();
  }
}
