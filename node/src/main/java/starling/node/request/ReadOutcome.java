package starling.node.request;

import java.util.List;
import starling.node.version.Version;

/** How a read ended. */
public sealed interface ReadOutcome {
  /**
   * One value, or several siblings.
   *
   * @param values at least one, no tombstones
   * @param context covers the whole set, tombstones too
   * @param versionHash identifies this state of the key
   */
  record Found(List<Version> values, String context, long versionHash) implements ReadOutcome {}

  /**
   * The set holds no value.
   *
   * @param deleted whether a tombstone is known
   * @param context covers the tombstone; {@code ""} if the key was never written
   */
  record Missing(boolean deleted, String context) implements ReadOutcome {}

  /** The read could not be answered. */
  record Rejected(Rejection rejection) implements ReadOutcome {}
}
