package starling.loadgen.check;

/**
 * Something that no guarantee allows.
 *
 * @param text which writes, and of which key
 */
public record Finding(Kind kind, String text) {
  /** What is wrong. */
  public enum Kind {
    /** An acknowledged write is gone, and nothing can have replaced it. */
    LOST,
    /** A value that no client wrote, or whose write was rejected. */
    INVENTED,
    /** A value is back that a later write or delete had seen and replaced. */
    RETURNED,
    /** A session does not know its own write or what it was shown before. */
    FORGOTTEN,
    /** A key with a value is not in a complete listing. */
    UNLISTED,
    /** A listing shows a key twice, or a key that holds no value. */
    MISLISTED
  }
}
