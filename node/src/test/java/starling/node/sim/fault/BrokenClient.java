package starling.node.sim.fault;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.sim.SimCluster;
import starling.node.sim.workload.ClientBehavior;
import starling.node.sim.workload.Workload;
import starling.node.version.IdempotencyKey;

/**
 * Habits of clients that break one promise between the request and the node, or between the answer
 * and the client. Each stands for a node that would do the same on its own: what a request asks for
 * is left out, or its outcome is told as another one. They keep nothing from one request to the
 * next.
 */
final class BrokenClient {
  private BrokenClient() {}

  /** A write is answered with the context that a read finds after it. */
  static void claimsMoreThanWasShown(
      SimCluster cluster, int node, WriteRequest request, Consumer<WriteOutcome> done) {
    cluster.write(
        node,
        request,
        outcome -> {
          if (outcome instanceof WriteOutcome.Written written && cluster.up(node)) {
            String key = SimCluster.text(request.key());
            readSilently(cluster, node, key, read -> done.accept(claiming(read, written)));
          } else {
            done.accept(outcome);
          }
        });
  }

  /** Answers are lost on the way: the client asks again, elsewhere and without a name. */
  static void retriesWithoutName(
      SimCluster cluster, int node, WriteRequest request, Consumer<WriteOutcome> done) {
    cluster.write(
        node,
        request,
        outcome -> {
          int other = (node + 1) % cluster.size();
          if (outcome instanceof WriteOutcome.Written
              && request.idempotency() != null
              && cluster.up(other)) {
            cluster.write(other, with(request, request.context(), request.condition(), null), done);
          } else {
            done.accept(outcome);
          }
        });
  }

  /** Every refusal is told as one after which surely nothing was written. */
  static void takesTimeoutsForRefusals(
      SimCluster cluster, int node, WriteRequest request, Consumer<WriteOutcome> done) {
    cluster.write(
        node,
        request,
        outcome ->
            done.accept(
                outcome instanceof WriteOutcome.Rejected refused
                    ? new WriteOutcome.Rejected(
                        Rejection.of(refused.rejection().kind(), refused.rejection().detail()))
                    : outcome));
  }

  /** The condition is judged by a read, and the write that it holds for is sent without any. */
  static void judgesThenWritesBlind(
      SimCluster cluster, int node, WriteRequest request, Consumer<WriteOutcome> done) {
    if (request.condition() instanceof Condition.Matches matches) {
      readSilently(
          cluster,
          node,
          SimCluster.text(request.key()),
          read -> {
            boolean holds =
                read instanceof ReadOutcome.Found found
                    && matches.hashes().contains(found.versionHash());
            Condition rest = holds ? Condition.NONE : request.condition();
            if (cluster.up(node)) {
              cluster.write(node, with(request, null, rest, request.idempotency()), done);
            }
          });
    } else {
      cluster.write(node, request, done);
    }
  }

  /** A blind delete of a key of which a primary holds nothing is answered, and not written. */
  static void sparesDeletesOfNothing(
      SimCluster cluster, int node, WriteRequest request, Consumer<WriteOutcome> done) {
    if (!request.content().isTombstone() || request.context() != null) {
      cluster.write(node, request, done);
      return;
    }
    RequestOptions one = new RequestOptions(Quorum.ONE, null, null, null, null, null);
    String key = SimCluster.text(request.key());
    cluster.read(
        node,
        request.bucket(),
        key,
        null,
        one,
        read -> {
          if (read instanceof ReadOutcome.Missing missing && !missing.deleted()) {
            done.accept(new WriteOutcome.Written("", WriteOutcome.Written.UNNAMED));
          } else if (cluster.up(node)) {
            cluster.write(node, request, done);
          }
        });
  }

  /**
   * A creation that asks for w nodes is judged on as many as would meet earlier writes at that w.
   */
  static void judgesByOwnW(
      SimCluster cluster, int node, WriteRequest request, Consumer<WriteOutcome> done) {
    RequestOptions options = request.options();
    if (request.condition() != Condition.ABSENT || !Quorum.ALL.equals(options.w())) {
      cluster.write(node, request, done);
      return;
    }
    RequestOptions one = new RequestOptions(Quorum.ONE, null, null, null, null, null);
    String key = SimCluster.text(request.key());
    cluster.read(
        node,
        request.bucket(),
        key,
        null,
        one,
        read -> {
          boolean holds = read instanceof ReadOutcome.Missing;
          if (cluster.up(node)) {
            cluster.write(
                node,
                holds ? with(request, "", Condition.NONE, request.idempotency()) : request,
                done);
          }
        });
  }

  /** A read whose context is lost is answered with what is there. */
  static final class LeavesLostContextsOut implements ClientBehavior {
    @Override
    public void write(
        SimCluster cluster, int node, WriteRequest request, Consumer<WriteOutcome> done) {
      cluster.write(node, request, done);
    }

    @Override
    public void read(
        SimCluster cluster, int node, ReadRequest request, Consumer<ReadOutcome> done) {
      cluster.read(
          node,
          request,
          outcome -> {
            if (outcome instanceof ReadOutcome.Rejected refused
                && refused.rejection().lost()
                && cluster.up(node)) {
              cluster.read(
                  node,
                  request.bucket(),
                  SimCluster.text(request.key()),
                  null,
                  request.options(),
                  done);
            } else {
              done.accept(outcome);
            }
          });
    }
  }

  /** Reads leave out the context that they were given. */
  static final class ReadsWithoutContext implements ClientBehavior {
    @Override
    public void write(
        SimCluster cluster, int node, WriteRequest request, Consumer<WriteOutcome> done) {
      cluster.write(node, request, done);
    }

    @Override
    public void read(
        SimCluster cluster, int node, ReadRequest request, Consumer<ReadOutcome> done) {
      cluster.read(
          node,
          new ReadRequest(
              request.requestId(), request.bucket(), request.key(), null, request.options()),
          done);
    }
  }

  private static void readSilently(
      SimCluster cluster, int node, String key, Consumer<ReadOutcome> done) {
    cluster.read(node, Workload.BUCKET, key, null, RequestOptions.NONE, done);
  }

  private static WriteOutcome claiming(ReadOutcome read, WriteOutcome.Written written) {
    return read instanceof ReadOutcome.Found found
        ? new WriteOutcome.Written(found.context(), written.versionHash())
        : written;
  }

  private static WriteRequest with(
      WriteRequest request,
      @Nullable String context,
      Condition condition,
      @Nullable IdempotencyKey idempotency) {
    return new WriteRequest(
        request.requestId(),
        request.bucket(),
        request.key(),
        request.content(),
        context,
        condition,
        request.options(),
        idempotency,
        idempotency != null && request.firstAttempt());
  }
}
