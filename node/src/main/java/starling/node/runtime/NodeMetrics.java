package starling.node.runtime;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import starling.node.replica.MemberView;
import starling.node.replica.Node;
import starling.node.replica.NodeCounters;
import starling.node.runtime.rpc.PeerNetwork;
import starling.node.runtime.rpc.PeerStatistics;
import starling.node.runtime.rpc.RefusalReason;
import starling.node.storage.Storage;
import starling.node.storage.StorageStatistics;

/**
 * Publishes what a node, its log and its connections count. The counts are plain fields of the
 * event loop; they are read when somebody scrapes, on that same loop.
 */
public final class NodeMetrics {
  private final MeterRegistry registry;

  public NodeMetrics(MeterRegistry registry, Node node, Storage storage, PeerNetwork network) {
    this.registry = registry;
    NodeCounters counts = node.counters();
    counter("starling.reads.coordinated", "reads coordinated here", counts, c -> c.reads);
    counter("starling.writes.coordinated", "writes coordinated here", counts, c -> c.writes);
    counter("starling.writes.handed.on", "writes handed to a replica", counts, c -> c.handedOn);
    counter("starling.writes.asks", "blind writes that asked first", counts, c -> c.asks);
    counter("starling.merges", "sets merged into keys held here", counts, c -> c.merges);
    counter(
        "starling.reads.differences", "reads whose replicas differed", counts, c -> c.differences);
    counter(
        "starling.read.repairs", "sets sent to replicas that were behind", counts, c -> c.repairs);
    counter("starling.hedges", "questions asked because a replica was slow", counts, c -> c.hedges);
    counter("starling.peer.declined", "questions of other nodes declined", counts, c -> c.declined);
    counter(
        "starling.ring.differences",
        "requests decided by another ring",
        counts,
        c -> c.ringDifferences);
    counter(
        "starling.requests.overloaded", "requests refused at a bound", counts, c -> c.overloaded);
    counter(
        "starling.peer.malformed",
        "frames of peers that could not be read",
        counts,
        c -> c.malformed);
    counter(
        "starling.dot.collisions", "events seen with two contents", counts, c -> c.dotCollisions);
    gauge("starling.requests.in.flight", "client requests under way", node, Node::requestsInFlight);
    gauge(
        "starling.peer.calls.in.flight",
        "questions that wait for an answer",
        node,
        Node::callsInFlight);
    gauge(
        "starling.partitions.incomplete",
        "partitions that count to no read",
        node,
        Node::incompletePartitions);
    gauge(
        "starling.clock.ahead.milliseconds",
        "counters ahead of the wall clock",
        node,
        Node::clockAheadMillis);
    counter(
        "starling.clock.far.ahead",
        "counters received from far ahead",
        node,
        Node::countersFarAhead);
    gauge("starling.ring.version", "version of the ring in force", node, n -> n.ring().version());
    gauge("starling.ready", "1 while the node is ready", node, n -> n.notReady() == null ? 1 : 0);
    for (String status : List.of("alive", "suspect", "dead", "left")) {
      Gauge.builder("starling.members", node, n -> members(n, status))
          .description("members by status")
          .tag("status", status)
          .register(registry);
    }
    storage(storage);
    network(network);
  }

  private static double members(Node node, String status) {
    int count = 0;
    for (MemberView member : node.members()) {
      count += member.status().equals(status) ? 1 : 0;
    }
    return count;
  }

  private void storage(Storage storage) {
    statistic("starling.log.segments", "segments of the log", storage, s -> s.segments());
    statistic("starling.log.bytes", "bytes in all segments", storage, s -> s.logBytes());
    statistic("starling.index.entries", "entries of the index", storage, s -> s.entries());
    statistic("starling.log.queue.records", "appends waiting", storage, s -> s.queuedRecords());
    statistic("starling.log.queue.bytes", "bytes waiting", storage, s -> s.queuedBytes());
    total("starling.log.groups", "groups written", storage, s -> s.groups());
    total("starling.log.appended", "records appended", storage, s -> s.appended());
    total("starling.log.appended.bytes", "bytes appended", storage, s -> s.appendedBytes());
    total("starling.log.forces", "fsyncs of the log", storage, s -> s.forces());
    total("starling.log.set.aside", "damaged ranges set aside", storage, s -> s.setAside());
    total("starling.log.refused", "appends refused at the bound", storage, s -> s.refused());
    gauge(
        "starling.log.failed",
        "1 after the log has failed",
        storage,
        s -> s.failure() == null ? 0 : 1);
  }

  private void network(PeerNetwork network) {
    peers("starling.peer.frames.out", "frames sent to peers", network, s -> s.framesOut());
    peers("starling.peer.frames.in", "frames of peers", network, s -> s.framesIn());
    peers("starling.peer.bytes.out", "bytes sent to peers", network, s -> s.bytesOut());
    peers("starling.peer.bytes.in", "bytes of peers", network, s -> s.bytesIn());
    peers(
        "starling.peer.frames.dropped",
        "frames refused at a bound or lost",
        network,
        s -> s.framesDropped());
    peers("starling.peer.dials.failed", "connections not made", network, s -> s.dialsFailed());
    for (RefusalReason reason : RefusalReason.values()) {
      FunctionCounter.builder("starling.peer.refused", network, n -> n.statistics().refused(reason))
          .description("connections to peers turned away")
          .tag("reason", reason.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
    gauge(
        "starling.peer.queue.bytes",
        "bytes waiting for peers",
        network,
        n -> n.statistics().queuedBytes());
    connections("control", network, s -> s.controlConnections());
    connections("data", network, s -> s.dataConnections());
  }

  private void connections(
      String channel, PeerNetwork network, ToDoubleFunction<PeerStatistics> value) {
    Gauge.builder("starling.peer.connections", network, n -> value.applyAsDouble(n.statistics()))
        .description("connections to peers by channel")
        .tag("channel", channel)
        .register(registry);
  }

  private void peers(
      String name, String words, PeerNetwork network, ToDoubleFunction<PeerStatistics> value) {
    counter(name, words, network, n -> value.applyAsDouble(n.statistics()));
  }

  private void statistic(
      String name, String words, Storage storage, ToDoubleFunction<StorageStatistics> value) {
    gauge(name, words, storage, s -> value.applyAsDouble(s.statistics()));
  }

  private void total(
      String name, String words, Storage storage, ToDoubleFunction<StorageStatistics> value) {
    counter(name, words, storage, s -> value.applyAsDouble(s.statistics()));
  }

  private <T> void gauge(String name, String words, T source, ToDoubleFunction<T> value) {
    Gauge.builder(name, source, value).description(words).register(registry);
  }

  private <T> void counter(String name, String words, T source, ToDoubleFunction<T> value) {
    FunctionCounter.builder(name, source, value).description(words).register(registry);
  }
}
