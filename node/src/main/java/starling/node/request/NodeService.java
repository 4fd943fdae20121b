package starling.node.request;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.ring.Ring;

/**
 * The services of a node for clients and operators. Called by the owner of the node's state only;
 * every callback comes exactly once, on the same thread, possibly before the call returns.
 */
public interface NodeService {
  /**
   * Why admission control rejects a request now, before anything of it is read: other requests wait
   * long enough already. Null to go on.
   */
  @Nullable Rejection rejectEarly();

  void read(ReadRequest request, Consumer<ReadOutcome> done);

  void write(WriteRequest request, Consumer<WriteOutcome> done);

  /** Executes several operations; the listener is called on the same thread, also before return. */
  void batch(BatchRequest request, BatchRequest.Listener listener);

  /** Lists keys of a bucket, one page at a time. */
  void list(ListRequest request, Consumer<ListOutcome> done);

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

  /** Why the node does not serve; null if it does. */
  @Nullable String notReady();

  /** A warning for the operator although the node serves, or null. */
  @Nullable String warning();
}
