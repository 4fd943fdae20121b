package starling.node;

import org.jspecify.annotations.Nullable;
import starling.gossip.detector.DetectorCounters;
import starling.node.cluster.PartitionAvailability;
import starling.node.metrics.NodeCounters;

/** The statistics of a node, for metrics and tests. */
public final class NodeStatistics {
  private final NodeParts node;

  NodeStatistics(NodeParts node) {
    this.node = node;
  }

  public NodeCounters counters() {
    return node.counters;
  }

  /** What the failure detector has counted, or null before this node is in a cluster. */
  public @Nullable DetectorCounters detection() {
    return node.membership.detection();
  }

  /** Requests of clients and forwarded writes that are not answered yet. */
  public int requestsInFlight() {
    return node.admissionControl.underWay();
  }

  /** Client requests that the node admits at once at present. */
  public int requestLimit() {
    return node.admissionControl.limit();
  }

  /** The last measured queue delay. */
  public long waitMillis() {
    return node.admissionControl.waitMillis();
  }

  public int callsInFlight() {
    return node.calls.underWay();
  }

  /** Bytes that wait in this node for a read, a lease or a list on the disk. */
  public long waitingBytes() {
    return node.memory.waiting().bytes() + node.memory.chunks().bytes();
  }

  /** The bound of those bytes. */
  public long waitingBytesLimit() {
    return node.memory.waiting().maxBytes() + node.memory.chunks().maxBytes();
  }

  /** Bytes of sets that reads have gathered and not answered yet. */
  public long readBytes() {
    return node.memory.reads().bytes();
  }

  /** Bytes of values of writes whose last replica has not answered. */
  public long writeBytes() {
    return node.memory.writes().bytes();
  }

  /** The register of a bucket on this node; 0 if it has none. */
  public long registerHash(String bucket) {
    return node.cluster.registerHash(bucket);
  }

  /** Requests of other nodes that have not ended. */
  public int peerRequestsInFlight() {
    return node.requests.inFlight();
  }

  /** Hints, as far as they are counted after a start. */
  public long hintsHeld() {
    return node.hints.hints();
  }

  /** Their bytes. */
  public long hintBytes() {
    return node.hints.bytes();
  }

  /** Keys of this node's own that other primaries are known to have missed. */
  public int debts() {
    return node.debts.count();
  }

  /** Hints for members that have been dead for longer than {@code hints.maxAge}. */
  public long hintsOverdue() {
    return node.overdue.allHints();
  }

  /** Keys that such members have missed. */
  public long debtsOverdue() {
    return node.overdue.allDebts();
  }

  /** Whether hints and their bytes are counted exactly at present, and not an upper bound. */
  public boolean hintsCounted() {
    return node.hints.counted();
  }

  /** Partitions that may hold hints; those that a start has not counted yet are among them. */
  public int hintPartitions() {
    return node.hints.partitions().cardinality();
  }

  /** Other nodes that have reported the durable mark they remember of this one since it started. */
  public int othersHeard() {
    return node.directoryCheck.heard();
  }

  /** Of how many partitions the primaries are alive. */
  public PartitionAvailability partitions() {
    return node.cluster.availability();
  }

  /** Incomplete partitions, which are excluded from reads. */
  public int incompletePartitions() {
    return node.local.incompletePartitions();
  }

  /** The last announced durable log position, earlier logs of this id included. */
  public long announcedPosition() {
    return node.directoryCheck.position();
  }

  /** Milliseconds by which the counters run ahead of this node's wall clock. */
  public long clockAheadMillis() {
    return node.hybridClock.aheadMillis(node.clock.wallMillis());
  }

  public long countersFarAhead() {
    return node.hybridClock.farAhead();
  }
}
