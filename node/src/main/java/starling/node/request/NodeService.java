package starling.node.request;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.ring.Ring;

/**
 * What a node does for those who stand outside the cluster. Called by the owner of the node's state
 * only; every callback comes exactly once, on the same thread, possibly before the call returns.
 */
public interface NodeService {
  /**
   * Why a request should not even be looked at now, because others wait long enough already; null
   * to go on. May be asked before anything of the request is read.
   */
  @Nullable Refusal turnAway();

  void read(ReadRequest request, Consumer<ReadOutcome> done);

  void write(WriteRequest request, Consumer<WriteOutcome> done);

  /** Asks every replica of a key what it holds. */
  void replicas(
      String requestId,
      String bucket,
      byte[] key,
      RequestOptions options,
      Consumer<ReplicaReport> done);

  /** The properties in force; the defaults for a bucket that was never given any. */
  BucketProperties bucket(String name);

  void changeBucket(
      String requestId, String name, BucketChange change, Consumer<BucketOutcome> done);

  /** All members this node knows, itself first. */
  List<MemberView> members();

  Ring ring();

  /** Null when the node serves, else why it does not. */
  @Nullable String notReady();

  /** What an operator should know of a node although it serves, or null. */
  @Nullable String warning();
}
