package starling.node.coordinator;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.wire.ProblemKind;

/**
 * The requests of this node's clients, from admission to the outcome. Each ends once, even after an
 * exception.
 */
public final class ClientRequests {
  private static final Logger log = LoggerFactory.getLogger(ClientRequests.class);

  private static final long BUSY_WORD_NANOS = 10_000_000_000L;

  private final ClusterView cluster;
  private final ReadCoordinator reads;
  private final WriteForwarding forwarding;
  private final AdmissionControl admissionControl;
  private final Clock clock;
  private final NodeCounters counters;
  private final int maxRequests;
  private long refusedTold;
  private long nextBusyWordNanos = Long.MIN_VALUE;

  /**
   * @param maxRequests how many may be under way at once
   */
  public ClientRequests(
      ClusterView cluster,
      ReadCoordinator reads,
      WriteForwarding forwarding,
      AdmissionControl admissionControl,
      Clock clock,
      NodeCounters counters,
      int maxRequests) {
    this.cluster = cluster;
    this.reads = reads;
    this.forwarding = forwarding;
    this.admissionControl = admissionControl;
    this.clock = clock;
    this.counters = counters;
    this.maxRequests = maxRequests;
  }

  /** Why a request of which nothing is known yet is rejected, or null. */
  public @Nullable Rejection turnAway() {
    return refusal(admissionControl.judge(), 0);
  }

  private @Nullable Rejection refusal(ConcurrencyLimit.Decision verdict, int millis) {
    return switch (verdict) {
      case TAKEN -> null;
      case FULL -> {
        counters.overloaded++;
        yield Rejection.of(ProblemKind.OVERLOADED, maxRequests + " requests are under way already");
      }
      case BUSY -> {
        counters.turnedAway++;
        yield Rejection.of(
            ProblemKind.OVERLOADED, "more requests wait than the node can answer in time");
      }
      case TOO_LATE -> {
        counters.refusedAsTooLate++;
        yield Rejection.of(
            ProblemKind.OVERLOADED,
            "an answer takes longer at present than the " + millis + " ms given");
      }
    };
  }

  /** Why a request is not executed, or null. */
  private @Nullable Rejection refusal(String bucket, RequestOptions options) {
    Integer asked = options.timeoutMillis();
    int millis = asked == null ? cluster.bucket(bucket).timeoutMillis() : asked;
    return refusal(admissionControl.judge(millis), millis);
  }

  public void read(ReadRequest request, Consumer<ReadOutcome> done) {
    Rejection refusal = admission(request.requestId(), request.bucket(), request.options());
    if (refusal != null) {
      done.accept(new ReadOutcome.Rejected(refusal));
      return;
    }
    UnderWay<ReadOutcome> underWay =
        new UnderWay<>(
            outcome -> {
              if (outcome instanceof ReadOutcome.Rejected refused) {
                note("read", request.requestId(), refused.rejection());
              }
              done.accept(outcome);
            });
    try {
      reads.read(request, underWay);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("request {}: an error ended the read", request.requestId(), e);
      underWay.accept(
          new ReadOutcome.Rejected(Rejection.of(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE)));
    }
  }

  /** Why a request is not executed, or null; an error here is a reason, too. */
  private @Nullable Rejection admission(String requestId, String bucket, RequestOptions options) {
    try {
      return refusal(bucket, options);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("request {}: an error ended it before it began", requestId, e);
      return Rejection.of(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE);
    }
  }

  /** An admitted request, which counts among those under way. */
  private final class UnderWay<T> extends Once<T> {
    private final long begunNanos = clock.nanoTime();

    UnderWay(Consumer<T> done) {
      super(done);
      admissionControl.begun();
    }

    @Override
    void onEnd() {
      admissionControl.ended(begunNanos);
    }
  }

  /** Errors of clients are for clients; failures of the cluster belong in its log. */
  private static void note(String what, String requestId, Rejection refusal) {
    if (refusal.kind().status() >= 500) {
      log.info(
          "request {}: {} rejected: {}: {}; required {}, acknowledged {}, outcome {}",
          requestId,
          what,
          refusal.kind().slug(),
          refusal.detail(),
          refusal.required(),
          refusal.acknowledged(),
          refusal.outcome());
    }
  }

  public void write(WriteRequest request, Consumer<WriteOutcome> done) {
    Rejection refusal = admission(request.requestId(), request.bucket(), request.options());
    if (refusal != null) {
      done.accept(new WriteOutcome.Rejected(refusal));
      return;
    }
    UnderWay<WriteOutcome> underWay =
        new UnderWay<>(
            outcome -> {
              if (outcome instanceof WriteOutcome.Rejected refused) {
                note("write", request.requestId(), refused.rejection());
              }
              done.accept(outcome);
            });
    try {
      forwarding.write(request, underWay);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("request {}: an error ended the write", request.requestId(), e);
      underWay.accept(
          new WriteOutcome.Rejected(
              Rejection.perhaps(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE)));
    }
  }

  /** Logs now and then that requests were rejected, not for each. */
  public void tick(long nowNanos) {
    long refused = counters.turnedAway + counters.overloaded + counters.refusedAsTooLate;
    if (refused == refusedTold || nowNanos < nextBusyWordNanos) {
      return;
    }
    log.warn(
        "{} client requests were rejected because the node is busy: it admits {} at once, work waits {} ms for its turn",
        refused - refusedTold,
        admissionControl.limit(),
        admissionControl.waitMillis());
    refusedTold = refused;
    nextBusyWordNanos = nowNanos + BUSY_WORD_NANOS;
  }
}
