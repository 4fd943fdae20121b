package starling.loadgen;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;

/**
 * One second of a run.
 *
 * @param latencies in nanoseconds
 * @param serverNanos CPU time of the servers, where it is known
 */
record Window(
    double endSeconds,
    double seconds,
    Histogram latencies,
    long errors,
    OptionalLong serverNanos,
    long ownNanos) {

  long operations() {
    return latencies.getTotalCount();
  }

  double throughput() {
    return operations() / seconds;
  }

  ObjectNode json() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("endSeconds", Numbers.rounded(endSeconds));
    node.put("throughput", Numbers.rounded(throughput()));
    node.put("errors", errors);
    node.setAll(Numbers.percentiles(latencies));
    if (operations() > 0) {
      serverNanos.ifPresent(
          nanos ->
              node.put("serverCpuMicrosPerOperation", Numbers.rounded(nanos / 1e3 / operations())));
      node.put("generatorCpuMicrosPerOperation", Numbers.rounded(ownNanos / 1e3 / operations()));
    }
    return node;
  }

  /** A line for the person who waits. */
  String progress() {
    return String.format(
        java.util.Locale.ROOT,
        "%4.0f s: %,.0f ops/s, %,d errors, p50 %.2f ms, p99 %.2f ms",
        endSeconds,
        throughput(),
        errors,
        latencies.getValueAtPercentile(50) / 1e6,
        latencies.getValueAtPercentile(99) / 1e6);
  }
}
