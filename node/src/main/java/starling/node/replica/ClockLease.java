package starling.node.replica;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import starling.node.port.Clock;
import starling.node.storage.Storage;
import starling.node.version.HybridClock;

/**
 * Keeps the hybrid clock's lease ahead of its use: a counter is only handed out below a bound that
 * is already on disk, and a new process starts above the bound of the last one, so counters only
 * grow, across crashes too. Renewed when half of it is used; a step that finds it spent waits for
 * the disk.
 */
final class ClockLease {
  /** Under which name the bound is kept: 8 bytes, big endian. */
  private static final String NAME = "clock-lease";

  private static final long LEASE_MILLIS = 10_000;
  private static final long FAR_AHEAD_MILLIS = 60_000;

  private final HybridClock hybridClock;
  private final Storage storage;
  private final Clock clock;
  private final List<Runnable> waiting = new ArrayList<>();

  ClockLease(HybridClock hybridClock, Storage storage, Clock clock) {
    this.hybridClock = hybridClock;
    this.storage = storage;
    this.clock = clock;
  }

  /** A clock that goes on above all that the last process can have handed out. */
  static HybridClock restore(Storage storage) {
    byte[] kept = storage.meta(NAME);
    long durable = kept == null ? 0 : ByteBuffer.wrap(kept).getLong();
    return new HybridClock(durable, LEASE_MILLIS, FAR_AHEAD_MILLIS);
  }

  /** Renews early, so that no step has to wait. */
  void tick() {
    long bound = hybridClock.leaseNeeded(clock.wallMillis());
    if (bound != 0) {
      save(bound);
    }
  }

  /** Runs {@code then} when the lease that was found spent is renewed on disk. */
  void await(Runnable then) {
    waiting.add(then);
    tick();
  }

  private void save(long bound) {
    storage.saveMeta(
        NAME,
        ByteBuffer.allocate(Long.BYTES).putLong(bound).array(),
        failure -> {
          List<Runnable> ready = new ArrayList<>(waiting);
          waiting.clear();
          if (failure == null) {
            hybridClock.leaseGranted(bound);
            ready.forEach(Runnable::run);
          }
          // Otherwise the log is dead; whoever waits runs into its deadline.
        });
  }
}
