package starling.client;

import java.time.Duration;

/**
 * One request of a call.
 *
 * @param node the address of the node, {@code host:port}
 * @param started when it began, counted from the beginning of the call
 * @param took until its answer, its failure, or the end of the call
 * @param status the HTTP status, or 0 where the node did not answer
 * @param hedged whether it was sent because an earlier one was slow
 */
public record Attempt(String node, Duration started, Duration took, int status, boolean hedged) {
  @Override
  public String toString() {
    return node
        + (hedged ? " (hedged)" : "")
        + " at "
        + started.toMillis()
        + " ms: "
        + (status == 0 ? "no answer" : "status " + status)
        + " after "
        + took.toMillis()
        + " ms";
  }
}
