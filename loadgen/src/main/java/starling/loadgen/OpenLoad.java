package starling.loadgen;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import starling.loadgen.workload.OperationKind;
import starling.loadgen.workload.Operations;
import starling.loadgen.workload.Operations.Operation;

/**
 * Operations that are due at fixed times, whatever the cluster does. Latency counts from when an
 * operation was due: an operation that waits behind a stall has that stall in its latency.
 */
final class OpenLoad extends Load {
  /** Beyond that, operations wait before they are sent, and count as late. */
  static final int MAX_IN_FLIGHT = 20_000;

  private static final long LATE_NANOS = 10_000_000;
  private static final long SECOND = 1_000_000_000L;
  private static final double MANY = 0.01;

  private final double rate;
  private final Thread sender = new Thread(this::work, "loadgen-sender");
  private volatile long unsent;
  private final LongAdder sent = new LongAdder();

  OpenLoad(Operations operations, Target target, List<OperationKind> kinds, double rate) {
    super(operations, target, kinds);
    this.rate = rate;
    sender.setDaemon(true);
  }

  @Override
  void start() {
    sender.start();
  }

  private void work() {
    long start = System.nanoTime();
    for (long i = 0; !stopping; i++) {
      long due = start + (long) (i * (SECOND / rate));
      long now = System.nanoTime();
      while (!stopping && (now < due || inFlight.get() >= MAX_IN_FLIGHT)) {
        LockSupport.parkNanos(Math.max(50_000, due - now));
        now = System.nanoTime();
      }
      if (stopping) {
        unsent = Math.max(0, (long) ((now - due) * (rate / SECOND)));
        return;
      }
      Measurement into = current;
      sent.increment();
      if (now - due > LATE_NANOS) {
        into.late.increment();
      }
      Operation operation = operations.next();
      var unused =
          send(operation)
              .whenComplete((value, failure) -> ended(operation, due, into, value, failure));
    }
  }

  @Override
  Measurement measure() {
    sent.reset();
    return super.measure();
  }

  @Override
  void stop() {
    super.stop();
    LockSupport.unpark(sender);
  }

  @Override
  boolean idle() {
    return !sender.isAlive() && super.idle();
  }

  @Override
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    long late = current.late.sum();
    if (late > MANY * sent.sum()) {
      warnings.add(
          late
              + " of "
              + sent.sum()
              + " operations were sent more than 10 ms after they were due: the generator or its"
              + " bound of "
              + MAX_IN_FLIGHT
              + " operations in flight delayed them; their latencies contain that");
    }
    if (unsent > 0) {
      warnings.add(
          unsent
              + " operations were due but not sent when the run ended, and are in no figure: the"
              + " cluster or the generator did not keep up with the rate");
    }
    return warnings;
  }
}
