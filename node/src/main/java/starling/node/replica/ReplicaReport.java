package starling.node.replica;

import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.version.Siblings;

/**
 * What each replica of a key holds at this moment.
 *
 * @param replicas all primaries in preference order, then fallbacks that hold something
 */
public record ReplicaReport(int partition, List<Holding> replicas) {
  /**
   * One replica's part.
   *
   * @param node the member's name
   * @param siblings what it holds; null if it did not answer in time
   */
  public record Holding(String node, boolean primary, @Nullable Siblings siblings) {}
}
