package starling.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * One run of a simulated world: a queue of events on virtual time, in one thread, everything random
 * drawn from one seed. The idea is FoundationDB's; the shape that of Kafka's raft simulation.
 *
 * <ol>
 *   <li>Events happen in the order of (time, order of scheduling); time never steps back, and does
 *       not pass while an event runs.
 *   <li>The same seed and the same program give the same {@link #trace()}, in any JVM, as long as
 *       nothing simulated looks at hash order, real clocks or other randomness than {@link
 *       #stream}.
 *   <li>Events of some labels may be held: those wait until they are let go, in any order, and time
 *       passes them by.
 *   <li>Whatever an event or an {@link Invariant} throws ends the run as a {@link
 *       SimulationFailure} that names the seed.
 * </ol>
 */
public final class Simulation {
  private static final long DEFAULT_EVENT_LIMIT = 50_000_000;

  /** An invariant and how many events may pass between two looks at it. */
  private record Watched(Invariant invariant, int everyEvents) {}

  private final long seed;
  private final PriorityQueue<Scheduled> queue = new PriorityQueue<>();
  private final Map<String, SplitMix> streams = new TreeMap<>();
  private final List<Scheduled> held = new ArrayList<>();
  private Predicate<String> holds = label -> false;
  private final List<Watched> watched = new ArrayList<>();
  private final Trace trace = new Trace();
  private long nowNanos;
  private long sequence;
  private long events;
  private long eventLimit = DEFAULT_EVENT_LIMIT;

  public Simulation(long seed) {
    this.seed = seed;
  }

  public long seed() {
    return seed;
  }

  /** Virtual time since the beginning of the run. */
  public long nanoTime() {
    return nowNanos;
  }

  /** How many events have happened. */
  public long events() {
    return events;
  }

  public Trace trace() {
    return trace;
  }

  /** The generator of this name; the same object every time. */
  public SplitMix stream(String name) {
    return streams.computeIfAbsent(name, n -> SplitMix.named(seed, n));
  }

  /** Adds a line to the trace that is no event of its own. */
  public void note(String line) {
    trace.add(nowNanos, line);
  }

  /** Lets {@code task} happen at a time; what lies in the past happens now. */
  public Scheduled at(long atNanos, String label, Runnable task) {
    Scheduled event = new Scheduled(Math.max(atNanos, nowNanos), sequence++, label, task);
    if (holds.test(label)) {
      held.add(event);
    } else {
      queue.add(event);
    }
    return event;
  }

  /** Lets {@code task} happen {@code delayNanos} from now. */
  public Scheduled after(long delayNanos, String label, Runnable task) {
    return at(nowNanos + Math.max(0, delayNanos), label, task);
  }

  /** Looks at {@code invariant} after every event. */
  public void always(Invariant invariant) {
    every(1, invariant);
  }

  /** Looks at {@code invariant} after every {@code events}-th event. */
  public void every(int events, Invariant invariant) {
    watched.add(new Watched(invariant, events));
  }

  /** A run of more events than this has gone astray. */
  public void limitEvents(long limit) {
    this.eventLimit = limit;
  }

  /**
   * From now on events with such a label wait to be let go. Those that wait already and have
   * another one happen when it is their time, or now.
   */
  public void hold(Predicate<String> labels) {
    holds = labels;
    List<Scheduled> before = List.copyOf(held);
    held.clear();
    before.forEach(event -> (labels.test(event.label) ? held : queue).add(event));
  }

  /** What waits to be let go, in the order of scheduling. */
  public List<Scheduled> held() {
    held.removeIf(Scheduled::cancelled);
    return List.copyOf(held);
  }

  /** Lets an event that is held happen now. */
  public void letGo(Scheduled event) {
    if (!held.remove(event)) {
      throw new IllegalArgumentException("not held: " + event.label);
    }
    happen(event);
  }

  /** Lets the next event happen; false if there is none. */
  public boolean step() {
    Scheduled next = pollLive();
    if (next == null) {
      return false;
    }
    nowNanos = Math.max(nowNanos, next.atNanos);
    happen(next);
    return true;
  }

  private void happen(Scheduled next) {
    events++;
    trace.add(nowNanos, next.label);
    try {
      if (events > eventLimit) {
        throw new AssertionError("more than " + eventLimit + " events");
      }
      next.task.run();
      for (Watched each : watched) {
        if (events % each.everyEvents == 0) {
          each.invariant.check();
        }
      }
    } catch (SimulationFailure alreadyTold) {
      throw alreadyTold;
    } catch (RuntimeException | AssertionError broken) {
      throw new SimulationFailure(seed, nowNanos, events, next.label, broken);
    }
  }

  /** Lets everything happen up to and including {@code untilNanos}; then it is that time. */
  public void run(long untilNanos) {
    while (nextAt() <= untilNanos) {
      step();
    }
    nowNanos = Math.max(nowNanos, untilNanos);
  }

  public void runFor(long nanos) {
    run(nowNanos + nanos);
  }

  public void runForMillis(long millis) {
    runFor(millis * 1_000_000);
  }

  /**
   * Lets events happen until {@code condition} holds, for at most so long; says whether it does.
   */
  public boolean runUntil(BooleanSupplier condition, long atMostMillis) {
    long end = nowNanos + atMostMillis * 1_000_000;
    while (!condition.getAsBoolean()) {
      if (nextAt() > end) {
        nowNanos = Math.max(nowNanos, end);
        return condition.getAsBoolean();
      }
      step();
    }
    return true;
  }

  private long nextAt() {
    Scheduled head = queue.peek();
    while (head != null && head.cancelled()) {
      queue.poll();
      head = queue.peek();
    }
    return head == null ? Long.MAX_VALUE : head.atNanos;
  }

  private Scheduled pollLive() {
    return nextAt() == Long.MAX_VALUE ? null : queue.poll();
  }
}
