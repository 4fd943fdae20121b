package starling.node.request;

/**
 * How many replicas must answer: a plain number, or a level that follows the bucket's n. It is
 * resolved against n only when a request begins, so that a stored property keeps its meaning when n
 * changes.
 *
 * @param level the named level, or {@link Level#COUNT}
 * @param count the number, for {@link Level#COUNT} alone; else 0
 */
public record Quorum(Level level, int count) {
  /** The named levels. */
  public enum Level {
    COUNT,
    ONE,
    QUORUM,
    ALL
  }

  public static final Quorum ONE = new Quorum(Level.ONE, 0);
  public static final Quorum QUORUM = new Quorum(Level.QUORUM, 0);
  public static final Quorum ALL = new Quorum(Level.ALL, 0);
  public static final Quorum ZERO = new Quorum(Level.COUNT, 0);

  public Quorum {
    if (count < 0 || (level != Level.COUNT && count != 0)) {
      throw new IllegalArgumentException("not a quorum: " + level + " " + count);
    }
  }

  public static Quorum of(int count) {
    return new Quorum(Level.COUNT, count);
  }

  /**
   * Reads {@code one}, {@code quorum}, {@code all} or a decimal number.
   *
   * @throws IllegalArgumentException if the text is neither
   */
  public static Quorum parse(String text) {
    return switch (text) {
      case "one" -> ONE;
      case "quorum" -> QUORUM;
      case "all" -> ALL;
      default -> {
        if (!text.matches("[0-9]{1,4}")) {
          throw new IllegalArgumentException(
              "must be a number, one, quorum or all, but is '" + text + "'");
        }
        yield of(Integer.parseInt(text));
      }
    };
  }

  /** How many of {@code n} replicas this asks for; may lie outside 1..n for a plain number. */
  public int resolve(int n) {
    return switch (level) {
      case ONE -> 1;
      case QUORUM -> n / 2 + 1;
      case ALL -> n;
      case COUNT -> count;
    };
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    return switch (level) {
      case ONE -> "one";
      case QUORUM -> "quorum";
      case ALL -> "all";
      case COUNT -> Integer.toString(count);
    };
  }
}
