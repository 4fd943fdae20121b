package starling.node.request;

import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.version.Siblings;

/**
 * The state of a key on each of its replicas at this moment.
 *
 * @param replicas all primaries in preference order, then fallbacks that hold something
 * @param bytesWithoutRoom of the sets that are missing here because the node that asked may not
 *     hold so much; 0 if none is
 * @param mostBytes that it may hold
 */
public record ReplicaReport(
    int partition, List<Holding> replicas, long bytesWithoutRoom, long mostBytes) {
  /** A report without missing sets. */
  public ReplicaReport(int partition, List<Holding> replicas) {
    this(partition, replicas, 0, 0);
  }

  /**
   * One replica's part.
   *
   * @param node the member's name
   * @param siblings what it holds; null if it did not answer in time
   */
  public record Holding(String node, boolean primary, @Nullable Siblings siblings) {}
}
