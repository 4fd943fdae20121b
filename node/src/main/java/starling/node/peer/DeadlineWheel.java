package starling.node.peer;

import org.jspecify.annotations.Nullable;
import starling.node.port.Clock;
import starling.node.port.Contained;
import starling.node.port.Timers;

/**
 * Deadlines of requests, most of which are met: setting and clearing one costs a few field writes
 * and no allocation beyond the entry. A hashed wheel (Varghese and Lauck, scheme 6) whose ticks are
 * a few milliseconds; a deadline fires at most two ticks after a timer would have, and never early.
 * Its one timer is armed only while there are deadlines.
 *
 * <p>The clock decides how many ticks have passed, so that deadlines hold on a thread whose timers
 * come late. But a timer that comes late by more than {@link #MAX_NANOS} counts for no more than
 * that: during a pause of the thread it heard no peer, and must not take that for the silence of
 * peers.
 *
 * <p>Owned by the thread of the node's state.
 */
public final class DeadlineWheel {
  private static final int SLOTS = 512;
  static final long TICK_NANOS = 8_000_000;

  /** Ticks for deadlines of milliseconds. */
  public static final long FINE_TICK_NANOS = 2_000_000;

  /** The most that one timer counts for, however late it comes. */
  static final long MAX_NANOS = 100_000_000;

  private final Timers timers;
  private final Clock clock;
  private final long tickNanos;
  private final Deadline[] slots = new Deadline[SLOTS];
  private long tick;

  /** When the present tick began, as far as time was counted. */
  private long tickBegunNanos;

  private int standing;
  private boolean armed;

  public DeadlineWheel(Timers timers, Clock clock) {
    this(timers, clock, TICK_NANOS);
  }

  public DeadlineWheel(Timers timers, Clock clock, long tickNanos) {
    this.timers = timers;
    this.clock = clock;
    this.tickNanos = tickNanos;
    for (int i = 0; i < SLOTS; i++) {
      slots[i] = new Deadline(null, 0);
    }
  }

  /** Runs {@code task} after {@code delayNanos}, unless cleared before. */
  public Deadline set(long delayNanos, Runnable task) {
    long now = clock.nanoTime();
    if (standing == 0 && !armed) {
      tickBegunNanos = now;
    }
    // More than this tick may have passed already, if the timer is late; it will count as much of
    // that.
    long sinceTick = Math.min(now - tickBegunNanos, MAX_NANOS) + Math.max(0, delayNanos);
    long due = tick + Math.max(1, (sinceTick + tickNanos - 1) / tickNanos);
    Deadline deadline = new Deadline(task, due);
    deadline.insertBefore(slots[(int) (due % SLOTS)]);
    standing++;
    arm(now);
    return deadline;
  }

  public void clear(Deadline deadline) {
    if (deadline.unlink()) {
      standing--;
    }
  }

  private void arm(long now) {
    if (!armed && standing > 0) {
      armed = true;
      var unused = timers.after(Math.max(1, tickBegunNanos + tickNanos - now), this::onTimer);
    }
  }

  private void onTimer() {
    armed = false;
    long now = clock.nanoTime();
    tickBegunNanos = Math.max(tickBegunNanos, now - MAX_NANOS);
    Deadline due = new Deadline(null, 0);
    while (now - tickBegunNanos >= tickNanos) {
      tickBegunNanos += tickNanos;
      tick++;
      takeDue(due);
    }
    // A deadline that fires may clear another that is due in the same tick.
    while (due.next != due) {
      Deadline first = due.next;
      clear(first);
      Runnable task = first.task;
      if (task != null) {
        // A deadline that fails must not keep the others of its tick from running.
        var unused = Contained.run("a deadline", task);
      }
    }
    arm(clock.nanoTime());
  }

  /** Moves the entries that are due in the present tick behind the earlier ones. */
  private void takeDue(Deadline due) {
    Deadline head = slots[(int) (tick % SLOTS)];
    Deadline entry = head.next;
    while (entry != head) {
      Deadline next = entry.next;
      if (entry.dueTick <= tick) {
        var unused = entry.unlink();
        entry.insertBefore(due);
      }
      entry = next;
    }
  }

  /** One deadline, linked into its slot until it fires or is cleared. */
  public static final class Deadline {
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
