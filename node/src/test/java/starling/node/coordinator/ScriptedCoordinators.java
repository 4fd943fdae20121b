package starling.node.coordinator;

import starling.node.ScriptedNode;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.DeadlineWheel;
import starling.node.replica.ClockLease;

/** What coordinates requests at a node whose log, clock and network the test moves by hand. */
final class ScriptedCoordinators {
  private static final long HEDGE_NANOS = 1_000_000_000;

  final ReadCoordinator reads;
  final WriteForwarding forwarding;

  ScriptedCoordinators(ScriptedNode node) {
    Hedging hedging =
        new Hedging(
            node.peers,
            new DeadlineWheel(node, node, DeadlineWheel.FINE_TICK_NANOS),
            node,
            node.counters,
            HEDGE_NANOS);
    reads =
        new ReadCoordinator(
            node.cluster,
            node.peers,
            node.local,
            node.deadlines,
            node,
            node.counters,
            hedging,
            new WaitingBytes(1 << 20),
            node.largeSets);
    ClockLease lease = new ClockLease(node.hybridClock, node.storage, node, node.waitingBytes);
    lease.tick();
    WriteCoordinator writes =
        new WriteCoordinator(
            new WriteParts(
                node.cluster,
                node.peers,
                node.local,
                node.owner,
                node.hints,
                node.debts,
                reads,
                node.hybridClock,
                lease,
                node.waitingBytes,
                node.largeSets,
                node,
                node.actors,
                node.deadlines,
                node.counters,
                hedging),
            new WaitingBytes(1 << 20));
    forwarding =
        new WriteForwarding(node.cluster, node.peers, writes, node.deadlines, node, node.counters);
  }
}
