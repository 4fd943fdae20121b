package starling.node.recovery;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.Member;
import starling.gossip.Status;
import starling.node.cluster.ClusterView;
import starling.node.cluster.DurableMark;
import starling.node.cluster.Membership;
import starling.node.cluster.MetadataType;
import starling.node.config.NodeSettings;
import starling.node.metrics.NodeCounters;
import starling.node.port.Clock;
import starling.node.replica.LocalReplica;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.ScanPage;
import starling.node.storage.Storage;

/**
 * Rollback detection between a node's start and its first request: it receives the durable marks
 * that its peers remember of it. If a mark is later than its log, the directory was rolled back or
 * wiped, and its data is dropped and fetched again from the others, or it would revive deleted
 * keys.
 *
 * <p>The position alone proves a rollback within one incarnation. A loss of power never takes the
 * end of the log below an announced position. Damage in the middle leaves the end where it is, so
 * an earlier end is proof also with such damage. Only damage at the end may itself have moved it:
 * then the node drops nothing, and every partition is incomplete and compared.
 *
 * <ol>
 *   <li>The node serves no request, of clients or peers, before half of the other nodes have
 *       reported the mark they remember, or a few seconds have passed. A later report makes this
 *       copy incomplete until it was compared.
 *   <li>The mark of this process is durable before the first request, and a mark never exceeds the
 *       log after a loss of power.
 *   <li>An old copy is dropped only when enough complete replicas are up to fetch from. If they do
 *       not come, it stays and is compared: it may be the only one.
 *   <li>After a drop, or with an old copy, all partitions are incomplete until they were compared,
 *       even if the process ends before that.
 * </ol>
 */
public final class RollbackDetection {
  private static final Logger log = LoggerFactory.getLogger(RollbackDetection.class);

  /** This node's own last durable mark, or the one before. */
  private static final String NAME = "shown";

  private static final long LISTEN_NANOS = 5_000_000_000L;
  private static final long REPLACE_NANOS = 10_000_000_000L;
  private static final long WORD_NANOS = 2_000_000_000L;
  private static final long REMINDER_NANOS = 60_000_000_000L;
  private static final int PAGE_KEYS = 512;

  /** The count is for the log only: a disk that cannot list keys must not keep the node down. */
  private static final long COUNT_NANOS = 10_000_000_000L;

  private enum Stage {
    LISTENING,
    OUTDATED,
    COUNTING,
    DROPPING,
    BUSY,
    COMING,
    HOME
  }

  private final NodeSettings settings;
  private final Storage storage;
  private final Clock clock;
  private final Membership membership;
  private final ClusterView cluster;
  private final LocalReplica local;
  private final NodeCounters counters;
  private final Runnable incomplete;
  private final @Nullable DurableMark claim;
  private long stageNanos;
  private boolean begun;
  private Stage stage = Stage.LISTENING;
  private @Nullable DurableMark kept;
  private @Nullable DurableMark told;
  private long turn;
  private long base;
  private long nextWordNanos;
  private long nextReminderNanos = Long.MIN_VALUE;
  private boolean saving;
  private @Nullable Long stranger;
  private long keysDropped;
  private long hintsDropped;

  /**
   * @param incomplete called when partitions were marked incomplete
   */
  public RollbackDetection(
      NodeSettings settings,
      Storage storage,
      Clock clock,
      Membership membership,
      ClusterView cluster,
      LocalReplica local,
      NodeCounters counters,
      Runnable incomplete) {
    this.settings = settings;
    this.storage = storage;
    this.clock = clock;
    this.membership = membership;
    this.cluster = cluster;
    this.local = local;
    this.counters = counters;
    this.incomplete = incomplete;
    byte[] bytes = storage.meta(NAME);
    this.claim = bytes == null ? null : DurableMark.decode(bytes);
    this.kept = claim;
    this.base = claim == null ? 0 : claim.base();
    cluster.waitFor("this node waits for the durable marks that its peers remember of it");
  }

  public void tick(long nowNanos) {
    if (!cluster.ring().founded()) {
      return;
    }
    if (!begun) {
      begun = true;
      stageNanos = nowNanos;
    }
    if (stage == Stage.LISTENING) {
      listen(nowNanos);
    } else if (stage == Stage.OUTDATED) {
      replace(nowNanos);
    } else if (stage == Stage.COUNTING && nowNanos - stageNanos >= COUNT_NANOS) {
      uncounted("it takes too long");
    } else if (stage == Stage.DROPPING && nowNanos - stageNanos >= WORD_NANOS) {
      drop();
    } else if (stage == Stage.COMING && nowNanos >= nextWordNanos) {
      // Its first mark could not be saved, for example because the disk is full.
      nextWordNanos = nowNanos + WORD_NANOS;
      say();
    } else if (stage == Stage.HOME && nowNanos >= nextWordNanos) {
      nextWordNanos = nowNanos + WORD_NANOS;
      lookBehind();
      say();
    }
  }

  /** The last mark of a process that stops on purpose. */
  public void farewell() {
    if (stage == Stage.HOME) {
      say();
    }
  }

  // ---- the marks that peers remember

  /** Other nodes that have reported the mark they remember since this process began. */
  public int heard() {
    return (int) cluster.otherNodes().stream().filter(membership::compared).count();
  }

  private void listen(long nowNanos) {
    int heard = heard();
    int others = cluster.otherNodes().size();
    boolean enough = 2 * heard >= others;
    if (!enough && nowNanos - stageNanos < LISTEN_NANOS) {
      return;
    }
    if (membership.laterLifeConnected()) {
      remind(
          nowNanos,
          "a peer still holds a connection of a later process of this node: this process waits until it is closed");
      return;
    }
    DurableMark remembered = membership.durableMark(settings.id());
    if (remembered != null && membership.life().incarnation() <= remembered.incarnation()) {
      // Only when no peer knows the later process to be running: else this process must stop.
      membership.raiseAbove(remembered.incarnation());
      remind(
          nowNanos,
          "a later process of this node may still run: this process waits until peers know that it has ended");
      return;
    }
    if (!enough) {
      log.warn(
          "only {} of the {} other nodes reported within {} s the durable mark they remember of this node; it serves the data of its directory, and compares it if a later mark comes",
          heard,
          others,
          LISTEN_NANOS / 1_000_000_000L);
    }
    String why = remembered == null ? null : behind(remembered);
    if (why == null) {
      boolean unread = storage.recovery().damagedMeta().contains(NAME);
      boolean ended = remembered != null && endsEarly(remembered);
      if (ended) {
        log.error(
            "the end of the log is damaged, and peers remember a later durable position: the directory may be rolled back; its data stays, and is compared with the other replicas");
      }
      boolean wiped = claim == null && settings.wasMember();
      if (wiped && !unread) {
        log.warn(
            "the directory holds only the id of this node, which has been in a cluster, and no peer remembers its durable mark: its data is compared with the other replicas, and is excluded from reads until then");
      }
      comeHome(unread || ended || wiped || (claim != null && !claim.complete()));
      return;
    }
    counters.rolledBack++;
    if (settings.acceptStaleData()) {
      log.warn(
          "ROLLED BACK: {}; --accept-stale-data keeps this copy: all its data stays, also keys deleted since, and is compared with the other replicas",
          why);
      comeHome(true);
      return;
    }
    log.error(
        "ROLLED BACK: {}; the data of this copy will be dropped and fetched from the other replicas",
        why);
    stage = Stage.OUTDATED;
    stageNanos = nowNanos;
    cluster.waitFor("this node's directory was rolled back, and its data will be dropped");
  }

  /** How the directory falls short of the remembered mark, or null. */
  private @Nullable String behind(DurableMark remembered) {
    if (claim == null) {
      return storage.recovery().damagedMeta().contains(NAME)
          ? null
          : "the directory holds only the id of this node, and peers remember incarnation "
              + remembered.incarnation();
    }
    if (claim.incarnation() < remembered.incarnation()) {
      return "the directory is of incarnation "
          + claim.incarnation()
          + ", and peers remember incarnation "
          + remembered.incarnation();
    }
    // Damage before the end of the log does not shorten it, and does not explain an early end.
    long end = base + storage.recovery().end();
    if (end < remembered.position() && !storage.recovery().endMayBeDamaged()) {
      return "the log ends at "
          + Long.toHexString(end)
          + ", and peers remember that it was durable to "
          + Long.toHexString(remembered.position());
    }
    return null;
  }

  /** Whether the log ends before the remembered position, for any reason. */
  private boolean endsEarly(DurableMark remembered) {
    return base + storage.recovery().end() < remembered.position();
  }

  /** A peer remembers a later mark of this node, which was not known at its start. */
  private void lookBehind() {
    DurableMark remembered = membership.durableMark(settings.id());
    DurableMark mine = told;
    if (remembered == null || mine == null || remembered.equals(mine)) {
      return;
    }
    told = remembered;
    turn = Math.max(turn, remembered.turn());
    reach(remembered.position());
    markIncomplete();
    if (stranger == null || stranger != remembered.life()) {
      stranger = remembered.life();
      counters.rolledBack++;
      log.error(
          "ROLLED BACK: a peer that was down remembers incarnation {} of this node and a log to {}, which this directory does not have: its data stays, and is excluded from reads until compared",
          remembered.incarnation(),
          Long.toHexString(remembered.position()));
    }
  }

  private void remind(long nowNanos, String words) {
    if (nowNanos >= nextReminderNanos) {
      nextReminderNanos = nowNanos + REMINDER_NANOS;
      log.error("{}", words);
    }
  }

  // ---- an old copy

  private void replace(long nowNanos) {
    if (storage.isEmpty()) {
      log.warn(
          "ROLLED BACK: the directory holds no data; hints for other nodes that it held are lost,"
              + " the rest comes from the other replicas");
      comeHome(true);
      return;
    }
    int lacking = partitionsWithoutEnough();
    if (lacking > 0) {
      if (nowNanos - stageNanos >= REPLACE_NANOS) {
        log.error(
            "ROLLED BACK: for {} partitions there are not enough complete replicas to fetch from,"
                + " so the old copy is not dropped; it is compared with the other replicas as they"
                + " come",
            lacking);
        comeHome(true);
      }
      return;
    }
    stage = Stage.COUNTING;
    stageNanos = nowNanos;
    keysDropped = 0;
    hintsDropped = 0;
    count(0, null);
  }

  private int partitionsWithoutEnough() {
    int lacking = 0;
    for (int partition = 0; partition < cluster.ring().partitions(); partition++) {
      List<UUID> primaries = cluster.ring().preferenceList(partition, cluster.largestN());
      if (!primaries.contains(settings.id())) {
        continue;
      }
      int complete = 0;
      for (UUID primary : primaries) {
        complete += complete(primary) ? 1 : 0;
      }
      int required = Math.min(primaries.size() - 1, cluster.comparisonsRequired(primaries.size()));
      lacking += complete < required ? 1 : 0;
    }
    return lacking;
  }

  /** Whether the present process of another node has announced that it is complete. */
  private boolean complete(UUID node) {
    Member member = membership.member(node);
    DurableMark word = membership.durableMark(node);
    return !node.equals(settings.id())
        && member != null
        && word != null
        && membership.status(node) == Status.ALIVE
        && word.life() == member.life().processNonce()
        && word.complete();
  }

  /** A hint may be the only copy of a write: their number is logged. */
  private void count(int partition, @Nullable Key after) {
    int partitions = cluster.ring().partitions();
    if (partition == partitions) {
      drop();
      return;
    }
    int bits = Integer.numberOfTrailingZeros(partitions);
    ContainedStorage.scan(
        storage,
        PositionRange.ofPartition(partition, bits),
        after,
        PAGE_KEYS,
        page -> {
          if (stage != Stage.COUNTING) {
            return;
          }
          Key last = after;
          for (ScanPage.Entry entry : page.entries()) {
            last = entry.key();
            keysDropped++;
            hintsDropped += cluster.mine(last) ? 0 : 1;
          }
          count(page.last() ? partition + 1 : partition, page.last() ? null : last);
        },
        () -> uncounted("its keys cannot be listed"));
  }

  /** The old copy is dropped nevertheless. */
  private void uncounted(String why) {
    if (stage == Stage.COUNTING) {
      log.error("the keys of the old copy cannot be counted completely: {}", why);
      drop();
    }
  }

  private void drop() {
    stage = Stage.BUSY;
    ContainedStorage.complete(
        "the drop of the old copy",
        done -> storage.drop(PositionRange.ofPartition(0, 0), done),
        failure -> {
          if (failure != null) {
            log.error(
                "the old copy could not be dropped; the node tries again: {}", failure.reason());
            // Again a little later; the log may have failed for good, and then the node serves
            // nothing.
            stage = Stage.DROPPING;
            stageNanos = clock.nanoTime();
            return;
          }
          log.warn(
              "ROLLED BACK: {} keys of the old copy were dropped, {} of them hints for other nodes,"
                  + " which may have been the only copies of writes; the rest comes from the other"
                  + " replicas",
              keysDropped,
              hintsDropped);
          comeHome(true);
        });
  }

  // ---- own marks

  private void comeHome(boolean lacks) {
    stage = Stage.COMING;
    nextWordNanos = clock.nanoTime() + WORD_NANOS;
    DurableMark remembered = membership.durableMark(settings.id());
    if (remembered != null) {
      reach(remembered.position());
    }
    if (lacks) {
      markIncomplete();
    }
    say();
  }

  /** From now on this node's marks are not below this position, whatever its log has lost. */
  private void reach(long position) {
    base = Math.max(base, position - storage.durableEnd());
  }

  /** The last announced position, or 0. */
  public long position() {
    return told == null ? 0 : told.position();
  }

  private void markIncomplete() {
    local.markAllIncomplete(cluster.ring().partitions());
    incomplete.run();
  }

  /** Announces this node's durable mark, if it has changed. */
  private void say() {
    if (saving) {
      return;
    }
    boolean complete = local.incompletePartitions() == 0;
    DurableMark last = told;
    long incarnation = membership.life().incarnation();
    if (last != null && last.incarnation() > incarnation) {
      // Peers accept only a mark above that process, which may still run.
      membership.raiseAbove(last.incarnation());
      return;
    }
    if (last != null
        && last.life() == membership.life().processNonce()
        && last.incarnation() == incarnation
        && last.position() == base + storage.durableEnd()
        && last.complete() == complete) {
      return;
    }
    DurableMark word =
        new DurableMark(
            incarnation,
            ++turn,
            base + storage.durableEnd(),
            base,
            membership.life().processNonce(),
            complete);
    DurableMark durable = kept;
    if (durable != null
        && durable.incarnation() == incarnation
        && durable.base() == base
        && durable.complete() == complete) {
      tell(word);
      return;
    }
    saving = true;
    ContainedStorage.save(
        storage,
        NAME,
        word.encode(),
        failure -> {
          saving = false;
          if (failure == null) {
            kept = word;
            tell(word);
          }
        });
  }

  private void tell(DurableMark word) {
    told = word;
    var unused = membership.merge(MetadataType.DURABLE_MARKS.of(settings.id()), word.encode());
    if (stage != Stage.HOME) {
      stage = Stage.HOME;
      nextWordNanos = clock.nanoTime() + WORD_NANOS;
      cluster.waitFor(null);
    }
  }
}
