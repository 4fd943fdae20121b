package starling.node.handoff;

import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.port.Clock;
import starling.node.replica.DebtLedger;
import starling.node.replica.HintLedger;
import starling.node.replica.KeyOwner;
import starling.node.storage.Storage;

/** The parts of a node that handoff uses. */
public record HandoffParts(
    ClusterView cluster,
    PeerClient peers,
    Storage storage,
    KeyOwner owner,
    HintLedger hints,
    DebtLedger debts,
    Clock clock,
    DeadlineWheel deadlines,
    NodeCounters counters) {}
