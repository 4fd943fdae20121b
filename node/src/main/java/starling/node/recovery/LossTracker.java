package starling.node.recovery;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.port.Clock;
import starling.node.replica.HintLedger;
import starling.node.replica.LocalReplica;
import starling.node.storage.ContainedStorage;
import starling.node.storage.CorruptRange;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.Storage;

/**
 * The account of what this node may have lost: each corrupt range, and the writes that a power loss
 * may have taken, from the report until every partition concerned was compared.
 *
 * <ol>
 *   <li>A loss that is reported before the ring is known is kept, and marks its partitions once the
 *       ring is known: no position can be mapped to a partition earlier.
 *   <li>The store is told exactly the ranges whose partitions were all compared after the range was
 *       reported. A range that is reported later is handled later.
 *   <li>A record of a key that this node is no primary of may have been a hint. No comparison
 *       brings it back, so it is reported as lost, and is handled when the key was repaired from
 *       its primaries ({@link HintRepair}): until then each start hears of it again, and keeps the
 *       partition on the list of hints. A record whose key is not known is only reported.
 *   <li>Such a record may also have said that a hint was let go, and where the log is read anew an
 *       older record of its key stands again. So every partition comes on the list of hints, where
 *       a walk finds and delivers what stands there; the range is not handled before that list is
 *       durable. The same for the partition of a record whose key is known from earlier, of which
 *       something stands though this node is no primary of it.
 *   <li>A record of the node's own may have had a debt. When the comparison has refilled it, its
 *       other primaries are recorded as having missed it before the range is handled.
 * </ol>
 *
 * <p>Owned by the thread of the node's state.
 */
public final class LossTracker {
  private static final Logger log = LoggerFactory.getLogger(LossTracker.class);

  /** Losses that are followed at once; the store reports the others again at the next start. */
  private static final int MAX_OPEN = 4_096;

  /** Between two tries to make the list of hints durable. */
  private static final long LIST_PAUSE_NANOS = 1_000_000_000L;

  /**
   * One loss.
   *
   * @param range null: writes that were not fsynced when the machine went down
   * @param partitions that were not compared since
   * @param unlisted partitions that are still to come on the durable list of hints
   */
  private record Loss(@Nullable CorruptRange range, BitSet partitions, BitSet unlisted) {
    boolean ended() {
      return partitions.isEmpty() && unlisted.isEmpty();
    }
  }

  private final Storage storage;
  private final ClusterView cluster;
  private final LocalReplica local;
  private final HintLedger hints;
  private final NodeCounters counters;
  private final Clock clock;
  private final HintRepair hintRepair;
  private final Set<CorruptRange> early = new LinkedHashSet<>();
  private final List<Loss> open = new ArrayList<>();
  private final List<CorruptRange> handled = new ArrayList<>();
  private boolean powerLossHandled;
  private boolean ringKnown;
  private boolean incomplete;
  private boolean listing;
  private long nextListNanos = Long.MIN_VALUE;

  public LossTracker(
      Storage storage,
      ClusterView cluster,
      PeerClient peers,
      LocalReplica local,
      HintLedger hints,
      DeadlineWheel deadlines,
      Clock clock,
      NodeCounters counters) {
    this.storage = storage;
    this.cluster = cluster;
    this.local = local;
    this.hints = hints;
    this.counters = counters;
    this.clock = clock;
    this.hintRepair = new HintRepair(cluster, peers, local, deadlines, clock, this::onRepaired);
  }

  /** A range was found that cannot be trusted any more, at whatever stage of the start. */
  public void found(CorruptRange range) {
    if (ringKnown) {
      note(range);
    } else if (early.size() < MAX_OPEN) {
      early.add(range);
    }
  }

  /** From now on it is known which partitions there are. */
  public void onRing() {
    if (ringKnown) {
      return;
    }
    early.addAll(storage.unhandledDamage());
    ringKnown = true;
    if (storage.recovery().mayHaveLost()) {
      note(null, ownPartitions(), new BitSet());
      local.markAllIncomplete(cluster.ring().partitions());
    }
    hints.onPartitions(cluster.ring().partitions());
    early.forEach(this::note);
    early.clear();
  }

  private void note(CorruptRange range) {
    Key key = range.key();
    if (key == null) {
      local.markAllIncomplete(cluster.ring().partitions());
      BitSet own = ownPartitions();
      log.error(
          "a corrupt range of the log may have held any key: {} partitions count to no read until"
              + " they were compared: {}",
          own.cardinality(),
          range);
      if (hints.any()) {
        tellOfLostHint(range);
      }
      BitSet all = new BitSet();
      all.set(0, cluster.ring().partitions());
      note(range, own, all);
      return;
    }
    int partition = cluster.ring().partition(key.position());
    local.markIncomplete(partition);
    boolean own = own(partition);
    if (own) {
      log.error("partition {} counts to no read until it was compared: {}", partition, range);
    }
    boolean mine = cluster.mine(key);
    boolean stands = storage.versionHash(key).isPresent();
    if (!mine && !stands && hints.onDamage(partition, key)) {
      tellOfLostHint(range);
      hintRepair.onLost(key, range);
    } else {
      BitSet concerned = new BitSet();
      concerned.set(partition, own);
      BitSet unlisted = new BitSet();
      unlisted.set(partition, !mine && stands);
      note(range, concerned, unlisted);
    }
  }

  private void tellOfLostHint(CorruptRange range) {
    counters.hintsLost++;
    log.error(
        "LOST HINT: a damaged record {} kept for another node;"
            + " a write may have one copy less than was acknowledged, until {}: {}",
        range.key() == null ? "may have been" : "was",
        range.key() == null ? "it is read" : "all its primaries were asked for it",
        range);
  }

  private void onRepaired(Key key, List<CorruptRange> ranges) {
    hints.onRepaired(cluster.ring().partition(key.position()), key);
    handled.addAll(ranges);
  }

  private void note(@Nullable CorruptRange range, BitSet partitions, BitSet unlisted) {
    incomplete = true;
    hints.suspect(unlisted);
    Loss loss = new Loss(range, partitions, unlisted);
    if (loss.ended()) {
      handle(range);
    } else if (open.size() < MAX_OPEN) {
      open.add(loss);
    }
  }

  /** Lists all partitions in which a hint that was let go may stand again. */
  private void listSuspects(long nowNanos) {
    List<Loss> concerned = open.stream().filter(loss -> !loss.unlisted.isEmpty()).toList();
    if (listing || concerned.isEmpty() || nowNanos < nextListNanos) {
      return;
    }
    BitSet partitions = new BitSet();
    concerned.forEach(loss -> partitions.or(loss.unlisted));
    listing = true;
    nextListNanos = nowNanos + LIST_PAUSE_NANOS;
    hints.list(
        partitions,
        listed -> {
          listing = false;
          if (listed) {
            concerned.forEach(loss -> loss.unlisted.clear());
            handleEnded();
          }
        });
  }

  private void handleEnded() {
    List<Loss> ended = open.stream().filter(Loss::ended).toList();
    open.removeIf(Loss::ended);
    ended.forEach(loss -> handle(loss.range));
  }

  private void handle(@Nullable CorruptRange range) {
    if (range == null) {
      powerLossHandled = true;
      return;
    }
    Key key = range.key();
    if (key == null || !cluster.mine(key)) {
      handled.add(range);
      return;
    }
    List<UUID> others = new ArrayList<>(cluster.primaries(key));
    others.remove(cluster.self());
    local.owe(
        key,
        cluster.ring().partition(key.position()),
        others,
        Durability.SYNCED,
        clock.wallMillis(),
        () -> handled.add(range));
  }

  private BitSet ownPartitions() {
    BitSet own = new BitSet();
    for (int partition = 0; partition < cluster.ring().partitions(); partition++) {
      own.set(partition, own(partition));
    }
    return own;
  }

  private boolean own(int partition) {
    return cluster.ring().preferenceList(partition, cluster.largestN()).contains(cluster.self());
  }

  /** All partitions were marked incomplete for another reason than a loss of the log. */
  public void markedIncomplete() {
    incomplete = true;
  }

  /** A partition is complete: whatever was known to be lost of it was fetched again. */
  public void compared(int partition) {
    open.forEach(loss -> loss.partitions.clear(partition));
    handleEnded();
  }

  /** Repairs lost hints, and tells the store what was handled since it was last told. */
  public void tick(long nowNanos) {
    if (!ringKnown && cluster.ring().founded()) {
      onRing();
    }
    listSuspects(nowNanos);
    hintRepair.tick(nowNanos);
    if ((!handled.isEmpty() || powerLossHandled) && storage.failure() == null) {
      tellStore(List.copyOf(handled), powerLossHandled);
    }
    if (incomplete && ringKnown && local.incompletePartitions() == 0) {
      incomplete = false;
      log.info("every partition was compared with its other replicas and counts to reads again");
    }
  }

  private void tellStore(List<CorruptRange> ranges, boolean powerLoss) {
    handled.clear();
    powerLossHandled = false;
    ContainedStorage.complete(
        "the note of what was recovered",
        done -> storage.recoveryHandled(ranges, powerLoss, done),
        failure -> {
          if (failure != null) {
            handled.addAll(ranges);
            powerLossHandled |= powerLoss;
          }
        });
  }
}
