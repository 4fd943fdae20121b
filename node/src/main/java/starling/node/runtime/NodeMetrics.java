package starling.node.runtime;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
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
  private final Storage storage;

  /** A scrape runs on a thread of its own, and the storage may be asked by its owner only. */
  private volatile StorageStatistics latest;

  public NodeMetrics(MeterRegistry registry, Node node, Storage storage, PeerNetwork network) {
    this.registry = registry;
    this.storage = storage;
    this.latest = storage.statistics();
    NodeCounters counts = node.counters();
    counter("starling.reads.coordinated", "reads coordinated here", counts, c -> c.reads);
    counter("starling.writes.coordinated", "writes coordinated here", counts, c -> c.writes);
    counter("starling.writes.handed.on", "writes handed to a replica", counts, c -> c.handedOn);
    counter(
        "starling.writes.rejected.by.one",
        "writes that one replica rejected for itself and the next one was tried",
        counts,
        c -> c.rejectedByOne);
    counter("starling.writes.asks", "blind writes that asked first", counts, c -> c.asks);
    counter(
        "starling.writes.holders.asked",
        "nodes asked before a write because they hold hints of its partition",
        counts,
        c -> c.holdersAsked);
    counter("starling.merges", "sets merged into keys held here", counts, c -> c.merges);
    counter(
        "starling.reads.differences", "reads whose replicas differed", counts, c -> c.differences);
    counter(
        "starling.read.repairs", "sets sent to replicas that were behind", counts, c -> c.repairs);
    counter("starling.hedges", "questions asked because a replica was slow", counts, c -> c.hedges);
    counter("starling.hedges.won", "hedges that answered first", counts, c -> c.hedgesWon);
    counter(
        "starling.hedges.withheld", "hedges beyond their budget", counts, c -> c.hedgesWithheld);
    counter(
        "starling.peer.chunked.messages",
        "messages to other nodes that were longer than a frame",
        counts,
        c -> c.chunked);
    counter(
        "starling.peer.chunked.messages.undelivered",
        "such messages that their receiver did not take whole",
        counts,
        c -> c.undelivered);
    counter("starling.peer.declined", "questions of other nodes declined", counts, c -> c.declined);
    counter(
        "starling.ring.differences",
        "requests decided by another ring",
        counts,
        c -> c.ringDifferences);
    counter(
        "starling.register.differences",
        "requests decided by another register of their bucket",
        counts,
        c -> c.registerDifferences);
    counter(
        "starling.requests.overloaded", "requests refused at a bound", counts, c -> c.overloaded);
    counter(
        "starling.peer.malformed",
        "frames of peers that could not be read",
        counts,
        c -> c.malformed);
    counter(
        "starling.dot.collisions", "events seen with two contents", counts, c -> c.dotCollisions);
    counter("starling.hints.sent", "sets sent to a fallback", counts, c -> c.hintsSent);
    counter("starling.hints.taken", "sets taken to be kept for others", counts, c -> c.hintsTaken);
    counter("starling.hints.refused", "sets refused at the quota", counts, c -> c.hintsRefused);
    counter("starling.hints.delivered", "hints their primary took", counts, c -> c.hintsDelivered);
    counter(
        "starling.hints.lost",
        "damaged records that may have been kept for other nodes",
        counts,
        c -> c.hintsLost);
    counter(
        "starling.hint.batches.failed",
        "batches a primary did not take",
        counts,
        c -> c.hintBatchesFailed);
    counter(
        "starling.hint.batches.put.off",
        "batches a primary had no time for",
        counts,
        c -> c.hintBatchesPutOff);
    counter(
        "starling.requests.turned.away",
        "requests refused at the door because others wait",
        counts,
        c -> c.turnedAway);
    counter(
        "starling.requests.too.late",
        "requests refused because answering takes longer than they wait",
        counts,
        c -> c.refusedAsTooLate);
    gauge(
        "starling.requests.limit",
        "client requests let in at once at present",
        node,
        Node::requestLimit);
    gauge(
        "starling.wait.milliseconds",
        "how long work lately waited for its turn",
        node,
        Node::waitMillis);
    counter("starling.writes.stood.in", "events made as a fallback", counts, c -> c.standIns);
    counter("starling.writes.repeated", "writes found to be made before", counts, c -> c.repeated);
    counter("starling.peer.late", "questions dropped beyond their deadline", counts, c -> c.late);
    gauge(
        "starling.key.waiting.bytes",
        "bytes that wait for a read, a lease or the list of hints",
        node,
        Node::waitingBytes);
    gauge(
        "starling.reads.held.bytes",
        "bytes of sets that reads under way hold",
        node,
        Node::readBytes);
    gauge(
        "starling.writes.held.bytes",
        "bytes of values of writes whose last replica has not answered",
        node,
        Node::writeBytes);
    gauge(
        "starling.hints.overdue",
        "sets kept for members that have been away for longer than hints.maxAge",
        node,
        Node::hintsOverdue);
    gauge(
        "starling.debts.overdue",
        "keys missed by members that have been away for longer than hints.maxAge",
        node,
        Node::debtsOverdue);
    gauge("starling.debts", "keys that other primaries have missed", node, Node::debts);
    counter(
        "starling.debts.refused", "misses beyond the bound of debts", counts, c -> c.debtsRefused);
    counter(
        "starling.debts.delivered", "debts their primary holds now", counts, c -> c.debtsDelivered);
    gauge("starling.hints", "sets kept for other nodes", node, Node::hintsHeld);
    gauge(
        "starling.hint.partitions",
        "partitions that may hold sets for other nodes",
        node,
        Node::hintPartitions);
    gauge("starling.hints.bytes", "bytes kept for other nodes", node, Node::hintBytes);
    gauge(
        "starling.requests.in.flight",
        "requests under way that clients brought, or other nodes handed on",
        node,
        Node::requestsInFlight);
    gauge(
        "starling.peer.calls.in.flight",
        "questions that wait for an answer",
        node,
        Node::callsInFlight);
    counter(
        "starling.rolled.back",
        "times this directory was found to be of the past, or of nothing but an id",
        counts,
        c -> c.rolledBack);
    counter(
        "starling.partitions.completed",
        "partitions that were compared and count to reads again",
        counts,
        c -> c.completed);
    counter(
        "starling.partitions.recovered.below.quorum",
        "partitions that became complete though more copies were lost than the durability covers",
        counts,
        c -> c.completedBelowQuorum);
    counter(
        "starling.partitions.recovered.unheard",
        "partitions that became complete without a primary, by accepting stale data",
        counts,
        c -> c.completedUnheard);
    gauge(
        "starling.shown.position",
        "how far the log was durable when peers were last told",
        node,
        Node::shownPosition);
    gauge(
        "starling.others.heard",
        "other nodes that told what they remember of this one since it started",
        node,
        Node::othersHeard);
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
    storage();
    network(network);
  }

  /** Looks at the storage again; to be called by its owner, every second or so. */
  public void refresh() {
    latest = storage.statistics();
  }

  private static double members(Node node, String status) {
    int count = 0;
    for (MemberView member : node.members()) {
      count += member.status().equals(status) ? 1 : 0;
    }
    return count;
  }

  private void storage() {
    statistic("starling.log.segments", "segments of the log", s -> s.segments());
    statistic("starling.log.bytes", "bytes in all segments", s -> s.logBytes());
    statistic(
        "starling.log.live.ratio",
        "part of the log that is not known to be superseded",
        s -> s.logBytes() == 0 ? 1 : (double) s.liveBytes() / s.logBytes());
    statistic(
        "starling.log.write.amplification",
        "bytes written for each byte that was appended",
        StorageStatistics::writeAmplification);
    statistic("starling.log.queue.records", "appends waiting", s -> s.queuedRecords());
    statistic("starling.log.queue.bytes", "bytes waiting", s -> s.queuedBytes());
    total("starling.log.groups", "groups written", s -> s.groups());
    total("starling.log.appended", "records appended", s -> s.appended());
    total("starling.log.appended.bytes", "bytes appended", s -> s.appendedBytes());
    total("starling.log.forces", "fsyncs of the log", s -> s.forces());
    total("starling.log.refused", "appends refused at the bound", s -> s.refused());
    total("starling.log.set.aside", "damaged ranges set aside", s -> s.setAside());
    statistic("starling.log.set.aside.bytes", "bytes of damaged ranges", s -> s.setAsideBytes());
    histogram("starling.log.group.records", "records per group", 1, s -> s.groupRecords());
    histogram("starling.log.group.seconds", "how long a group took", 1e-9, s -> s.groupNanos());
    histogram("starling.log.force.seconds", "how long an fsync took", 1e-9, s -> s.forceNanos());
    statistic("starling.index.entries", "entries of the index", s -> s.entries());
    statistic("starling.index.memtables", "memtables", s -> s.memtables());
    statistic("starling.index.memtable.entries", "entries in them", s -> s.memtableEntries());
    statistic("starling.index.memtable.bytes", "heap they take", s -> s.memtableBytes());
    statistic("starling.index.runs", "runs of the index", s -> s.runs());
    statistic("starling.index.bytes", "bytes of the runs on the disk", s -> s.indexBytes());
    total("starling.index.flushes", "memtables written as runs", s -> s.flushes());
    total("starling.index.merges", "merges of runs", s -> s.merges());
    total("starling.index.written.bytes", "bytes written to runs", s -> s.runBytes());
    total("starling.compaction.segments", "segments emptied", s -> s.compactions());
    total("starling.compaction.bytes", "bytes copied from them", s -> s.coldBytes());
    statistic(
        "starling.compaction.progress", "of the segment at hand, 0 to 1", s -> s.compactionDone());
    statistic("starling.scrub.progress", "of this round, 0 to 1", s -> s.scrubDone());
    total("starling.scrub.bytes", "bytes read by the scrub", s -> s.scrubbedBytes());
    total("starling.storage.reads", "sets read", s -> s.reads());
    total("starling.storage.cold.reads", "of these left to the readers", s -> s.coldReads());
    total("starling.storage.reads.retried", "reads that failed once", s -> s.readsTriedAgain());
    total(
        "starling.storage.failed.operations",
        "flushes, merges and the like that failed and were tried again",
        s -> s.failedOperations());
    total("starling.cache.hits", "reads answered from the cache", s -> s.hotHits());
    total("starling.cache.misses", "reads that were not in it", s -> s.hotMisses());
    statistic("starling.cache.bytes", "bytes in the cache", s -> s.hotBytes());
    statistic("starling.storage.full", "1 while writes are refused", s -> s.full() ? 1 : 0);
    statistic(
        "starling.storage.stalled",
        "1 while the store waits for something that may pass, as free descriptors",
        s -> s.stalled() ? 1 : 0);
    gauge(
        "starling.log.failed",
        "1 after the log has failed",
        storage,
        s -> s.failure() == null ? 0 : 1);
  }

  /**
   * A histogram that is counted elsewhere, by powers of two: a counter per bound, of all values up
   * to it, with the bound as {@code le}.
   */
  private void histogram(
      String name, String words, double unit, Function<StorageStatistics, List<Long>> counts) {
    int bounds = counts.apply(latest).size();
    for (int i = 0; i < bounds; i++) {
      int last = i;
      double bound = i == bounds - 1 ? Double.POSITIVE_INFINITY : unit * ((1L << i) - 1);
      FunctionCounter.builder(
              name,
              this,
              metrics -> {
                List<Long> all = counts.apply(metrics.latest);
                return all.subList(0, last + 1).stream().mapToLong(Long::longValue).sum();
              })
          .description(words)
          .tag("le", Double.isInfinite(bound) ? "+Inf" : Double.toString(bound))
          .register(registry);
    }
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

  private void statistic(String name, String words, ToDoubleFunction<StorageStatistics> value) {
    gauge(name, words, this, metrics -> value.applyAsDouble(metrics.latest));
  }

  private void total(String name, String words, ToDoubleFunction<StorageStatistics> value) {
    counter(name, words, this, metrics -> value.applyAsDouble(metrics.latest));
  }

  private <T> void gauge(String name, String words, T source, ToDoubleFunction<T> value) {
    Gauge.builder(name, source, value).description(words).register(registry);
  }

  private <T> void counter(String name, String words, T source, ToDoubleFunction<T> value) {
    FunctionCounter.builder(name, source, value).description(words).register(registry);
  }
}
