package starling.node.request;

import java.util.List;
import starling.node.version.Version;

/** How a read ended. */
public sealed interface ReadOutcome {
  /**
   * One value, or several siblings.
   *
   * @param values at least one, no tombstones
   * @param context covers all that stands, tombstones too
   * @param versionHash names this state of the key
   */
  record Found(List<Version> values, String context, long versionHash) implements ReadOutcome {}

  /**
   * No value stands.
   *
   * @param deleted whether a tombstone is known
   * @param context covers the tombstone; {@code ""} where nothing is known
   */
  record Missing(boolean deleted, String context) implements ReadOutcome {}

  /** The read could not be answered. */
  record Refused(Refusal refusal) implements ReadOutcome {}
}
