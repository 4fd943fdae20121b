package starling.node.handoff;

import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import starling.node.cluster.ClusterView;
import starling.node.replica.DebtLedger;
import starling.node.replica.HintLedger;

/**
 * Delivers hints to each primary that is up again, in the order of the ring, in batches that are
 * acknowledged after their fsync; {@link HandoffThrottle} says how fast.
 *
 * <ol>
 *   <li>A hint is removed when every present primary of its key durably holds exactly its set, up
 *       or down, whatever the age of the hint: it may be the second copy of an acknowledged write
 *       that no other primary has.
 *   <li>Its targets have accepted it; the others are asked by version hash. A primary that lacks
 *       the set, holds another one, or does not answer becomes a target of the hint; its merge then
 *       covers the set.
 *   <li>The hint records which primaries hold the set, so that primaries with new writes do not get
 *       the same set again and again. Before the removal all are asked, or sent it, once more: one
 *       may have lost it since its confirmation.
 *   <li>A set that has changed since it was sent stays.
 *   <li>The same senders deliver debts. A primary that missed a write is asked by version hash and
 *       gets the set if it differs; then its debt is removed from the record.
 * </ol>
 *
 * <p>Owned by the thread of the node's state.
 */
public final class HintedHandoff {
  private static final long ROUND_NANOS = 1_000_000_000L;

  private final ClusterView cluster;
  private final HintLedger hints;
  private final DebtLedger debts;
  private final HandoffParts parts;
  private final HandoffCalls calls;
  private final HintRecords records;
  private final HintRemoval removal;
  private final HintScan hintScan;
  private final DebtScan debtScan;
  private final SharedEncoding encodings = new SharedEncoding();
  private final TreeMap<UUID, HandoffSender> senders = new TreeMap<>();
  private long nextRoundNanos = Long.MIN_VALUE;
  private long placements;

  public HintedHandoff(HandoffParts parts) {
    this.cluster = parts.cluster();
    this.hints = parts.hints();
    this.debts = parts.debts();
    this.parts = parts;
    this.calls = new HandoffCalls(parts);
    this.records = new HintRecords(parts);
    this.removal = new HintRemoval(parts, calls);
    this.hintScan = new HintScan(parts, calls, records, removal);
    this.debtScan = new DebtScan(parts, calls, records);
  }

  /** Looks for hints whose primaries are up. */
  public void tick(long nowNanos) {
    if (calls.stopped() || nowNanos < nextRoundNanos || cluster.notServing() != null) {
      return;
    }
    nextRoundNanos = nowNanos + ROUND_NANOS;
    hints.onPartitions(cluster.ring().partitions());
    if (placements != cluster.placements()) {
      placements = cluster.placements();
      hints.onPlacement();
    }
    hintScan.count(0);
    debts.onPartitions(cluster.ring().partitions());
    debts.tidy();
    debtScan.count();
    for (UUID node : cluster.otherNodes()) {
      if (!senders.containsKey(node) && cluster.mayAnswer(node) && owed(node)) {
        HandoffSender sender =
            new HandoffSender(parts, this, calls, records, removal, encodings, node);
        senders.put(node, sender);
        sender.begin();
      }
    }
  }

  private boolean owed(UUID node) {
    return concern(node, 0) >= 0 || debts.missedBy(node) > 0;
  }

  /** The node is stopping: no more reads or sends, and the store may close. */
  public void stop() {
    calls.stop();
    List.copyOf(senders.values()).forEach(HandoffSender::end);
  }

  /** The next partition with hints for this node, from this one on; -1 for none. */
  int concern(UUID node, int from) {
    int most = cluster.largestN();
    for (int partition = hints.next(from); partition >= 0; partition = hints.next(partition + 1)) {
      if (partition >= cluster.ring().partitions()) {
        return -1;
      }
      List<UUID> owners = cluster.ring().preferenceList(partition, most);
      if (owners.contains(node)) {
        List<UUID> wanted = hints.primaries(partition);
        if (wanted.contains(node) || !owners.containsAll(wanted)) {
          return partition;
        }
      }
    }
    return -1;
  }

  /** A sender has nothing more to deliver. */
  void ended(UUID node) {
    senders.remove(node);
  }
}
