package starling.node.version;

/**
 * How far clients may let one key grow. A write that would leave more than {@link #MAX_VERSIONS}
 * versions or {@link #MAX_BYTES} bytes of values is rejected, unless it does not make things worse:
 * a write that resolves siblings is always accepted, else a key over its limits could never
 * recover. Merges are never limited; the sets of replicas must always be able to converge.
 */
public final class Limits {
  /** Versions that a write may leave, tombstones included, hidden twins not. */
  public static final int MAX_VERSIONS = 64;

  /** Bytes of values that a write may leave. */
  public static final long MAX_BYTES = 16L << 20;

  /** The message for the writer. */
  public enum Decision {
    TAKEN,
    TOO_MANY_SIBLINGS,
    TOO_MANY_BYTES;

    public boolean taken() {
      return this == TAKEN;
    }
  }

  private Limits() {}

  /**
   * @param before the set of the coordinator
   * @param after the same with the write
   */
  public static Decision check(Siblings before, Siblings after) {
    int standing = after.siblings();
    int stood = before.siblings();
    if (standing > MAX_VERSIONS && standing > stood) {
      return Decision.TOO_MANY_SIBLINGS;
    }
    boolean resolves = standing == 1 || standing < stood;
    if (!resolves && after.bytes() > MAX_BYTES && after.bytes() > before.bytes()) {
      return Decision.TOO_MANY_BYTES;
    }
    return Decision.TAKEN;
  }
}
