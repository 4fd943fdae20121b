package starling.node.coordinator;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.coordinator.WriteCoordinator.Pending;
import starling.node.metrics.WaitingBytes;
import starling.node.request.Rejection;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.Key;
import starling.node.version.Context;
import starling.node.version.IdempotencyKey;
import starling.wire.ProblemKind;

/**
 * Coordinates writes: begins them, and bounds the memory of those that have not ended. Each
 * continues as a {@link WriteOperation}.
 */
public final class WriteCoordinator {
  private final WriteParts parts;
  private final WaitingBytes held;
  private final Set<Running> running = new HashSet<>();

  /** Answered, and held until the last replicas have answered or are given up; oldest first. */
  private final Lingering lingering = new Lingering();

  /**
   * @param held bytes of values of writes that have not ended
   */
  public WriteCoordinator(WriteParts parts, WaitingBytes held) {
    this.parts = parts;
    this.held = held;
  }

  private static final Pending ENDED =
      new Pending() {
        @Override
        public void abandon() {}

        @Override
        public boolean ended() {
          return true;
        }
      };

  /** A work that can be cancelled while nothing has been written yet. */
  public interface Pending {
    void abandon();

    boolean ended();
  }

  /** Whether this node may make an event of the key: it is a complete primary of it. */
  boolean mayCoordinate(ReplicaPlan target) {
    return target.mine() && parts.local().complete(target.partition());
  }

  /**
   * Begins a write whose target was checked and which this node may coordinate.
   *
   * @param given the past of the client's context, or null if its write has none
   * @param done called once with the outcome
   */
  Pending coordinate(
      WriteRequest request,
      ReplicaPlan target,
      @Nullable Context given,
      int timeoutMillis,
      Consumer<WriteOutcome> done) {
    if (!hold(request.content().valueBytes())) {
      done.accept(
          new WriteOutcome.Rejected(
              Rejection.of(
                  ProblemKind.OVERLOADED, "the node holds too many bytes of writes under way")));
      return ENDED;
    }
    parts.counters().writes++;
    PlannedWrite write =
        new PlannedWrite(
            request, target, given, !target.mine(), timeoutMillis, parts.clock().nanoTime());
    WriteOperation operation = new WriteOperation(parts, this, write, done);
    operation.contained(operation::begin);
    return operation;
  }

  /**
   * Makes room for a write. Answered writes that wait for their last replicas end for it: their
   * missing replicas get debts, as after any time-out.
   */
  private boolean hold(int bytes) {
    while (!held.add(bytes)) {
      WriteOperation oldest = lingering.oldest;
      if (oldest == null) {
        return false;
      }
      oldest.contained(oldest::giveUpTheRest);
      oldest.release();
    }
    return true;
  }

  /** A list through its members: a write joins and leaves it without an allocation. */
  private static final class Lingering {
    private @Nullable WriteOperation oldest;
    private @Nullable WriteOperation newest;

    void add(WriteOperation operation) {
      operation.older = newest;
      if (newest == null) {
        oldest = operation;
      } else {
        newest.newer = operation;
      }
      newest = operation;
    }

    void remove(WriteOperation operation) {
      if (operation.older == null) {
        oldest = operation.newer;
      } else {
        operation.older.newer = operation.newer;
      }
      if (operation.newer == null) {
        newest = operation.older;
      } else {
        operation.newer.older = operation.older;
      }
      operation.older = null;
      operation.newer = null;
    }
  }

  /** A write with an idempotency key that is under way. */
  record Running(Key key, long high, long low) {}

  /** Records a write with an idempotency key; null where another with the same is under way. */
  @Nullable Running begins(Key key, IdempotencyKey idempotency) {
    Running asked = new Running(key, idempotency.high(), idempotency.low());
    return running.add(asked) ? asked : null;
  }

  void ends(Running write) {
    running.remove(write);
  }

  /** A write was answered, and waits for its last replicas. */
  void lingers(WriteOperation operation) {
    lingering.add(operation);
  }

  void lingersNoMore(WriteOperation operation) {
    lingering.remove(operation);
  }

  /** The value of a write is released. */
  void release(int valueBytes) {
    held.remove(valueBytes);
  }
}
