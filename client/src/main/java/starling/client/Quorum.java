package starling.client;

/**
 * How many replicas must answer: a number, or a level that follows the bucket's {@code n}.
 *
 * @see Behavior#r(Quorum)
 */
public final class Quorum {
  /** One replica. */
  public static final Quorum ONE = new Quorum("one");

  /** More than half of the replicas. */
  public static final Quorum QUORUM = new Quorum("quorum");

  /** Every replica. */
  public static final Quorum ALL = new Quorum("all");

  static final int MAX_COUNT = 16;

  private final String text;

  private Quorum(String text) {
    this.text = text;
  }

  /**
   * A number of replicas; 0 is for {@code pr} and {@code pw} only.
   *
   * @throws IllegalArgumentException if the number is not from 0 to 16
   */
  public static Quorum of(int replicas) {
    if (replicas < 0 || replicas > MAX_COUNT) {
      throw new IllegalArgumentException(
          "a quorum is 0 to " + MAX_COUNT + " replicas, not " + replicas);
    }
    return new Quorum(Integer.toString(replicas));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Quorum that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** As the API writes it: {@code one}, {@code quorum}, {@code all} or a number. */
  @Override
  public String toString() {
    return text;
  }
}
