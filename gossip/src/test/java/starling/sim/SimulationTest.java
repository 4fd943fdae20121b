package starling.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulationTest {
  private final Simulation sim = new Simulation(7);
  private final List<String> seen = new ArrayList<>();

  @Test
  void eventsHappenByTimeAndThenInTheOrderTheyWereScheduled() {
    sim.at(20, "c", () -> seen.add("c@" + sim.nanoTime()));
    sim.at(10, "a", () -> seen.add("a@" + sim.nanoTime()));
    sim.at(10, "b", () -> seen.add("b@" + sim.nanoTime()));
    sim.run(15);
    assertThat(seen).containsExactly("a@10", "b@10");
    assertThat(sim.nanoTime()).isEqualTo(15);
    sim.run(20);
    assertThat(seen).hasSize(3);
  }

  @Test
  void aCancelledEventDoesNotHappen() {
    Scheduled event = sim.after(5, "never", () -> seen.add("never"));
    sim.after(1, "cancel", event::cancel);
    sim.run(100);
    assertThat(seen).isEmpty();
    assertThat(sim.events()).isEqualTo(1);
  }

  @Test
  void whatIsScheduledInThePastHappensNow() {
    sim.run(50);
    sim.at(10, "late", () -> seen.add("late@" + sim.nanoTime()));
    assertThat(sim.step()).isTrue();
    assertThat(seen).containsExactly("late@50");
    assertThat(sim.step()).isFalse();
  }

  @Test
  void runningUntilSaysWhetherItCameTrue() {
    sim.after(3_000_000, "go", () -> seen.add("go"));
    assertThat(sim.runUntil(() -> !seen.isEmpty(), 2)).isFalse();
    assertThat(sim.nanoTime()).isEqualTo(2_000_000);
    assertThat(sim.runUntil(() -> !seen.isEmpty(), 2)).isTrue();
    assertThat(sim.nanoTime()).isEqualTo(3_000_000);
  }

  @Test
  void whateverBreaksNamesTheSeedAndTheEvent() {
    sim.after(
        2_000_000,
        "the culprit",
        () -> {
          throw new IllegalStateException("boom");
        });
    assertThatExceptionOfType(SimulationFailure.class)
        .isThrownBy(() -> sim.run(5_000_000))
        .withMessage(
            "seed 7, at 2 ms, event 1 (the culprit): java.lang.IllegalStateException: boom");
  }

  @Test
  void invariantsAreLookedAtAfterEachEventOrEveryFew() {
    sim.always(() -> seen.add("each"));
    sim.every(3, () -> seen.add("third"));
    for (int i = 0; i < 6; i++) {
      sim.after(i, "event", () -> {});
    }
    sim.run(10);
    assertThat(seen).filteredOn("each"::equals).hasSize(6);
    assertThat(seen).filteredOn("third"::equals).hasSize(2);
  }

  @Test
  void aRunWithoutEndIsStopped() {
    sim.limitEvents(1_000);
    forEver();
    assertThatExceptionOfType(SimulationFailure.class)
        .isThrownBy(() -> sim.run(Long.MAX_VALUE - 1))
        .withMessageContaining("more than 1000 events");
  }

  @Test
  void theWatchdogBarksWhenNothingUsefulHappens() {
    Watchdog watchdog = new Watchdog(sim, 1);
    sim.always(watchdog);
    sim.after(900_000, "useful", watchdog::progress);
    forEver();
    assertThatExceptionOfType(SimulationFailure.class)
        .isThrownBy(() -> sim.run(10_000_000))
        .withMessageContaining("no progress for 1 ms");
    assertThat(sim.nanoTime()).isBetween(1_900_000L, 1_902_000L);
  }

  @Test
  void oneMoreDrawFromOneStreamDoesNotShiftAnother() {
    Simulation other = new Simulation(7);
    other.stream("network").nextLong();
    sim.stream("network").nextLong();
    sim.stream("network").nextLong();
    assertThat(sim.stream("disk").nextLong()).isEqualTo(other.stream("disk").nextLong());
    assertThat(sim.stream("disk")).isSameAs(sim.stream("disk"));
    assertThat(sim.stream("a").nextLong()).isNotEqualTo(sim.stream("b").nextLong());
  }

  @Test
  void aSeedMeansTheSameOnEveryJava() {
    SplitMix random = SplitMix.named(42, "golden");
    assertThat(random.nextLong()).isEqualTo(-7917655176988899783L);
    assertThat(random.nextInt(1_000)).isEqualTo(976);
    assertThat(Double.doubleToLongBits(random.nextDouble())).isEqualTo(4605434917488108686L);
    assertThat(Double.doubleToLongBits(random.nextExponential())).isEqualTo(4611844739472417108L);
    assertThat(random.nextInt(5, 9)).isEqualTo(5);
    assertThat(random.nextBoolean()).isTrue();
  }

  @Test
  void theTraceTellsRunsApartAndCanBeRead() {
    sim.trace().tellTo(seen::add);
    sim.after(1_500_000, "a", () -> sim.note("noted"));
    sim.run(2_000_000);
    assertThat(seen).containsExactly("1.500ms a", "1.500ms noted");
    Simulation same = new Simulation(7);
    same.after(1_500_000, "a", () -> same.note("noted"));
    same.run(2_000_000);
    assertThat(same.trace().hash()).isEqualTo(sim.trace().hash()).hasSize(64);
    same.note("more");
    assertThat(same.trace().hash()).isNotEqualTo(sim.trace().hash());
  }

  private void forEver() {
    sim.after(1_000, "again", this::forEver);
  }
}
