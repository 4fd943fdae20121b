package starling.node.bench.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The client's thread as an executor: the caller of {@link #runUntil} runs the tasks of other
 * threads, all that wait in one turn. It models a node's event loop, and every engine answers
 * through it, so that the thread hop back costs all of them the same. A task that a task submits
 * runs in the next turn. It parks when nothing waits; it never spins.
 */
final class ClientLoop implements Executor {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();
  private List<Runnable> waiting = new ArrayList<>();
  private List<Runnable> turn = new ArrayList<>();

  @Override
  public void execute(Runnable task) {
    lock.lock();
    try {
      waiting.add(task);
      added.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Runs tasks until the claim holds, which only tasks can bring about. */
  void runUntil(BooleanSupplier done) {
    while (!done.getAsBoolean()) {
      takeAll();
      for (Runnable task : turn) {
        task.run();
      }
      turn.clear();
    }
  }

  private void takeAll() {
    lock.lock();
    try {
      while (waiting.isEmpty()) {
        added.awaitUninterruptibly();
      }
      List<Runnable> taken = waiting;
      waiting = turn;
      turn = taken;
    } finally {
      lock.unlock();
    }
  }
}
