package starling.node.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import starling.node.port.Clock;
import starling.node.port.Timers;

class DeadlineWheelTest {
  private static final long TICK = DeadlineWheel.TICK_NANOS;

  /** Timers in virtual time, exact to the nanosecond, or late. */
  private static final class Virtual implements Timers, Clock {
    private record Event(long at, long number, Runnable task) {}

    private final PriorityQueue<Event> events =
        new PriorityQueue<>(
            (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.number, b.number));
    private long now;
    private long number;

    /** How late every timer comes. */
    private LongSupplier late = () -> 0;

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public long wallMillis() {
      throw new AssertionError("deadlines are no matter of the wall clock");
    }

    @Override
    public Timer after(long delayNanos, Runnable task) {
      Event event = new Event(now + delayNanos + late.getAsLong(), number++, task);
      events.add(event);
      return () -> events.remove(event);
    }

    void runUntil(long nanos) {
      while (!events.isEmpty() && events.peek().at <= nanos) {
        Event event = events.remove();
        now = Math.max(now, event.at);
        event.task.run();
      }
      now = Math.max(now, nanos);
    }
  }

  private final Virtual timers = new Virtual();
  private final DeadlineWheel wheel = new DeadlineWheel(timers, timers);
  private final List<String> fired = new ArrayList<>();

  @Test
  void noDeadlineFiresEarlyAndNoneMoreThanTwoTicksLate() {
    noneIsEarlyAndNoneLaterThan(2 * TICK, 20261120, new Random(20261120));
  }

  @Test
  void noDeadlineIsLaterThanTheTimersAre() {
    long latest = 60_000_000;
    Random random = new Random(20261121);
    timers.late = () -> random.nextLong(latest);
    noneIsEarlyAndNoneLaterThan(2 * TICK + latest, 20261121, random);
  }

  private void noneIsEarlyAndNoneLaterThan(long bound, long seed, Random random) {
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
      assertThat(came[i] - wanted[i]).as("seed %s, %s", seed, i).isBetween(0L, bound);
    }
    assertThat(timers.events).isEmpty();
  }

  @Test
  void deadlinesHoldOnAThreadThatIsAlwaysBehind() {
    long behind = 10_000_000;
    timers.late = () -> behind;
    DeadlineWheel fine = new DeadlineWheel(timers, timers, DeadlineWheel.FINE_TICK_NANOS);
    List<Long> came = new ArrayList<>();
    var hedge = fine.set(50_000_000, () -> came.add(timers.now));
    var deadline = wheel.set(1_000_000_000, () -> came.add(timers.now));
    timers.runUntil(5_000_000_000L);
    assertThat(came).hasSize(2);
    assertThat(came.get(0)).isBetween(50_000_000L, 50_000_000L + 2 * behind);
    assertThat(came.get(1)).isBetween(1_000_000_000L, 1_000_000_000L + 2 * behind);
    fine.clear(hedge);
    wheel.clear(deadline);
  }

  @Test
  void whatIsSetWhileTheTimerIsLateIsNotEarly() {
    var first = wheel.set(TICK, () -> fired.add("first"));
    timers.now += 7 * TICK;
    long set = timers.now;
    List<Long> came = new ArrayList<>();
    var second = wheel.set(5 * TICK, () -> came.add(timers.now));
    timers.runUntil(100 * TICK);
    assertThat(fired).containsExactly("first");
    assertThat(came).hasSize(1);
    assertThat(came.get(0) - set).isBetween(5 * TICK, 7 * TICK);
    wheel.clear(first);
    wheel.clear(second);
  }

  @Test
  void whatIsSetRightAfterAStandstillIsNotLateByIt() {
    var before = wheel.set(60_000_000_000L, () -> fired.add("before"));
    timers.now += 30_000_000_000L;
    long set = timers.now;
    List<Long> came = new ArrayList<>();
    var after = wheel.set(3_000_000_000L, () -> came.add(timers.now));
    timers.runUntil(set + 5_000_000_000L);
    assertThat(came).hasSize(1);
    assertThat(came.get(0) - set).isBetween(3_000_000_000L, 3_000_000_000L + 2 * TICK);
    wheel.clear(before);
    wheel.clear(after);
  }

  @Test
  void aStandstillCountsForLittle() {
    List<Long> came = new ArrayList<>();
    long[] delays = {50_000_000, 300_000_000, 1_000_000_000, 5_000_000_000L};
    for (long delay : delays) {
      var unused = wheel.set(delay, () -> came.add(timers.now));
    }
    timers.runUntil(20_000_000);
    timers.now += 3_000_000_000L;
    long awake = timers.now;
    timers.runUntil(awake + 10_000_000);
    assertThat(came).as("what would have been over soon").hasSize(1);
    timers.runUntil(awake + 10_000_000_000L);
    for (int i = 1; i < delays.length; i++) {
      long left = delays[i] - 20_000_000 - DeadlineWheel.MAX_NANOS;
      assertThat(came.get(i) - awake).isBetween(left - TICK, left + 3 * TICK);
    }
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
