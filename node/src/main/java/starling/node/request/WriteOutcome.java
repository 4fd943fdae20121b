package starling.node.request;

import starling.node.version.Dot;
import starling.node.version.Siblings;

/** How a write ended, as far as it is known. */
public sealed interface WriteOutcome {
  /**
   * The write's quorum has it, as durable as was asked. A delete that found nothing anywhere ends
   * like this too.
   *
   * @param context what the writer has now seen
   * @param versionHash names the state of the key that was written; {@link #UNNAMED} where that is
   *     more than the writer was shown: whoever names a state claims to have seen it
   */
  record Written(String context, long versionHash) implements WriteOutcome {
    /** The hash of nothing, which no condition can name. */
    public static final long UNNAMED = Siblings.EMPTY.hash();

    /** The answer to a write that made this event, and left this set. */
    public static Written of(String context, Siblings stored, Dot event) {
      return new Written(context, stored.standsAlone(event) ? stored.hash() : UNNAMED);
    }
  }

  /** The write was refused, or its fate is not known; {@link Refusal#fate()} says which. */
  record Refused(Refusal refusal) implements WriteOutcome {}
}
