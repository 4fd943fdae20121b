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
 * The ledger of possible losses: each corrupt range, and the writes that a power loss may have
 * taken, from the report until every affected partition was compared.
 *
 * <ol>
 *   <li>A loss that is reported before the ring is known is stored, and marks its partitions once
 *       the ring is known: no position can be mapped to a partition earlier.
 *   <li>The ledger reports to the store exactly the ranges whose partitions were all compared after
 *       the range was reported. A range that is reported later is handled later.
 *   <li>A record of a key that this node is no primary of may have been a hint. No comparison
 *       restores it, so it is reported as lost, and is handled when the key was repaired from its
 *       primaries ({@link HintRepair}): until then each start finds it again, and leaves the
 *       partition on the list of hints. A record whose key is not known is only reported.
 *   <li>Such a record may also have been the removal of a hint, and a rebuilt index would return an
 *       older record of its key. So every partition comes on the list of hints, where a walk finds
 *       and delivers such hints; the range is not handled before that list is durable. The same for
 *       the partition of a known key with a record, if this node is no primary of it.
 *   <li>A record of the node's own may have had a debt. When the comparison has refilled it, a debt
 *       to its other primaries is recorded before the range is handled.
 * </ol>
 *
 * <p>Owned by the thread of the node's state.
 */
public final class LossTracker {
  private static final Logger log = LoggerFactory.getLogger(LossTracker.class);

  /** Losses that are handled at once; the store reports the others again at the next start. */
  private static final int MAX_OPEN = 4_096;

  /** Between two tries to make the list of hints durable. */
  private static final long LIST_PAUSE_NANOS = 1_000_000_000L;

  /**
   * One loss.
   *
   * @param range null: writes that were not fsynced when the machine went down
   * @param partitions that were not compared since
   * @param unlisted partitions that are not on the durable list of hints yet
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

  /** A corrupt range was found, at any stage of the start. */
  public void found(CorruptRange range) {
    if (ringKnown) {
      note(range);
    } else if (early.size() < MAX_OPEN) {
      early.add(range);
    }
  }

  /** The number of partitions is known from now on. */
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
          "a corrupt range of the log may have held any key: {} partitions are excluded from reads until they were compared: {}",
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
      log.error("partition {} is excluded from reads until it was compared: {}", partition, range);
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
        "LOST HINT: a corrupt record {} a hint for another node; a write may have one copy less than was acknowledged, until {}: {}",
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

  /** Lists all partitions in which a removed hint may be visible again. */
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

  /** A partition is complete: its known losses were fetched again. */
  public void compared(int partition) {
    open.forEach(loss -> loss.partitions.clear(partition));
    handleEnded();
  }

  /** Repairs lost hints, and reports newly handled ranges to the store. */
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
      log.info("every partition was compared with its other replicas and counts for reads again");
    }
  }

  private void tellStore(List<CorruptRange> ranges, boolean powerLoss) {
    handled.clear();
    powerLossHandled = false;
    ContainedStorage.complete(
        "the record of recovered ranges",
        done -> storage.recoveryHandled(ranges, powerLoss, done),
        failure -> {
          if (failure != null) {
            handled.addAll(ranges);
            powerLossHandled |= powerLoss;
          }
        });
  }
}
