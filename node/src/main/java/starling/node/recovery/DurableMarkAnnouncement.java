package starling.node.recovery;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.cluster.DurableMark;
import starling.node.cluster.Membership;
import starling.node.cluster.MetadataType;
import starling.node.replica.LocalReplica;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Storage;

/**
 * Announces this node's durable mark, and stores it first where it says more than its position.
 *
 * <ol>
 *   <li>The first mark of a process is durable before it is announced.
 *   <li>A mark never exceeds the log after a loss of power, and is never below an earlier mark: the
 *       base carries what earlier logs of this node have lost.
 * </ol>
 */
final class DurableMarkAnnouncement {
  /** This node's own last durable mark, or the one before. */
  static final String NAME = "shown";

  private final UUID self;
  private final Storage storage;
  private final Membership membership;
  private final LocalReplica local;
  private final Runnable onAnnounced;
  private final @Nullable DurableMark found;
  private @Nullable DurableMark durable;
  private @Nullable DurableMark announced;
  private long turn;
  private long base;
  private boolean saving;

  /**
   * @param onAnnounced called after each announcement
   */
  DurableMarkAnnouncement(
      UUID self, Storage storage, Membership membership, LocalReplica local, Runnable onAnnounced) {
    this.self = self;
    this.storage = storage;
    this.membership = membership;
    this.local = local;
    this.onAnnounced = onAnnounced;
    byte[] bytes = storage.meta(NAME);
    this.found = bytes == null ? null : DurableMark.decode(bytes);
    this.durable = found;
    this.base = found == null ? 0 : found.base();
  }

  /** The mark that the directory held at the start, or null. */
  @Nullable DurableMark found() {
    return found;
  }

  /** The last announced position, or 0. */
  long position() {
    return announced == null ? 0 : announced.position();
  }

  /** From now on this node's marks are not below this position, whatever its log has lost. */
  void reach(long position) {
    base = Math.max(base, position - storage.durableEnd());
  }

  /**
   * A mark of this node that peers remember and this process did not announce, or null. Later marks
   * exceed it.
   */
  @Nullable DurableMark adoptForeign() {
    DurableMark remembered = membership.durableMark(self);
    DurableMark mine = announced;
    if (remembered == null || mine == null || remembered.equals(mine)) {
      return null;
    }
    // First what the store may fail at: it is tried again only while nothing was adopted.
    reach(remembered.position());
    turn = Math.max(turn, remembered.turn());
    announced = remembered;
    return remembered;
  }

  /** Announces the present mark, if it has changed. */
  void announce() {
    if (saving) {
      return;
    }
    boolean complete = local.incompletePartitions() == 0;
    DurableMark last = announced;
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
    DurableMark mark =
        new DurableMark(
            incarnation,
            ++turn,
            base + storage.durableEnd(),
            base,
            membership.life().processNonce(),
            complete);
    DurableMark kept = durable;
    if (kept != null
        && kept.incarnation() == incarnation
        && kept.base() == base
        && kept.complete() == complete) {
      announce(mark);
      return;
    }
    saving = true;
    ContainedStorage.save(
        storage,
        NAME,
        mark.encode(),
        failure -> {
          saving = false;
          if (failure == null) {
            durable = mark;
            announce(mark);
          }
        });
  }

  private void announce(DurableMark mark) {
    announced = mark;
    var unused = membership.merge(MetadataType.DURABLE_MARKS.of(self), mark.encode());
    onAnnounced.run();
  }
}
