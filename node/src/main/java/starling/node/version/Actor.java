package starling.node.version;

/**
 * The origin of an event: 128 random bits that belong to one unbroken history of a replica. An
 * entry of a version vector says "all of this actor's events up to here are known", and a replica
 * cannot know what it has lost; so a new actor is drawn at every start of a process and after every
 * loss, and none is ever read back from disk. Names or times would collide; 128 random bits do not.
 *
 * <p>Order: unsigned, {@code high} first. It is the canonical order of vectors and of bytes.
 */
public record Actor(long high, long low) implements Comparable<Actor> {
  /** Bytes of an actor in every format. */
  public static final int BYTES = 16;

  @Override
  public int compareTo(Actor other) {
    return compare(high, low, other.high, other.low);
  }

  static int compare(long high1, long low1, long high2, long low2) {
    int c = Long.compareUnsigned(high1, high2);
    return c != 0 ? c : Long.compareUnsigned(low1, low2);
  }

  /** 32 hex digits. */
  @Override
  public String toString() {
    return hex(high) + hex(low);
  }

  private static String hex(long bits) {
    String digits = Long.toHexString(bits);
    return "0".repeat(16 - digits.length()) + digits;
  }
}
