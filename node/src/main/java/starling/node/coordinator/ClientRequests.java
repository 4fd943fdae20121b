package starling.node.coordinator;

import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.request.ClientRequest;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.wire.ProblemKind;

/**
 * The requests of this node's clients, from admission to the outcome. Each ends once, even after an
 * exception.
 */
public final class ClientRequests {
  private static final Logger log = LoggerFactory.getLogger(ClientRequests.class);

  private static final Kind<ReadOutcome> READ =
      new Kind<>(
          "read",
          Rejection.of(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE),
          ReadOutcome.Rejected::new,
          outcome -> outcome instanceof ReadOutcome.Rejected end ? end.rejection() : null);

  private static final Kind<WriteOutcome> WRITE =
      new Kind<>(
          "write",
          Rejection.perhaps(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE),
          WriteOutcome.Rejected::new,
          outcome -> outcome instanceof WriteOutcome.Rejected end ? end.rejection() : null);

  private static final long BUSY_WORD_NANOS = 10_000_000_000L;

  /**
   * The kind of a request.
   *
   * @param error what an unexpected error says of the outcome
   * @param rejected makes an outcome of a rejection
   * @param rejection the rejection that an outcome is, or null
   */
  private record Kind<T>(
      String name,
      Rejection error,
      Function<Rejection, T> rejected,
      Function<T, @Nullable Rejection> rejection) {}

  private final ClusterView cluster;
  private final ReadCoordinator reads;
  private final WriteForwarding forwarding;
  private final AdmissionControl admissionControl;
  private final Clock clock;
  private final NodeCounters counters;
  private final int maxRequests;
  private long rejectionsTold;
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
  public @Nullable Rejection rejectEarly() {
    return rejection(admissionControl.judge(), 0);
  }

  private @Nullable Rejection rejection(ConcurrencyLimit.Decision decision, int millis) {
    return switch (decision) {
      case TAKEN -> null;
      case FULL -> {
        counters.overloaded++;
        yield Rejection.of(ProblemKind.OVERLOADED, maxRequests + " requests are under way already");
      }
      case BUSY -> {
        counters.rejectedForQueueDelay++;
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

  public void read(ReadRequest request, Consumer<ReadOutcome> done) {
    execute(READ, request, reads::read, done);
  }

  public void write(WriteRequest request, Consumer<WriteOutcome> done) {
    execute(WRITE, request, forwarding::write, done);
  }

  private <Q extends ClientRequest, T> void execute(
      Kind<T> kind, Q request, BiConsumer<Q, Consumer<T>> begin, Consumer<T> done) {
    Rejection rejection = admission(request);
    if (rejection != null) {
      done.accept(kind.rejected.apply(rejection));
      return;
    }
    UnderWay<T> underWay =
        new UnderWay<>(
            outcome -> {
              note(kind, request, outcome);
              done.accept(outcome);
            });
    try {
      begin.accept(request, underWay);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("request {}: an error ended the {}", request.requestId(), kind.name, e);
      underWay.accept(kind.rejected.apply(kind.error));
    }
  }

  /** Why a request is not executed, or null; an error here is a reason, too. */
  private @Nullable Rejection admission(ClientRequest request) {
    try {
      Integer asked = request.options().timeoutMillis();
      int millis = asked == null ? cluster.bucket(request.bucket()).timeoutMillis() : asked;
      return rejection(admissionControl.judge(millis), millis);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("request {}: an error ended it before it began", request.requestId(), e);
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
  private static <T> void note(Kind<T> kind, ClientRequest request, T outcome) {
    Rejection rejection = kind.rejection.apply(outcome);
    if (rejection != null && rejection.kind().status() >= 500) {
      log.info(
          "request {}: {} rejected: {}: {}; required {}, acknowledged {}, outcome {}",
          request.requestId(),
          kind.name,
          rejection.kind().slug(),
          rejection.detail(),
          rejection.required(),
          rejection.acknowledged(),
          rejection.outcome());
    }
  }

  /** Logs now and then that requests were rejected, not for each. */
  public void tick(long nowNanos) {
    long rejected =
        counters.rejectedForQueueDelay + counters.overloaded + counters.refusedAsTooLate;
    if (rejected == rejectionsTold || nowNanos < nextBusyWordNanos) {
      return;
    }
    log.warn(
        "{} client requests were rejected because the node is busy: it admits {} at once, work waits {} ms for its turn",
        rejected - rejectionsTold,
        admissionControl.limit(),
        admissionControl.waitMillis());
    rejectionsTold = rejected;
    nextBusyWordNanos = nowNanos + BUSY_WORD_NANOS;
  }
}
