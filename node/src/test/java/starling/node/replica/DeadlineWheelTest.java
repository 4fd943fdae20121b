package starling.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import starling.node.port.Timers;

class DeadlineWheelTest {
  private static final long TICK = DeadlineWheel.TICK_NANOS;

  /** Timers in virtual time, exact to the nanosecond. */
  private static final class Virtual implements Timers {
    private record Event(long at, long number, Runnable task) {}

    private final PriorityQueue<Event> events =
        new PriorityQueue<>(
            (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.number, b.number));
    private long now;
    private long number;

    @Override
    public Timer after(long delayNanos, Runnable task) {
      Event event = new Event(now + delayNanos, number++, task);
      events.add(event);
      return () -> events.remove(event);
    }

    void runUntil(long nanos) {
      while (!events.isEmpty() && events.peek().at <= nanos) {
        Event event = events.remove();
        now = event.at;
        event.task.run();
      }
      now = nanos;
    }
  }

  private final Virtual timers = new Virtual();
  private final DeadlineWheel wheel = new DeadlineWheel(timers);
  private final List<String> fired = new ArrayList<>();

  @Test
  void noDeadlineFiresEarlyAndNoneMoreThanTwoTicksLate() {
    long seed = 20261120;
    Random random = new Random(seed);
    long[] wanted = new long[20_000];
    long[] came = new long[wanted.length];
    for (int i = 0; i < wanted.length; i++) {
      timers.runUntil(timers.now + random.nextInt(3_000_000));
      long delay = random.nextLong(random.nextBoolean() ? 100 * TICK : 2_000 * TICK);
      int number = i;
      wanted[i] = timers.now + delay;
      var unused =
          wheel.set(
              delay,
              () -> {
                assertThat(came[number]).isZero();
                came[number] = timers.now;
              });
    }
    timers.runUntil(timers.now + 3_000 * TICK);
    for (int i = 0; i < wanted.length; i++) {
      assertThat(came[i] - wanted[i]).as("seed %s, %s", seed, i).isBetween(0L, 2 * TICK);
    }
    assertThat(timers.events).isEmpty();
  }

  @Test
  void aClearedDeadlineNeverFires() {
    var first = wheel.set(5 * TICK, () -> fired.add("first"));
    var unused = wheel.set(5 * TICK, () -> fired.add("second"));
    wheel.clear(first);
    wheel.clear(first);
    timers.runUntil(20 * TICK);
    assertThat(fired).containsExactly("second");
    wheel.clear(first);
    assertThat(timers.events).isEmpty();
  }

  @Test
  void aFiringMayClearAnotherOfTheSameTick() {
    DeadlineWheel.Deadline[] other = new DeadlineWheel.Deadline[1];
    var unused =
        wheel.set(
            TICK,
            () -> {
              fired.add("first");
              wheel.clear(other[0]);
            });
    other[0] = wheel.set(TICK, () -> fired.add("cleared"));
    timers.runUntil(20 * TICK);
    assertThat(fired).containsExactly("first");
    assertThat(timers.events).isEmpty();
  }

  @Test
  void aFiringMayClearItselfAndSetAnother() {
    DeadlineWheel.Deadline[] own = new DeadlineWheel.Deadline[1];
    own[0] =
        wheel.set(
            0,
            () -> {
              wheel.clear(own[0]);
              var unused = wheel.set(0, () -> fired.add("again"));
            });
    timers.runUntil(20 * TICK);
    assertThat(fired).containsExactly("again");
    assertThat(timers.events).isEmpty();
  }

  @Test
  void oneTimerServesAllAndNoneIsLeftWhenAllAreCleared() {
    List<DeadlineWheel.Deadline> all = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      all.add(wheel.set(i * TICK, () -> fired.add("never")));
      assertThat(timers.events).hasSize(1);
    }
    all.forEach(wheel::clear);
    timers.runUntil(TICK);
    assertThat(timers.events).isEmpty();
    assertThat(fired).isEmpty();
  }
}
