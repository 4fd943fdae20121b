package starling.loadgen;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import starling.client.StarlingException;
import starling.loadgen.workload.OperationKind;

/**
 * What was measured since some moment. Any thread records; one thread reads. Only successes have a
 * latency: those of failures say how long deadlines are.
 */
final class Measurement {
  private static final int DIGITS = 3;
  private static final int MAX_ERROR_KINDS = 32;

  private final Map<OperationKind, OfKind> kinds = new EnumMap<>(OperationKind.class);
  private final Map<String, LongAdder> errorKinds = new ConcurrentHashMap<>();
  final LongAdder notFound = new LongAdder();

  /** Operations of an open loop that were sent late. */
  final LongAdder late = new LongAdder();

  /** What was measured of one kind. */
  private record OfKind(Recorder latencies, LongAdder errors) {}

  Measurement(List<OperationKind> measured) {
    measured.forEach(kind -> kinds.put(kind, new OfKind(new Recorder(DIGITS), new LongAdder())));
  }

  private OfKind of(OperationKind kind) {
    return Objects.requireNonNull(kinds.get(kind), "a kind that the workload does not have");
  }

  void succeeded(OperationKind kind, long nanos) {
    of(kind).latencies.recordValue(Math.max(0, nanos));
  }

  void failed(OperationKind kind, Throwable failure) {
    of(kind).errors.increment();
    Throwable cause = failure instanceof CompletionException c ? c.getCause() : failure;
    String name = cause instanceof StarlingException s ? s.kind() : String.valueOf(cause);
    String bounded = errorKinds.size() < MAX_ERROR_KINDS ? name : "other";
    errorKinds.computeIfAbsent(bounded, each -> new LongAdder()).increment();
  }

  /** Latencies in nanoseconds since the call before, by kind. */
  Map<OperationKind, Histogram> interval() {
    Map<OperationKind, Histogram> latencies = new EnumMap<>(OperationKind.class);
    kinds.forEach((kind, of) -> latencies.put(kind, of.latencies.getIntervalHistogram()));
    return latencies;
  }

  long errors(OperationKind kind) {
    return of(kind).errors.sum();
  }

  long errors() {
    return kinds.values().stream().mapToLong(of -> of.errors.sum()).sum();
  }

  /** How often each kind of failure occurred, by name. */
  Map<String, Long> errorKinds() {
    Map<String, Long> counts = new TreeMap<>();
    errorKinds.forEach((name, count) -> counts.put(name, count.sum()));
    return counts;
  }

  static Histogram histogram() {
    return new Histogram(DIGITS);
  }
}
