package starling.client;

/**
 * How often a call is tried, and how many extra requests all calls together may cause.
 *
 * @param attempts the most requests of one call, the first included, from 1 to 16
 * @param budget extra requests as a part of all calls, from 0 to 1
 * @param elsewhere whether each node is asked once, as {@link #ELSEWHERE} says
 */
public record Retries(int attempts, double budget, boolean elsewhere) {
  /** One request for each call. Writes then carry no idempotency key of the client's own. */
  public static final Retries NONE = of(1, 0);

  /** At most four requests for each call, and 10 % extra requests. */
  public static final Retries SAFE = of(4, 0.1);

  private static final int MAX_ATTEMPTS = 16;

  /**
   * Each node is asked once: the next one when a node cannot be reached, breaks off, is silent or
   * cannot take requests, even one that is down. What a node says of the cluster is final, and the
   * call fails when no node is left. For tools whose user waits for the answer and can repeat the
   * call. A write that another request of the call is carrying out is waited for.
   */
  public static final Retries ELSEWHERE = new Retries(MAX_ATTEMPTS, 1, true);

  public Retries {
    if (attempts < 1 || attempts > MAX_ATTEMPTS) {
      throw new IllegalArgumentException(
          "attempts must be 1 to " + MAX_ATTEMPTS + ", not " + attempts);
    }
    if (!(budget >= 0 && budget <= 1)) {
      throw new IllegalArgumentException("a retry budget is from 0 to 1, not " + budget);
    }
  }

  /** Retries at any node, also at one that has been asked. */
  public static Retries of(int attempts, double budget) {
    return new Retries(attempts, budget, false);
  }
}
