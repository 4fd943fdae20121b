package starling.node;

import starling.node.config.NodeLimits;
import starling.node.metrics.NodeCounters;
import starling.node.metrics.WaitingBytes;
import starling.node.replica.LargeSets;

/**
 * The bounded parts of a node's heap.
 *
 * @param waiting steps that wait for a read, a lease or a list on the disk
 * @param reads sets that reads have gathered before enough replicas answered
 * @param chunks incoming messages in chunks
 * @param writes values of writes whose last replica has not answered
 * @param largeSets merges, reads and messages of long sets
 */
record NodeMemory(
    WaitingBytes waiting,
    WaitingBytes reads,
    WaitingBytes chunks,
    WaitingBytes writes,
    LargeSets largeSets) {

  static NodeMemory of(NodeLimits.Memory limits, NodeCounters counters) {
    LargeSets largeSets = new LargeSets(limits.set(), counters);
    long longest = largeSets.maxMessageBytes();
    return new NodeMemory(
        new WaitingBytes(limits.waiting()),
        // Two that differ: a read joins the gathered sets, and the join holds no values of its own.
        new WaitingBytes(limits.reads(), 2 * longest, largeSets.memory()),
        new WaitingBytes(longest, longest, largeSets.memory()),
        new WaitingBytes(limits.writes()),
        largeSets);
  }
}
