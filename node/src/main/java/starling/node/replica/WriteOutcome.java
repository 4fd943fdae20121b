package starling.node.replica;

/** How a write ended, as far as it is known. */
public sealed interface WriteOutcome {
  /**
   * The write's quorum has it, as durable as was asked. A delete that found nothing anywhere ends
   * like this too.
   *
   * @param context what the writer has now seen
   * @param versionHash names the state of the key that was written
   */
  record Written(String context, long versionHash) implements WriteOutcome {}

  /** The write was refused, or its fate is not known; {@link Refusal#fate()} says which. */
  record Refused(Refusal refusal) implements WriteOutcome {}
}
