package starling.client;

/**
 * Extra requests that calls may cause: each call earns a part of one, each extra request takes a
 * whole one. So extra requests stay below that part of all calls, plus the {@code start} that lets
 * the first calls of a program be retried. Not thread-safe.
 */
final class RequestBudget {
  private final double most;
  private double tokens;

  RequestBudget(double start, double most) {
    this.tokens = start;
    this.most = most;
  }

  void earn(double part) {
    tokens = Math.min(most, tokens + part);
  }

  boolean take() {
    if (tokens < 1) {
      return false;
    }
    tokens -= 1;
    return true;
  }
}
