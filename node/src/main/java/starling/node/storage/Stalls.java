package starling.node.storage;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which parts of the store wait for something that may pass, other than room, and why: no
 * descriptor is free, a directory is busy. What waits is tried again; nothing is lost meanwhile. A
 * value of the owner.
 */
final class Stalls {
  enum Part {
    /** Records that were accepted, for a segment that cannot be begun. */
    LOG,
    /** A small value that is to be saved. */
    METADATA,
    /** Flushes and what else is done behind the writes. */
    BACKGROUND
  }

  private final Map<Part, String> reasons = new EnumMap<>(Part.class);

  /**
   * A part waits, or no longer.
   *
   * @return whether the whole begins to wait with it, or goes on
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

  /** Whether an append, or what must be saved for it, would wait. */
  boolean holdAppends() {
    return !reasons.isEmpty()
        && (reasons.containsKey(Part.LOG) || reasons.containsKey(Part.METADATA));
  }

  /** What the store waits for, the most urgent part first; null if it does not wait. */
  @Nullable String reason() {
    return reasons.isEmpty() ? null : reasons.values().iterator().next();
  }
}
