package starling.node.handoff;

import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import starling.node.cluster.ClusterView;
import starling.node.replica.DebtLedger;
import starling.node.replica.HintLedger;

/**
 * Delivers hints to each primary that is there again, in the order of the ring, in batches that are
 * acknowledged after their fsync; {@link HandoffThrottle} says how fast.
 *
 * <ol>
 *   <li>A hint is removed when every present primary of its key durably holds exactly what is kept,
 *       up or down, whatever the age of the hint: it may be the second copy of an acknowledged
 *       write that no other primary has.
 *   <li>Those it was kept for have taken it; the others are asked by version hash. A primary that
 *       lacks the set, holds another one, or does not answer is what the hint is kept for from then
 *       on; its merge covers the set.
 *   <li>Who holds the set is part of the record, so that primaries which are written to meanwhile
 *       are not asked and sent the same again and again. Before the removal all are asked, or sent
 *       it, once more: one may have lost it since it said so.
 *   <li>A set that has changed since it was sent stays.
 *   <li>Debts are paid on the same streams. A primary that missed a write is asked by version hash
 *       and sent what it lacks; then its mark is removed from the record.
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

  /** Looks for hints whose primaries are there. */
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

  /** The node is stopping: from here on nothing is read or sent, and the store may close. */
  public void stop() {
    calls.stop();
    List.copyOf(senders.values()).forEach(HandoffSender::end);
  }

  /** The next partition with hints that this node may be brought, from this one on; -1 for none. */
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
