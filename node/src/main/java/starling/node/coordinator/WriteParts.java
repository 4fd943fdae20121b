package starling.node.coordinator;

import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.port.Clock;
import starling.node.replica.ClockLease;
import starling.node.replica.DebtLedger;
import starling.node.replica.HintLedger;
import starling.node.replica.KeyOwner;
import starling.node.replica.LargeSets;
import starling.node.replica.LocalReplica;
import starling.node.version.Actors;
import starling.node.version.HybridClock;

/** The parts of a node that a write uses. */
public record WriteParts(
    ClusterView cluster,
    PeerClient peers,
    LocalReplica local,
    KeyOwner owner,
    HintLedger hints,
    DebtLedger debts,
    ReadCoordinator reads,
    HybridClock hybridClock,
    ClockLease lease,
    WaitingBytes waitingBytes,
    LargeSets largeSets,
    Clock clock,
    Actors actors,
    DeadlineWheel deadlines,
    NodeCounters counters,
    Hedging hedging) {}
