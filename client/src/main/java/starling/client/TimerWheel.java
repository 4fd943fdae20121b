package starling.client;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Entries by the tick at which they are due, after Varghese and Lauck's hashed timing wheel (1987,
 * scheme 6): adding and removing take constant time, since nearly every call ends before it is due.
 * An entry is in one wheel at most. Not thread-safe.
 */
final class TimerWheel {
  private static final int SLOTS = 1024;

  /** Something that is due once. */
  abstract static class Entry {
    private long dueTick = -1;
    private @Nullable Entry previous;
    private @Nullable Entry next;
  }

  private static final class Head extends Entry {}

  private final long tickNanos;
  private final Entry[] slots = new Entry[SLOTS];
  private long tick;
  private int size;

  TimerWheel(long tickNanos, long nowNanos) {
    this.tickNanos = tickNanos;
    this.tick = Math.floorDiv(nowNanos, tickNanos);
    for (int i = 0; i < SLOTS; i++) {
      Head head = new Head();
      ((Entry) head).next = head;
      ((Entry) head).previous = head;
      slots[i] = head;
    }
  }

  int size() {
    return size;
  }

  /** Sets when the entry is due, in place of an earlier time; a past time is the next tick. */
  void set(Entry entry, long dueNanos) {
    remove(entry);
    // Rounded up: an entry is never due early.
    entry.dueTick = Math.max(tick + 1, Math.floorDiv(dueNanos + tickNanos - 1, tickNanos));
    Entry head = slots[(int) (entry.dueTick & (SLOTS - 1))];
    Entry last = head.previous;
    entry.previous = last;
    entry.next = head;
    if (last != null) {
      last.next = entry;
    }
    head.previous = entry;
    size++;
  }

  /**
   * A time before which no entry is due: that of the earliest entry, or an earlier one where that
   * is more than a turn of the wheel away.
   *
   * @return {@link Long#MAX_VALUE} for an empty wheel
   */
  long quietUntil() {
    if (size == 0) {
      return Long.MAX_VALUE;
    }
    for (long next = tick + 1; next <= tick + SLOTS; next++) {
      Entry head = slots[(int) (next & (SLOTS - 1))];
      if (head.next != head) {
        return next * tickNanos;
      }
    }
    return (tick + 1) * tickNanos;
  }

  /** Removes an entry, if it is in the wheel. */
  void remove(Entry entry) {
    Entry before = entry.previous;
    Entry after = entry.next;
    if (before == null || after == null) {
      return;
    }
    before.next = after;
    after.previous = before;
    entry.previous = null;
    entry.next = null;
    size--;
  }

  /** Removes all entries that are due, and passes them on in the order of their ticks. */
  void advance(long nowNanos, Consumer<Entry> due) {
    long now = Math.floorDiv(nowNanos, tickNanos);
    if (now - tick > SLOTS) {
      // After a long pause each slot is looked at once.
      tick = now - SLOTS;
    }
    while (tick < now) {
      tick++;
      Entry head = slots[(int) (tick & (SLOTS - 1))];
      Entry entry = head.next;
      while (entry != null && entry != head) {
        Entry following = entry.next;
        if (entry.dueTick <= now) {
          remove(entry);
          due.accept(entry);
          // The consumer may have changed this list: it is short, so it is read again.
          following = head.next;
        }
        entry = following;
      }
    }
  }
}
