package starling.node.storage;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.LongPredicate;
import starling.node.port.OutOfMemory;

/**
 * Points the index to the copies that a step of compaction made, some at a time, so that other work
 * of the owner's thread does not wait long. The copy of a record that was replaced meanwhile is
 * dead.
 */
final class CompactionMoves {
  private static final int MOVES_PER_TURN = 256;

  private final MaintenanceContext context;
  private final LiveIndex index;
  private final LongPredicate quarantined;
  private final Runnable compacted;
  private final Queue<Compaction.Move> moves = new ArrayDeque<>();
  private boolean lastStep;
  private boolean turnAsked;

  /**
   * @param quarantined whether the record at a location is damaged
   * @param compacted runs when the index points to all copies of a segment
   */
  CompactionMoves(MaintenanceContext context, LongPredicate quarantined, Runnable compacted) {
    this.context = context;
    this.index = context.index();
    this.quarantined = quarantined;
    this.compacted = compacted;
  }

  boolean isEmpty() {
    return moves.isEmpty();
  }

  /**
   * @param last whether the segment has been read to its end
   */
  void begin(List<Compaction.Move> copies, boolean last) {
    moves.addAll(copies);
    lastStep = last;
    turn();
  }

  private void turn() {
    turnAsked = false;
    if (context.jobs().ended()) {
      return;
    }
    try {
      moveSome();
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      // Some copies may be in the index and some not.
      context.jobs().stop();
      context
          .listener()
          .failed(
              new StorageFailure(
                  "pointing the index to compacted records failed; restart the node to recover the index: "
                      + e));
    }
  }

  private void moveSome() {
    for (int i = 0; i < MOVES_PER_TURN && !moves.isEmpty(); i++) {
      Compaction.Move move = moves.remove();
      boolean moved =
          !quarantined.test(move.from())
              && (move.shared() == null ? moved(move) : movedShared(move));
      SegmentTable.Entry into = index.segments.get(Location.segment(move.to()));
      if (moved && into != null) {
        into.knownIn = index.generation() + 1;
      }
      if (!moved) {
        index.segments.dead(move.to(), move.length());
      }
    }
    if (!moves.isEmpty()) {
      if (!turnAsked) {
        turnAsked = true;
        context.executors().owner().execute(this::turn);
      }
    } else if (lastStep) {
      lastStep = false;
      compacted.run();
    }
  }

  private boolean moved(Compaction.Move move) {
    return index.move(
        move.position(), move.fingerprint(), move.from(), move.to(), move.length(), move.removed());
  }

  private boolean movedShared(Compaction.Move move) {
    Key key = move.shared();
    FingerprintCollisions.Entry entry = key == null ? null : index.shared.get(key);
    if (key == null || entry == null || entry.location() != move.from()) {
      return false;
    }
    index.shared.put(
        new FingerprintCollisions.Entry(
            key, move.to(), move.removed() ? 0 : move.length(), entry.versionHash()));
    return true;
  }
}
