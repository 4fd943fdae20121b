package starling.node.bench.storage;

import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import starling.node.storage.Completion;
import starling.node.storage.Key;

/**
 * Group commit for engines that have none of this shape: the client's puts of one turn of its loop
 * go to one storage thread in one thread hop; that thread takes up to {@link #MOST} waiting puts,
 * commits them at once, and returns all their completions in one task. The shape, the lock and the
 * wake-ups are those of Starling's store. A failed commit ends the comparison.
 */
final class GroupCommit implements Closeable {
  /** Most puts of one commit. */
  static final int MOST = 1024;

  private final ClientLoop client;
  private final Commit commit;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Put> waiting = new ArrayDeque<>();
  private boolean closing;

  /** The client's: what this turn has put so far. */
  private final List<Put> gathering = new ArrayList<>();

  /** One put on its way. */
  record Put(Key key, byte[] value, Completion done) {}

  /** Makes some puts durable, all or none of them, on the storage thread. */
  @FunctionalInterface
  interface Commit {
    void commit(List<Put> group) throws Exception;
  }

  GroupCommit(String name, ClientLoop client, Commit commit) {
    this.client = client;
    this.commit = commit;
    thread = new Thread(this::run, name);
    thread.start();
  }

  void put(Key key, byte[] value, Completion done) {
    if (gathering.isEmpty()) {
      client.execute(this::handOver);
    }
    gathering.add(new Put(key, value, done));
  }

  private void handOver() {
    lock.lock();
    try {
      waiting.addAll(gathering);
      changed.signal();
    } finally {
      lock.unlock();
    }
    gathering.clear();
  }

  private void run() {
    List<Put> group = next();
    while (!group.isEmpty()) {
      List<Put> committed = group;
      try {
        commit.commit(committed);
        client.execute(() -> complete(committed));
      } catch (Exception e) {
        client.execute(
            () -> {
              throw new IllegalStateException("a commit failed", e);
            });
        return;
      }
      group = next();
    }
  }

  /** Waits for puts; none: the end. */
  private List<Put> next() {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closing) {
        changed.awaitUninterruptibly();
      }
      List<Put> group = new ArrayList<>(Math.min(waiting.size(), MOST));
      while (group.size() < MOST && !waiting.isEmpty()) {
        group.add(waiting.remove());
      }
      return group;
    } finally {
      lock.unlock();
    }
  }

  private static void complete(List<Put> group) {
    for (Put put : group) {
      put.done().completed(null);
    }
  }

  /** Ends the thread when it has committed all that waits. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException("the client is never interrupted", e);
    }
  }
}
