package starling.node.recovery;

import org.jspecify.annotations.Nullable;
import starling.node.cluster.DurableMark;

/**
 * The rule that tells a rolled-back or wiped directory from the present one: at a start it compares
 * the node's own durable mark and the end of its log with the mark that its peers remember. Pure;
 * {@link DataRefill} carries the decision out.
 *
 * <p>The position alone proves a rollback within one incarnation. A loss of power never takes the
 * end of the log below an announced position. Damage in the middle leaves the end where it is, so
 * an earlier end is proof also with such damage. Only damage at the end may itself have moved it:
 * then the node drops nothing, and every partition is incomplete and compared.
 *
 * <ol>
 *   <li>There is no decision before half of the other nodes have reported the mark they remember,
 *       or {@link #LISTEN_NANOS} have passed.
 *   <li>While a later process of this node may run, this one does not serve.
 *   <li>A directory without its own mark is rolled back if peers remember one, unless the mark was
 *       there and is damaged: then the directory is incomplete. So is that of a former member if no
 *       peer remembers its mark.
 * </ol>
 */
final class RollbackDetection {
  static final long LISTEN_NANOS = 5_000_000_000L;

  /**
   * A directory as its process finds it.
   *
   * @param wasMember whether this node has been in a cluster, as its id shows
   * @param mark this node's own last durable mark, or the one before; null if there is none
   * @param markDamaged whether there was one, which is unreadable
   * @param logEnd the end of the log
   * @param endMayBeDamaged whether damage may have moved the end of the log
   */
  record Directory(
      boolean wasMember,
      @Nullable DurableMark mark,
      boolean markDamaged,
      long logEnd,
      boolean endMayBeDamaged) {
    /** The end of the log in the terms of announced positions. */
    long position() {
      return mark == null ? logEnd : mark.base() + logEnd;
    }
  }

  /**
   * What the peers have reported so far.
   *
   * @param heard how many other nodes have reported the mark they remember
   * @param others how many other nodes there are
   * @param remembered the latest mark that any of them remembers of this node
   * @param laterConnected whether one holds a connection of a later process of this node
   */
  record Reports(int heard, int others, @Nullable DurableMark remembered, boolean laterConnected) {
    boolean enough() {
      return 2 * heard >= others;
    }
  }

  /** What the node does. */
  sealed interface Decision permits Wait, Serve, RolledBack {}

  /** There is no decision yet. */
  enum Wait implements Decision {
    FOR_REPORTS,
    /** A peer holds a connection of a later process of this node. */
    FOR_LATER_CONNECTION,
    /** Peers remember a later process of this node, and may not know yet that it has ended. */
    FOR_LATER_PROCESS
  }

  /**
   * The directory is served.
   *
   * @param incomplete whether all partitions are excluded from reads until compared
   * @param endsEarly whether damage at the end of the log may hide a rollback
   * @param wiped whether only the id of a former member is left, and no peer remembers its mark
   */
  record Serve(boolean incomplete, boolean endsEarly, boolean wiped) implements Decision {}

  /** The directory was rolled back or wiped. */
  record RolledBack(String why) implements Decision {}

  private RollbackDetection() {}

  /**
   * Decides what a starting process does with its directory.
   *
   * @param incarnation of this process
   * @param listenedNanos how long it has waited for reports
   */
  static Decision of(Directory directory, Reports reports, long incarnation, long listenedNanos) {
    if (!reports.enough() && listenedNanos < LISTEN_NANOS) {
      return Wait.FOR_REPORTS;
    }
    if (reports.laterConnected()) {
      return Wait.FOR_LATER_CONNECTION;
    }
    DurableMark remembered = reports.remembered();
    if (remembered != null && incarnation <= remembered.incarnation()) {
      return Wait.FOR_LATER_PROCESS;
    }
    String why = remembered == null ? null : rolledBack(directory, remembered);
    if (why != null) {
      return new RolledBack(why);
    }
    DurableMark mark = directory.mark();
    boolean endsEarly = remembered != null && directory.position() < remembered.position();
    boolean wiped = mark == null && !directory.markDamaged() && directory.wasMember();
    boolean lacks = directory.markDamaged() || (mark != null && !mark.complete());
    return new Serve(lacks || endsEarly || wiped, endsEarly, wiped);
  }

  /** How the directory falls short of the remembered mark, or null. */
  private static @Nullable String rolledBack(Directory directory, DurableMark remembered) {
    DurableMark mark = directory.mark();
    if (mark == null) {
      return directory.markDamaged()
          ? null
          : "the directory holds only the id of this node, and peers remember incarnation "
              + remembered.incarnation();
    }
    if (mark.incarnation() < remembered.incarnation()) {
      return "the directory is of incarnation "
          + mark.incarnation()
          + ", and peers remember incarnation "
          + remembered.incarnation();
    }
    // Damage before the end of the log does not shorten it, and does not explain an early end.
    if (directory.position() < remembered.position() && !directory.endMayBeDamaged()) {
      return "the log ends at "
          + Long.toHexString(directory.position())
          + ", and peers remember that it was durable to "
          + Long.toHexString(remembered.position());
    }
    return null;
  }
}
