package starling.node.handoff;

import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.port.Clock;
import starling.node.replica.Debts;
import starling.node.replica.Hints;
import starling.node.replica.KeyOwner;
import starling.node.storage.Storage;

/** The parts of a node that handoff uses. */
public record HandoffParts(
    ClusterView cluster,
    PeerClient peers,
    Storage storage,
    KeyOwner owner,
    Hints hints,
    Debts debts,
    Clock clock,
    DeadlineWheel deadlines,
    NodeCounters counters) {}
