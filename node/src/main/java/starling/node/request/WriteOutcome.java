package starling.node.request;

import starling.node.version.Dot;
import starling.node.version.Siblings;

/** The outcome of a write, as far as it is known. */
public sealed interface WriteOutcome {
  /**
   * The write's quorum has it, with the requested durability. A delete of a key that no replica
   * knows ends like this too.
   *
   * @param context what the writer has now seen
   * @param versionHash identifies the written state of the key; {@link #UNNAMED} where that state
   *     holds more than the writer has seen, because a condition on a hash claims to have seen the
   *     state
   */
  record Written(String context, long versionHash) implements WriteOutcome {
    /** The hash of an empty set, which no condition can name. */
    public static final long UNNAMED = Siblings.EMPTY.hash();

    /** The answer to a write that made this event and resulted in this set. */
    public static Written of(String context, Siblings stored, Dot event) {
      return new Written(context, stored.standsAlone(event) ? stored.hash() : UNNAMED);
    }
  }

  /** The write was rejected, or its outcome is unknown; {@link Rejection#outcome()} says which. */
  record Rejected(Rejection rejection) implements WriteOutcome {}
}
