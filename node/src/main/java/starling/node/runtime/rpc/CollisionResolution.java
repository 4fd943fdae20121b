package starling.node.runtime.rpc;

import java.util.UUID;
import starling.gossip.ProcessIncarnation;

/**
 * Decides which of two connections of one pair of nodes and one channel stays. Both nodes decide
 * for themselves, from numbers that both have seen, and must come to the same end, else each closes
 * the connection that the other keeps.
 *
 * <ol>
 *   <li>A later incarnation of the other node wins: the earlier process has ended, which this node
 *       has not noticed yet.
 *   <li>Of two that one side dialled, the one it dialled later wins: it has given up the other.
 *   <li>Of two dialled by different sides, one may have been dialled after its dialler had greeted
 *       on the other: it has lost that one, and the later wins.
 *   <li>Otherwise both were dialled at once, and the connection stays that the lower id dialled.
 * </ol>
 */
final class CollisionResolution {
  /**
   * One connection as this side sees it.
   *
   * @param dialledHere whether this side made it
   * @param life the process incarnation that the other side greeted with
   * @param mine the number of this side's greeting on it
   * @param theirs the number of the other side's
   */
  record Greeted(boolean dialledHere, ProcessIncarnation life, long mine, long theirs) {}

  private CollisionResolution() {}

  /** Whether a new connection replaces an established one. */
  static boolean replaces(Greeted candidate, Greeted standing, UUID self, UUID peer) {
    if (!candidate.life().sameProcess(standing.life())) {
      return candidate.life().outranks(standing.life());
    }
    if (candidate.dialledHere() == standing.dialledHere()) {
      return dialledLater(candidate, standing);
    }
    if (dialledLater(candidate, standing)) {
      return true;
    }
    if (dialledLater(standing, candidate)) {
      return false;
    }
    boolean lower = self.compareTo(peer) < 0;
    return candidate.dialledHere() == lower;
  }

  /** Whether the dialler of {@code one} had greeted on {@code other} before it dialled. */
  private static boolean dialledLater(Greeted one, Greeted other) {
    return one.dialledHere() ? one.mine() > other.mine() : one.theirs() > other.theirs();
  }
}
