package starling.node.replica;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import starling.node.metrics.WaitingBytes;
import starling.node.port.Clock;
import starling.node.port.Contained;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Storage;
import starling.node.version.HybridClock;

/**
 * Keeps the hybrid clock's lease ahead of its use: a counter is only given below a bound that is
 * already on disk, and a new process starts above the bound of the last one, so counters only grow,
 * across crashes too. Renewed when half of it is used; a step that finds it used up waits for the
 * disk.
 */
public final class ClockLease {
  /** The name of the durable bound: 8 bytes, big endian. */
  private static final String NAME = "clock-lease";

  private static final long LEASE_MILLIS = 10_000;
  private static final long FAR_AHEAD_MILLIS = 60_000;

  private final HybridClock hybridClock;
  private final Storage storage;
  private final Clock clock;
  private final WaitingBytes waitingBytes;
  private final List<Waiting> waiting = new ArrayList<>();

  public ClockLease(
      HybridClock hybridClock, Storage storage, Clock clock, WaitingBytes waitingBytes) {
    this.hybridClock = hybridClock;
    this.storage = storage;
    this.clock = clock;
    this.waitingBytes = waitingBytes;
  }

  /** A clock that continues above all counters that the last process can have given. */
  public static HybridClock restore(Storage storage) {
    byte[] kept = storage.meta(NAME);
    long durable = kept == null ? 0 : ByteBuffer.wrap(kept).getLong();
    return new HybridClock(durable, LEASE_MILLIS, FAR_AHEAD_MILLIS);
  }

  /** Renews early, so that no step has to wait. */
  public void tick() {
    long bound = hybridClock.leaseNeeded(clock.wallMillis());
    if (bound != 0) {
      save(bound);
    }
  }

  /**
   * Runs {@code then} when the lease is renewed on disk; returns false, and will not run it, if too
   * much waits already.
   *
   * @param bytes the bytes it holds while it waits
   */
  public boolean await(int bytes, Runnable then) {
    if (!waitingBytes.add(bytes)) {
      return false;
    }
    waiting.add(new Waiting(bytes, then));
    tick();
    return true;
  }

  private void save(long bound) {
    ContainedStorage.save(
        storage,
        NAME,
        ByteBuffer.allocate(Long.BYTES).putLong(bound).array(),
        failure -> {
          if (failure != null) {
            // The waiting steps continue to wait, to their deadlines at most: the next tick asks
            // again.
            hybridClock.leaseDenied(bound);
            return;
          }
          hybridClock.leaseGranted(bound);
          List<Waiting> ready = new ArrayList<>(waiting);
          waiting.clear();
          for (Waiting each : ready) {
            waitingBytes.remove(each.bytes());
            var unused = Contained.run("a step that waited for a lease", each.then());
          }
        });
  }

  private record Waiting(int bytes, Runnable then) {}
}
