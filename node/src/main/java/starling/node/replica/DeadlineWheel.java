package starling.node.replica;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.port.Timers;

/**
 * Deadlines of requests, most of which are met: setting and clearing one costs a few field writes
 * and no allocation beyond the entry. A hashed wheel (Varghese and Lauck, scheme 6) whose ticks are
 * a few milliseconds; a deadline fires at most two ticks late and never early. The one timer behind
 * it is armed only while deadlines stand.
 *
 * <p>Owned by the thread of the node's state.
 */
final class DeadlineWheel {
  private static final Logger log = LoggerFactory.getLogger(DeadlineWheel.class);

  private static final int SLOTS = 512;
  static final long TICK_NANOS = 8_000_000;

  /** Ticks for what is a matter of milliseconds. */
  static final long FINE_TICK_NANOS = 2_000_000;

  private final Timers timers;
  private final long tickNanos;
  private final Deadline[] slots = new Deadline[SLOTS];
  private long tick;
  private int standing;
  private boolean armed;

  DeadlineWheel(Timers timers) {
    this(timers, TICK_NANOS);
  }

  DeadlineWheel(Timers timers, long tickNanos) {
    this.timers = timers;
    this.tickNanos = tickNanos;
    for (int i = 0; i < SLOTS; i++) {
      slots[i] = new Deadline(null, 0);
    }
  }

  /** Runs {@code task} after {@code delayNanos}, unless cleared before. */
  Deadline set(long delayNanos, Runnable task) {
    // The present tick is partly over: one more keeps a deadline from firing early.
    long due = tick + 1 + Math.max(0, (delayNanos + tickNanos - 1) / tickNanos);
    Deadline deadline = new Deadline(task, due);
    deadline.insertBefore(slots[(int) (due % SLOTS)]);
    standing++;
    arm();
    return deadline;
  }

  void clear(Deadline deadline) {
    if (deadline.unlink()) {
      standing--;
    }
  }

  private void arm() {
    if (!armed && standing > 0) {
      armed = true;
      var unused = timers.after(tickNanos, this::onTick);
    }
  }

  private void onTick() {
    armed = false;
    tick++;
    Deadline head = slots[(int) (tick % SLOTS)];
    Deadline entry = head.next;
    Deadline due = new Deadline(null, 0);
    while (entry != head) {
      Deadline next = entry.next;
      if (entry.dueTick <= tick) {
        var unused = entry.unlink();
        entry.insertBefore(due);
      }
      entry = next;
    }
    // One that fires may clear another that is due in the same tick.
    while (due.next != due) {
      Deadline first = due.next;
      clear(first);
      Runnable task = first.task;
      if (task != null) {
        run(task);
      }
    }
    arm();
  }

  /** A task that fails must not keep the others of its tick from running. */
  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      log.error("a deadline could not be acted on", e);
    }
  }

  /** One deadline, linked into its slot while it stands. */
  static final class Deadline {
    private final @Nullable Runnable task;
    private final long dueTick;
    private Deadline previous;
    private Deadline next;

    @SuppressWarnings("this-escape")
    private Deadline(@Nullable Runnable task, long dueTick) {
      this.task = task;
      this.dueTick = dueTick;
      this.previous = this;
      this.next = this;
    }

    private void insertBefore(Deadline other) {
      previous = other.previous;
      next = other;
      other.previous.next = this;
      other.previous = this;
    }

    private boolean unlink() {
      if (next == this) {
        return false;
      }
      previous.next = next;
      next.previous = previous;
      previous = this;
      next = this;
      return true;
    }
  }
}
