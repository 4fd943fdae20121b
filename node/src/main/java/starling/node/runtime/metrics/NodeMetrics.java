package starling.node.runtime.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import starling.node.Node;
import starling.node.NodeStatistics;
import starling.node.cluster.PartitionAvailability;
import starling.node.metrics.NodeCounters;
import starling.node.request.MemberView;
import starling.node.runtime.rpc.PeerNetwork;
import starling.node.runtime.rpc.PeerStatistics;
import starling.node.runtime.rpc.RejectionReason;
import starling.node.storage.Log2Counts;
import starling.node.storage.Storage;
import starling.node.storage.StorageStatistics;

/** The metrics of a node, its storage and its connections to other nodes. */
public final class NodeMetrics {
  private static final double NANOS = 1e9;

  /** From 8 microseconds to 17 seconds. */
  private static final int MIN_NANO_BITS = 13;

  private static final int MAX_NANO_BITS = 34;

  /** A write group has at least one record and seldom more than 64 Ki. */
  private static final int MIN_RECORD_BITS = 1;

  private static final int MAX_RECORD_BITS = 16;

  private final Metrics metrics;
  private final Node node;
  private final NodeStatistics statistics;
  private final Storage storage;
  private final PeerNetwork network;

  /** The statistics of the parts at the start of a refresh, which asks each of them once. */
  private StorageStatistics stored;

  private PeerStatistics connected;
  private PartitionAvailability partitions;
  private final Map<String, Integer> members = new HashMap<>();

  public NodeMetrics(Metrics metrics, Node node, Storage storage, PeerNetwork network) {
    this.metrics = metrics;
    this.node = node;
    this.statistics = node.statistics();
    this.storage = storage;
    this.network = network;
    this.stored = storage.statistics();
    this.connected = network.statistics();
    this.partitions = statistics.partitions();
    metrics.beforeRefresh(this::ask);
    requests(statistics.counters());
    betweenNodes(statistics.counters());
    hints(statistics.counters());
    recovery(statistics.counters());
    cluster();
    var unused = new GossipMetrics(metrics, statistics);
    log();
    index();
    network();
  }

  private void ask() {
    partitions = statistics.partitions();
    stored = storage.statistics();
    connected = network.statistics();
    members.clear();
    for (MemberView member : node.members()) {
      members.merge(member.status(), 1, Integer::sum);
    }
  }

  private void requests(NodeCounters counts) {
    counter(
        "starling_reads_coordinated_total", "Reads coordinated by this node", () -> counts.reads);
    counter(
        "starling_writes_coordinated_total",
        "Writes coordinated by this node",
        () -> counts.writes);
    counter(
        "starling_writes_coordinated_by_fallback_total",
        "Writes that this node coordinated as a fallback, since no primary answered",
        () -> counts.coordinatedByFallback);
    counter(
        "starling_writes_forwarded_total",
        "Writes forwarded to a coordinating replica",
        () -> counts.handedOn);
    counter(
        "starling_writes_rejected_by_replica_total",
        "Writes that one replica rejected, so that the coordinator tried the next one",
        () -> counts.rejectedByOne);
    counter(
        "starling_writes_context_queries_total",
        "Writes without a context that first asked replicas for one",
        () -> counts.asks);
    counter(
        "starling_writes_hint_holders_asked_total",
        "Nodes asked before a write because they hold hints of its partition",
        () -> counts.holdersAsked);
    counter(
        "starling_idempotent_replays_total",
        "Writes whose idempotency key showed that they had been made before",
        () -> counts.repeated);
    counter("starling_merges_total", "Sibling sets merged into stored keys", () -> counts.merges);
    counter(
        "starling_dot_collisions_total",
        "Dots seen with two contents; must stay 0",
        () -> counts.dotCollisions);
    counter(
        "starling_read_digest_mismatches_total",
        "Reads whose replicas answered with different version hashes",
        () -> counts.differences);
    counter(
        "starling_read_repairs_total",
        "Sibling sets sent to stale primaries by read repair",
        () -> counts.repairs);
    counter(
        "starling_hedges_total",
        "Hedged requests: duplicates sent because a replica was slow",
        () -> counts.hedges);
    counter(
        "starling_hedges_won_total",
        "Hedged requests that were answered before the slow replica",
        () -> counts.hedgesWon);
    counter("starling_list_keys_total", "Keys in pages of listings", () -> counts.keysListed);
    counter(
        "starling_list_partitions_missing_total",
        "Partitions that listings left out because no complete replica answered",
        () -> counts.partitionsNotListed);
    counter(
        "starling_hedges_throttled_total",
        "Hedged requests not sent because their budget was used up",
        () -> counts.hedgesWithheld);
    rejected("in_flight", () -> counts.overloaded);
    rejected("queue_delay", () -> counts.rejectedForQueueDelay);
    rejected("deadline", () -> counts.refusedAsTooLate);
    gauge(
        "starling_requests_limit",
        "Client requests that admission control accepts at once at present",
        statistics::requestLimit);
    gauge(
        "starling_requests_in_flight",
        "Requests under way, from clients or forwarded by other nodes",
        statistics::requestsInFlight);
    gauge(
        "starling_event_loop_queue_delay_seconds",
        "How long work lately waited for its turn on the event loop",
        () -> statistics.waitMillis() / 1e3);
    gauge(
        "starling_key_waiting_bytes",
        "Bytes of updates that wait for a read, a clock lease or the list of hints",
        statistics::waitingBytes);
    gauge(
        "starling_reads_held_bytes",
        "Bytes of sets that reads under way hold",
        statistics::readBytes);
    gauge(
        "starling_writes_held_bytes",
        "Bytes of values of writes whose last replica has not answered",
        statistics::writeBytes);
    gauge(
        "starling_clock_offset_seconds",
        "How far the hybrid clock runs ahead of the wall clock",
        () -> statistics.clockAheadMillis() / 1e3);
    counter(
        "starling_clock_skew_detected_total",
        "Clock readings of other nodes that were far ahead of the wall clock",
        statistics::countersFarAhead);
  }

  private void rejected(String reason, DoubleSupplier value) {
    metrics.counter(
        "starling_requests_rejected_total",
        "Client requests rejected by admission control",
        value,
        "reason",
        reason);
  }

  private void betweenNodes(NodeCounters counts) {
    peerRejected("declined", () -> counts.declined);
    peerRejected("deadline", () -> counts.late);
    peerRejected("malformed", () -> counts.malformed);
    gauge(
        "starling_peer_calls_in_flight",
        "Requests to other nodes that wait for a response",
        statistics::callsInFlight);
    counter(
        "starling_peer_chunked_messages_total",
        "Messages to other nodes that were longer than a frame and were sent in chunks",
        () -> counts.chunked);
    counter(
        "starling_peer_chunked_messages_undelivered_total",
        "Messages in chunks that their receiver did not accept whole",
        () -> counts.undelivered);
    counter(
        "starling_sets_too_large_total",
        "Sibling sets that were not merged because the heap has no room for them",
        () -> counts.setsTooLarge);
    counter(
        "starling_merges_deferred_total",
        "Merges rejected because merges of other large sets were under way; they are tried again",
        () -> counts.mergesDeferred);
    counter(
        "starling_ring_differences_total",
        "Requests between nodes that had different rings in force",
        () -> counts.ringDifferences);
    counter(
        "starling_register_differences_total",
        "Requests between nodes that had different registers of the bucket",
        () -> counts.registerDifferences);
  }

  private void peerRejected(String reason, DoubleSupplier value) {
    metrics.counter(
        "starling_peer_requests_rejected_total",
        "Requests of other nodes that were not executed",
        value,
        "reason",
        reason);
  }

  private void hints(NodeCounters counts) {
    gauge("starling_hints", "Hints stored for other nodes", statistics::hintsHeld);
    gauge("starling_hints_bytes", "Bytes of hints stored for other nodes", statistics::hintBytes);
    gauge(
        "starling_hint_partitions",
        "Partitions of which this node may hold hints",
        statistics::hintPartitions);
    gauge(
        "starling_hints_overdue",
        "Hints for members that have been dead for longer than hints.maxAge",
        statistics::hintsOverdue);
    counter("starling_hints_sent_total", "Hints sent to a fallback", () -> counts.hintsSent);
    counter("starling_hints_stored_total", "Hints stored", () -> counts.hintsTaken);
    counter(
        "starling_hints_rejected_total",
        "Hints rejected because hints.maxBytes was reached",
        () -> counts.hintsRejected);
    counter(
        "starling_hints_delivered_total",
        "Hints that their primary has accepted",
        () -> counts.hintsDelivered);
    counter(
        "starling_hints_lost_total",
        "Corrupt records that may have been hints; should stay 0",
        () -> counts.hintsLost);
    batches("delivered", () -> counts.hintBatchesDelivered);
    batches("declined", () -> counts.hintBatchesPutOff);
    batches("failed", () -> counts.hintBatchesFailed);
    gauge("starling_debts", "Keys that other primaries have missed", statistics::debts);
    gauge(
        "starling_debts_overdue",
        "Keys missed by members that have been dead for longer than hints.maxAge",
        statistics::debtsOverdue);
    counter(
        "starling_debts_rejected_total",
        "Missed writes that were not recorded because there were too many debts",
        () -> counts.debtsRefused);
    counter(
        "starling_debts_delivered_total",
        "Debts whose primary holds the key now",
        () -> counts.debtsDelivered);
  }

  private void batches(String result, DoubleSupplier value) {
    metrics.counter(
        "starling_hint_batches_total",
        "Batches of hints sent to a primary, by what it did with them",
        value,
        "result",
        result);
  }

  private void recovery(NodeCounters counts) {
    gauge(
        "starling_partitions_all_primaries",
        "Partitions of which all primaries are alive, as this node knows them",
        () -> partitions.allPrimaries());
    gauge(
        "starling_partitions_quorum",
        "Partitions of which a majority of the primaries is alive, but not all",
        () -> partitions.quorum());
    gauge(
        "starling_partitions_no_quorum",
        "Partitions of which no majority of the primaries is alive",
        () -> partitions.noQuorum());
    counter(
        "starling_rollbacks_detected_total",
        "Starts with a data directory that was rolled back or wiped",
        () -> counts.rolledBack);
    gauge(
        "starling_partitions_incomplete",
        "Partitions that may have lost data, excluded from reads until compared",
        statistics::incompletePartitions);
    counter(
        "starling_partitions_recovered_total",
        "Partitions that were compared and count for reads again",
        () -> counts.completed);
    counter(
        "starling_partitions_recovered_below_quorum_total",
        "Partitions recovered although more copies were lost than the durability covers",
        () -> counts.completedBelowQuorum);
    counter(
        "starling_partitions_recovered_accepting_stale_data_total",
        "Partitions recovered without all primaries, as recovery.acceptStaleData allows",
        () -> counts.completedUnheard);
    gauge(
        "starling_durable_position_announced_bytes",
        "Durable log position that this node last announced to its peers",
        statistics::announcedPosition);
    gauge(
        "starling_peers_synced_since_start",
        "Peers whose memory of this node's durable mark it has received since its start",
        statistics::othersHeard);
  }

  private void cluster() {
    gauge(
        "starling_ready",
        "1 while the node is ready to serve",
        () -> node.notReady() == null ? 1 : 0);
    gauge("starling_ring_version", "Version of the ring in force", () -> node.ring().version());
    for (String status : List.of("alive", "suspect", "dead", "left")) {
      metrics.gauge(
          "starling_members",
          "Members of the cluster, by status",
          () -> members.getOrDefault(status, 0),
          "status",
          status);
    }
  }

  private void log() {
    stored("starling_log_segments", "Segments of the log", StorageStatistics::segments);
    stored("starling_log_bytes", "Bytes of all segments", StorageStatistics::logBytes);
    stored(
        "starling_log_live_ratio",
        "Live part of the log, 0 to 1",
        s -> s.logBytes() == 0 ? 1 : (double) s.liveBytes() / s.logBytes());
    stored(
        "starling_log_write_amplification",
        "Bytes written for each byte that was appended",
        StorageStatistics::writeAmplification);
    stored("starling_log_queue_records", "Appends that wait", StorageStatistics::queuedRecords);
    stored("starling_log_queue_bytes", "Bytes that wait", StorageStatistics::queuedBytes);
    total("starling_log_appended_records_total", "Records appended", s -> s.appended());
    total("starling_log_appended_bytes_total", "Bytes appended", s -> s.appendedBytes());
    total(
        "starling_log_appends_rejected_total",
        "Appends rejected because too much waited",
        s -> s.refused());
    total("starling_log_corrupt_ranges_total", "Corrupt ranges found", s -> s.corruptRanges());
    stored("starling_log_corrupt_bytes", "Bytes of corrupt ranges", s -> s.corruptBytes());
    distribution(
        "starling_log_commit_records",
        "Records per write group",
        1,
        MIN_RECORD_BITS,
        MAX_RECORD_BITS,
        StorageStatistics::groupRecords);
    distribution(
        "starling_log_commit_duration_seconds",
        "How long a write group took, with its fsync if it had one",
        NANOS,
        MIN_NANO_BITS,
        MAX_NANO_BITS,
        StorageStatistics::groupNanos);
    distribution(
        "starling_log_fsync_duration_seconds",
        "How long an fsync of the log took",
        NANOS,
        MIN_NANO_BITS,
        MAX_NANO_BITS,
        StorageStatistics::forceNanos);
    gauge(
        "starling_log_failed",
        "1 after the log has failed: the node must be restarted",
        () -> storage.failure() == null ? 0 : 1);
  }

  private void index() {
    stored("starling_index_entries", "Entries of the index", StorageStatistics::entries);
    stored("starling_index_memtables", "Memtables", StorageStatistics::memtables);
    stored(
        "starling_index_memtable_entries",
        "Entries in memtables",
        StorageStatistics::memtableEntries);
    stored("starling_index_memtable_bytes", "Heap of memtables", s -> s.memtableBytes());
    stored("starling_index_runs", "Runs of the index", StorageStatistics::runs);
    stored("starling_index_bytes", "Bytes of runs on the disk", StorageStatistics::indexBytes);
    total("starling_index_flushes_total", "Memtables written as runs", s -> s.flushes());
    total("starling_index_merges_total", "Merges of runs", s -> s.merges());
    total("starling_index_written_bytes_total", "Bytes written to runs", s -> s.runBytes());
    total("starling_compaction_segments_total", "Segments compacted", s -> s.compactions());
    total("starling_compaction_bytes_total", "Bytes that compaction copied", s -> s.coldBytes());
    stored(
        "starling_compaction_progress_ratio",
        "Progress of the compaction of the present segment, 0 to 1",
        StorageStatistics::compactionDone);
    stored(
        "starling_scrub_progress_ratio",
        "Progress of this round of the scrub, 0 to 1",
        StorageStatistics::scrubDone);
    total("starling_scrub_bytes_total", "Bytes that the scrub has read", s -> s.scrubbedBytes());
    total("starling_storage_reads_total", "Sibling sets read", s -> s.reads());
    total("starling_storage_cold_reads_total", "Reads that went to the disk", s -> s.coldReads());
    total(
        "starling_storage_reads_retried_total",
        "Reads that failed with an error and were tried again",
        s -> s.readsTriedAgain());
    total(
        "starling_storage_failed_operations_total",
        "Flushes, merges, compactions and other maintenance that failed and were tried again",
        s -> s.failedOperations());
    total("starling_cache_hits_total", "Reads answered from the value cache", s -> s.hotHits());
    total("starling_cache_misses_total", "Reads not found in the cache", s -> s.hotMisses());
    stored("starling_cache_bytes", "Bytes in the value cache", StorageStatistics::hotBytes);
    stored(
        "starling_storage_full",
        "1 while writes are rejected because less than storage.minFreeBytes is free",
        s -> s.full() ? 1 : 0);
    stored(
        "starling_storage_stalled",
        "1 while the store waits for something that may pass, such as free descriptors",
        s -> s.stalled() ? 1 : 0);
  }

  private void network() {
    sent("starling_peer_frames_out_total", "Frames sent to peers", s -> s.framesOut());
    sent("starling_peer_frames_in_total", "Frames received from peers", s -> s.framesIn());
    sent("starling_peer_bytes_out_total", "Bytes sent to peers", s -> s.bytesOut());
    sent("starling_peer_bytes_in_total", "Bytes received from peers", s -> s.bytesIn());
    sent(
        "starling_peer_frames_dropped_total",
        "Frames to peers dropped at a bound or with their connection",
        s -> s.framesDropped());
    sent(
        "starling_peer_connect_failures_total",
        "Connections to peers that could not be made",
        s -> s.dialsFailed());
    for (RejectionReason reason : RejectionReason.values()) {
      metrics.counter(
          "starling_peer_connections_rejected_total",
          "Connections of peers that this node rejected",
          () -> connected.refused(reason),
          "reason",
          reason.name().toLowerCase(Locale.ROOT));
    }
    gauge(
        "starling_peer_queue_bytes",
        "Bytes that wait to be sent to peers",
        () -> connected.queuedBytes());
    connections("control", () -> connected.controlConnections());
    connections("data", () -> connected.dataConnections());
  }

  private void connections(String channel, DoubleSupplier value) {
    metrics.gauge(
        "starling_peer_connections", "Connections to peers, by channel", value, "channel", channel);
  }

  private void sent(String name, String help, ToDoubleFunction<PeerStatistics> value) {
    counter(name, help, () -> value.applyAsDouble(connected));
  }

  private void stored(String name, String help, ToDoubleFunction<StorageStatistics> value) {
    gauge(name, help, () -> value.applyAsDouble(stored));
  }

  private void total(String name, String help, ToDoubleFunction<StorageStatistics> value) {
    counter(name, help, () -> value.applyAsDouble(stored));
  }

  private void distribution(
      String name,
      String help,
      double perUnit,
      int leastBits,
      int mostBits,
      Function<StorageStatistics, Log2Counts> value) {
    metrics.histogram(
        name, help, () -> HistogramReading.of(value.apply(stored), perUnit, leastBits, mostBits));
  }

  private void gauge(String name, String help, DoubleSupplier value) {
    metrics.gauge(name, help, value);
  }

  private void counter(String name, String help, DoubleSupplier value) {
    metrics.counter(name, help, value);
  }
}
