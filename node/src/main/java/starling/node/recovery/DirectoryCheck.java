package starling.node.recovery;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.cluster.DurableMark;
import starling.node.cluster.Membership;
import starling.node.config.NodeSettings;
import starling.node.metrics.NodeCounters;
import starling.node.port.Clock;
import starling.node.replica.LocalReplica;
import starling.node.storage.Storage;
import starling.node.storage.StorageRecovery;

/**
 * Checks a node's directory between its start and its first request: the node receives the durable
 * marks that its peers remember of it. If {@link RollbackDetection} finds the directory rolled back
 * or wiped, {@link DataRefill} drops its data, or it would revive deleted keys.
 *
 * <ol>
 *   <li>The node serves no request, of clients or peers, before the decision. A mark that a peer
 *       reports later makes this copy incomplete until it was compared.
 *   <li>The mark of this process is durable before the first request ({@link
 *       DurableMarkAnnouncement}).
 *   <li>After a drop, or with an old copy, all partitions are incomplete until they were compared,
 *       even if the process ends before that.
 * </ol>
 */
public final class DirectoryCheck {
  private static final Logger log = LoggerFactory.getLogger(DirectoryCheck.class);

  private static final long PAUSE_NANOS = 2_000_000_000L;
  private static final long REMINDER_NANOS = 60_000_000_000L;

  private enum Stage {
    /** Peers report the marks they remember. Then REFILLING or ANNOUNCING. */
    LISTENING,
    /** The directory was rolled back, and its data is dropped. Then ANNOUNCING. */
    REFILLING,
    /** The first mark of this process is not durable yet. Then SERVING. */
    ANNOUNCING,
    /** The node serves, and announces its mark every two seconds. */
    SERVING
  }

  private final NodeSettings settings;
  private final Clock clock;
  private final Membership membership;
  private final ClusterView cluster;
  private final LocalReplica local;
  private final NodeCounters counters;
  private final Runnable incomplete;
  private final DurableMarkAnnouncement announcement;
  private final DataRefill refill;
  private final RollbackDetection.Directory directory;
  private boolean begun;
  private long begunNanos;
  private Stage stage = Stage.LISTENING;
  private long nextMarkNanos;
  private long nextReminderNanos = Long.MIN_VALUE;

  /** The process nonce of the last mark that this process did not announce. */
  private @Nullable Long foreign;

  /**
   * @param incomplete called when partitions were marked incomplete
   */
  public DirectoryCheck(
      NodeSettings settings,
      Storage storage,
      Clock clock,
      Membership membership,
      ClusterView cluster,
      LocalReplica local,
      NodeCounters counters,
      Runnable incomplete) {
    this.settings = settings;
    this.clock = clock;
    this.membership = membership;
    this.cluster = cluster;
    this.local = local;
    this.counters = counters;
    this.incomplete = incomplete;
    this.announcement =
        new DurableMarkAnnouncement(settings.id(), storage, membership, local, this::onAnnounced);
    StorageRecovery found = storage.recovery();
    this.directory =
        new RollbackDetection.Directory(
            settings.wasMember(),
            announcement.found(),
            found.damagedMeta().contains(DurableMarkAnnouncement.NAME),
            found.end(),
            found.endMayBeDamaged());
    this.refill =
        new DataRefill(settings.id(), storage, clock, membership, cluster, () -> serve(true));
    cluster.waitFor("this node waits for the durable marks that its peers remember of it");
  }

  public void tick(long nowNanos) {
    if (!cluster.ring().founded()) {
      return;
    }
    if (!begun) {
      begun = true;
      begunNanos = nowNanos;
    }
    switch (stage) {
      case LISTENING -> listen(nowNanos);
      case REFILLING -> refill.tick(nowNanos);
      case ANNOUNCING -> {
        if (nowNanos >= nextMarkNanos) {
          // The first mark could not be saved, for example on a full disk.
          announceFirst(nowNanos);
        }
      }
      case SERVING -> {
        if (nowNanos >= nextMarkNanos) {
          nextMarkNanos = nowNanos + PAUSE_NANOS;
          lookForForeignMark();
          announcement.announce();
        }
      }
    }
  }

  /** Announces the last mark of a process that stops on purpose. */
  public void stop() {
    if (stage == Stage.SERVING) {
      announcement.announce();
    }
  }

  /** The last announced position, or 0. */
  public long position() {
    return announcement.position();
  }

  // ---- the marks that peers remember

  /** Other nodes that have reported the mark they remember since this process began. */
  public int heard() {
    return (int) cluster.otherNodes().stream().filter(membership::compared).count();
  }

  private void listen(long nowNanos) {
    DurableMark remembered = membership.durableMark(settings.id());
    RollbackDetection.Reports reports =
        new RollbackDetection.Reports(
            heard(),
            cluster.otherNodes().size(),
            remembered,
            membership.laterIncarnationConnected());
    RollbackDetection.Decision decision =
        RollbackDetection.of(
            directory, reports, membership.life().incarnation(), nowNanos - begunNanos);
    if (decision instanceof RollbackDetection.Wait wait) {
      await(wait, remembered, nowNanos);
      return;
    }
    if (!reports.enough()) {
      log.warn(
          "only {} of the {} other nodes reported within {} s the durable mark they remember of this node; it serves the data of its directory, and compares it if a later mark comes",
          reports.heard(),
          reports.others(),
          RollbackDetection.LISTEN_NANOS / 1_000_000_000L);
    }
    if (decision instanceof RollbackDetection.Serve serve) {
      if (serve.endsEarly()) {
        log.error(
            "the end of the log is damaged, and peers remember a later durable position: the directory may be rolled back; its data stays, and is compared with the other replicas");
      }
      if (serve.wiped()) {
        log.warn(
            "the directory holds only the id of this node, which has been in a cluster, and no peer remembers its durable mark: its data is compared with the other replicas, and is excluded from reads until then");
      }
      serve(serve.incomplete());
    } else if (decision instanceof RollbackDetection.RolledBack rolledBack) {
      onRolledBack(rolledBack.why(), nowNanos);
    }
  }

  private void await(RollbackDetection.Wait wait, @Nullable DurableMark remembered, long nowNanos) {
    switch (wait) {
      case FOR_REPORTS -> {}
      case FOR_LATER_CONNECTION ->
          remind(
              nowNanos,
              "a peer still holds a connection of a later process of this node: this process waits until it is closed");
      case FOR_LATER_PROCESS -> {
        if (remembered != null) {
          // Only when no peer knows the later process to be running: else this process must stop.
          membership.raiseAbove(remembered.incarnation());
        }
        remind(
            nowNanos,
            "a later process of this node may still run: this process waits until peers know that it has ended");
      }
    }
  }

  private void onRolledBack(String why, long nowNanos) {
    counters.rolledBack++;
    if (settings.acceptStaleData()) {
      log.warn(
          "ROLLED BACK: {}; --accept-stale-data keeps this copy: all its data stays, also keys deleted since, and is compared with the other replicas",
          why);
      serve(true);
      return;
    }
    log.error(
        "ROLLED BACK: {}; the data of this copy will be dropped and fetched from the other replicas",
        why);
    stage = Stage.REFILLING;
    refill.begin(nowNanos);
    cluster.waitFor("this node's directory was rolled back, and its data will be dropped");
  }

  /** A peer remembers a later mark of this node, which was not known at its start. */
  private void lookForForeignMark() {
    DurableMark mark = announcement.adoptForeign();
    if (mark == null) {
      return;
    }
    local.markAllIncomplete(cluster.ring().partitions());
    incomplete.run();
    if (foreign == null || foreign != mark.life()) {
      foreign = mark.life();
      counters.rolledBack++;
      log.error(
          "ROLLED BACK: a peer that was down remembers incarnation {} of this node and a log to {}, which this directory does not have: its data stays, and is excluded from reads until compared",
          mark.incarnation(),
          Long.toHexString(mark.position()));
    }
  }

  private void remind(long nowNanos, String text) {
    if (nowNanos >= nextReminderNanos) {
      nextReminderNanos = nowNanos + REMINDER_NANOS;
      log.error("{}", text);
    }
  }

  // ---- service

  /** No error of the store may come between what the directory lacks and its service. */
  private void serve(boolean lacks) {
    if (lacks) {
      local.markAllIncomplete(cluster.ring().partitions());
    }
    stage = Stage.ANNOUNCING;
    if (lacks) {
      incomplete.run();
    }
    announceFirst(clock.nanoTime());
  }

  private void announceFirst(long nowNanos) {
    nextMarkNanos = nowNanos + PAUSE_NANOS;
    DurableMark remembered = membership.durableMark(settings.id());
    if (remembered != null) {
      announcement.reach(remembered.position());
    }
    announcement.announce();
  }

  private void onAnnounced() {
    if (stage != Stage.SERVING) {
      stage = Stage.SERVING;
      nextMarkNanos = clock.nanoTime() + PAUSE_NANOS;
      cluster.waitFor(null);
    }
  }
}
