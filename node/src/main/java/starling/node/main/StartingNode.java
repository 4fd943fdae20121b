package starling.node.main;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.request.BatchRequest;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties;
import starling.node.request.ListOutcome;
import starling.node.request.ListRequest;
import starling.node.request.MemberView;
import starling.node.request.NodeService;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.ring.Ring;
import starling.ring.RingFacts;
import starling.wire.ProblemKind;

/**
 * Answers for the node until its log is recovered, so that HTTP can listen, report its port and
 * answer health checks from the start. Used on the event loop only.
 */
final class StartingNode implements NodeService {
  private static final String STARTING = "the node is starting and recovers its log";

  private @Nullable NodeService node;

  void become(NodeService started) {
    node = started;
  }

  private static Rejection starting() {
    return Rejection.of(ProblemKind.NOT_READY, STARTING);
  }

  @Override
  public @Nullable Rejection rejectEarly() {
    return node == null ? null : node.rejectEarly();
  }

  @Override
  public void read(ReadRequest request, Consumer<ReadOutcome> done) {
    if (node == null) {
      done.accept(new ReadOutcome.Rejected(starting()));
    } else {
      node.read(request, done);
    }
  }

  @Override
  public void write(WriteRequest request, Consumer<WriteOutcome> done) {
    if (node == null) {
      done.accept(new WriteOutcome.Rejected(starting()));
    } else {
      node.write(request, done);
    }
  }

  @Override
  public void batch(BatchRequest request, BatchRequest.Listener listener) {
    if (node != null) {
      node.batch(request, listener);
      return;
    }
    for (int i = 0; i < request.operations().size(); i++) {
      if (request.operations().get(i) instanceof BatchRequest.Get) {
        listener.onRead(i, new ReadOutcome.Rejected(starting()));
      } else {
        listener.onWrite(i, new WriteOutcome.Rejected(starting()));
      }
    }
    listener.onEnd();
  }

  @Override
  public void list(ListRequest request, Consumer<ListOutcome> done) {
    if (node == null) {
      done.accept(new ListOutcome.Rejected(starting()));
    } else {
      node.list(request, done);
    }
  }

  @Override
  public void replicas(
      String requestId,
      String bucket,
      byte[] key,
      RequestOptions options,
      Consumer<ReplicaReport> done) {
    if (node == null) {
      done.accept(new ReplicaReport(0, List.of()));
    } else {
      node.replicas(requestId, bucket, key, options, done);
    }
  }

  @Override
  public BucketProperties bucket(String name) {
    return node == null ? BucketProperties.DEFAULT : node.bucket(name);
  }

  @Override
  public void changeBucket(
      String requestId, String name, BucketChange change, Consumer<BucketOutcome> done) {
    if (node == null) {
      done.accept(new BucketOutcome.Rejected(starting()));
    } else {
      node.changeBucket(requestId, name, change, done);
    }
  }

  @Override
  public List<MemberView> members() {
    return node == null ? List.of() : node.members();
  }

  @Override
  public Ring ring() {
    return node == null ? RingFacts.UNFOUNDED.ring() : node.ring();
  }

  @Override
  public @Nullable String warning() {
    return node == null ? null : node.warning();
  }

  @Override
  public @Nullable String notReady() {
    return node == null ? STARTING : node.notReady();
  }
}
