package starling.node.runtime.metrics;

import java.util.Locale;
import java.util.function.ToDoubleFunction;
import starling.gossip.detector.DetectorCounters;
import starling.gossip.detector.DetectorCounters.Drop;
import starling.gossip.detector.DetectorCounters.ProbeResult;
import starling.node.NodeStatistics;

/** The metrics of failure detection. */
final class GossipMetrics {
  private static final double NANOS = 1e9;

  private final Metrics metrics;
  private final NodeStatistics statistics;

  GossipMetrics(Metrics metrics, NodeStatistics statistics) {
    this.metrics = metrics;
    this.statistics = statistics;
    for (ProbeResult result : ProbeResult.values()) {
      counter(
          "starling_gossip_probes_total",
          "Probes of other members, by result: answered directly, through other members, over a"
              + " connection only, not at all, or abandoned because this process was paused",
          counters -> counters.probes(result),
          "result",
          word(result));
    }
    String suspicions = "starling_gossip_suspicions_total";
    String help =
        "Suspicions known here: raised, refuted by the suspect, confirmed so that it counts as dead";
    counter(suspicions, help, DetectorCounters::suspicionsRaised, "event", "raised");
    counter(suspicions, help, DetectorCounters::suspicionsRefuted, "event", "refuted");
    counter(suspicions, help, DetectorCounters::suspicionsConfirmed, "event", "confirmed");
    metrics.gauge(
        "starling_gossip_local_health",
        "0 if this node hears others in time, 8 at worst; at 1 its probes, and suspicions that no"
            + " other member confirms, last twice as long, at 2 three times",
        () -> read(DetectorCounters::localHealth));
    metrics.gauge(
        "starling_gossip_oldest_probe_seconds",
        "Age of the oldest probe that is not answered; 0 if there is none",
        () -> read(DetectorCounters::oldestProbeNanos) / NANOS);
    counter("starling_gossip_packets_out_total", "Packets sent", DetectorCounters::packetsOut);
    counter("starling_gossip_packets_in_total", "Packets received", DetectorCounters::packetsIn);
    counter("starling_gossip_bytes_out_total", "Bytes of packets sent", DetectorCounters::bytesOut);
    counter(
        "starling_gossip_bytes_in_total", "Bytes of packets received", DetectorCounters::bytesIn);
    for (Drop reason : Drop.values()) {
      counter(
          "starling_gossip_packets_dropped_total",
          "Packets, or statements in them, that changed nothing",
          counters -> counters.dropped(reason),
          "reason",
          word(reason));
    }
  }

  private void counter(
      String name, String help, ToDoubleFunction<DetectorCounters> value, String... labels) {
    metrics.counter(name, help, () -> read(value), labels);
  }

  private double read(ToDoubleFunction<DetectorCounters> value) {
    DetectorCounters counters = statistics.detection();
    return counters == null ? 0 : value.applyAsDouble(counters);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
