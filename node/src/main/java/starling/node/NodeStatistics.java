package starling.node;

import starling.node.cluster.ClusterView;
import starling.node.cluster.PartitionAvailability;
import starling.node.coordinator.AdmissionControl;
import starling.node.handoff.Overdue;
import starling.node.metrics.NodeCounters;
import starling.node.peer.PendingCalls;
import starling.node.port.Clock;
import starling.node.recovery.DirectoryCheck;
import starling.node.replica.DebtLedger;
import starling.node.replica.HintLedger;
import starling.node.replica.LocalReplica;
import starling.node.version.HybridClock;

/** The statistics of a node, for metrics and tests. */
public final class NodeStatistics {
  private final NodeCounters counters;
  private final AdmissionControl admissionControl;
  private final PendingCalls calls;
  private final NodeMemory memory;
  private final ClusterView cluster;
  private final PeerRequestDispatcher requests;
  private final HintLedger hints;
  private final DebtLedger debts;
  private final Overdue overdue;
  private final DirectoryCheck directoryCheck;
  private final LocalReplica local;
  private final HybridClock hybridClock;
  private final Clock clock;

  NodeStatistics(
      NodeCounters counters,
      AdmissionControl admissionControl,
      PendingCalls calls,
      NodeMemory memory,
      ClusterView cluster,
      PeerRequestDispatcher requests,
      HintLedger hints,
      DebtLedger debts,
      Overdue overdue,
      DirectoryCheck directoryCheck,
      LocalReplica local,
      HybridClock hybridClock,
      Clock clock) {
    this.counters = counters;
    this.admissionControl = admissionControl;
    this.calls = calls;
    this.memory = memory;
    this.cluster = cluster;
    this.requests = requests;
    this.hints = hints;
    this.debts = debts;
    this.overdue = overdue;
    this.directoryCheck = directoryCheck;
    this.local = local;
    this.hybridClock = hybridClock;
    this.clock = clock;
  }

  public NodeCounters counters() {
    return counters;
  }

  /** Requests of clients and forwarded writes that are not answered yet. */
  public int requestsInFlight() {
    return admissionControl.underWay();
  }

  /** Client requests that the node admits at once at present. */
  public int requestLimit() {
    return admissionControl.limit();
  }

  /** The last measured queue delay. */
  public long waitMillis() {
    return admissionControl.waitMillis();
  }

  public int callsInFlight() {
    return calls.underWay();
  }

  /** Bytes that wait in this node for a read, a lease or a list on the disk. */
  public long waitingBytes() {
    return memory.waiting().bytes() + memory.chunks().bytes();
  }

  /** The bound of those bytes. */
  public long waitingBytesLimit() {
    return memory.waiting().maxBytes() + memory.chunks().maxBytes();
  }

  /** Bytes of sets that reads have gathered and not answered yet. */
  public long readBytes() {
    return memory.reads().bytes();
  }

  /** Bytes of values of writes whose last replica has not answered. */
  public long writeBytes() {
    return memory.writes().bytes();
  }

  /** The register of a bucket on this node; 0 if it has none. */
  public long registerHash(String bucket) {
    return cluster.registerHash(bucket);
  }

  /** Requests of other nodes that have not ended. */
  public int peerRequestsInFlight() {
    return requests.inFlight();
  }

  /** Hints, as far as they are counted after a start. */
  public long hintsHeld() {
    return hints.hints();
  }

  /** Their bytes. */
  public long hintBytes() {
    return hints.bytes();
  }

  /** Keys of this node's own that other primaries are known to have missed. */
  public int debts() {
    return debts.count();
  }

  /** Hints for members that have been dead for longer than {@code hints.maxAge}. */
  public long hintsOverdue() {
    return overdue.allHints();
  }

  /** Keys that such members have missed. */
  public long debtsOverdue() {
    return overdue.allDebts();
  }

  /** Whether hints and their bytes are counted exactly at present, and not an upper bound. */
  public boolean hintsCounted() {
    return hints.counted();
  }

  /** Partitions that may hold hints; those that a start has not counted yet are among them. */
  public int hintPartitions() {
    return hints.partitions().cardinality();
  }

  /** Other nodes that have reported the durable mark they remember of this one since it started. */
  public int othersHeard() {
    return directoryCheck.heard();
  }

  /** Of how many partitions the primaries are alive. */
  public PartitionAvailability partitions() {
    return cluster.availability();
  }

  /** Incomplete partitions, which are excluded from reads. */
  public int incompletePartitions() {
    return local.incompletePartitions();
  }

  /** The last announced durable log position, earlier logs of this id included. */
  public long announcedPosition() {
    return directoryCheck.position();
  }

  /** Milliseconds by which the counters run ahead of this node's wall clock. */
  public long clockAheadMillis() {
    return hybridClock.aheadMillis(clock.wallMillis());
  }

  public long countersFarAhead() {
    return hybridClock.farAhead();
  }
}
