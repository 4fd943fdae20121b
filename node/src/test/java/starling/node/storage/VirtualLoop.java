package starling.node.storage;

import java.util.PriorityQueue;
import java.util.concurrent.Executor;
import starling.node.port.Clock;
import starling.node.port.Timers;

/** Owner, writer, timers and clock on one queue of events in virtual time. */
final class VirtualLoop implements Timers, Clock {
  /** How long a group takes from the owner to the disk. */
  static final long WRITE_NANOS = 200_000;

  private static final long TURN_NANOS = 1_000;

  private record Event(long at, long number, Runnable task) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.number, b.number));
  private long now;
  private long number;
  private long writerFree;
  private long backgroundFree;

  Executor owner() {
    return task -> at(now + TURN_NANOS, task);
  }

  Executor writer() {
    return task -> {
      writerFree = Math.max(now, writerFree) + WRITE_NANOS;
      at(writerFree, task);
    };
  }

  /** One thread of its own, a little slower than the writer. */
  Executor background() {
    return task -> {
      backgroundFree = Math.max(now, backgroundFree) + 3 * WRITE_NANOS;
      at(backgroundFree, task);
    };
  }

  Executor readers() {
    return task -> at(now + WRITE_NANOS, task);
  }

  @Override
  public Timer after(long delayNanos, Runnable task) {
    Event event = at(now + delayNanos, task);
    return () -> events.remove(event);
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public long wallMillis() {
    return now / 1_000_000;
  }

  /** Runs all events up to a moment from now. */
  void run(long nanos) {
    long until = now + nanos;
    while (!events.isEmpty() && events.peek().at <= until) {
      step();
    }
    now = until;
  }

  /** Runs until nothing is left to do. */
  void drain() {
    while (!events.isEmpty()) {
      step();
    }
  }

  private void step() {
    Event event = events.remove();
    now = Math.max(now, event.at);
    event.task.run();
  }

  private Event at(long at, Runnable task) {
    Event event = new Event(at, number++, task);
    events.add(event);
    return event;
  }
}
