package starling.client;

/**
 * How often a call is tried, and how many extra requests all calls together may cause.
 *
 * @param attempts the most requests of one call, the first included, from 1 to 16
 * @param budget extra requests as a part of all calls, from 0 to 1
 */
public record Retries(int attempts, double budget) {
  /** One request for each call. Writes then carry no idempotency key of the client's own. */
  public static final Retries NONE = new Retries(1, 0);

  /** At most four requests for each call, and 10 % extra requests. */
  public static final Retries SAFE = new Retries(4, 0.1);

  private static final int MAX_ATTEMPTS = 16;

  public Retries {
    if (attempts < 1 || attempts > MAX_ATTEMPTS) {
      throw new IllegalArgumentException(
          "attempts must be 1 to " + MAX_ATTEMPTS + ", not " + attempts);
    }
    if (!(budget >= 0 && budget <= 1)) {
      throw new IllegalArgumentException("a retry budget is from 0 to 1, not " + budget);
    }
  }

  /** The same as the constructor. */
  public static Retries of(int attempts, double budget) {
    return new Retries(attempts, budget);
  }
}
