package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.version.Sample.json;
import static starling.node.version.Sample.texts;
import static starling.node.version.Sample.tombstone;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Buckets where the last writer wins: what they promise, and what not. */
class LastWriterWinsTest {
  private static final long NOW = 1_795_000_000_000L;
  private static final long HOUR = 3_600_000L;

  private static HybridClock clock() {
    HybridClock clock = new HybridClock(0, 24 * HOUR, HOUR);
    clock.leaseGranted(clock.leaseNeeded(NOW + 2 * HOUR));
    return clock;
  }

  /** Asks these sets for the highest counter, takes a higher one, makes one event. */
  private static Siblings write(
      Siblings at, List<Siblings> asked, int actor, HybridClock clock, long wall, String text) {
    Past past = at.past();
    for (Siblings set : asked) {
      past = past.join(set.past());
    }
    long counter = clock.next(Math.max(at.highestCounter(), past.highestCounter()), wall);
    return at.writeLatest(past, new Version(new Dot(Sample.actor(actor), counter), json(text)));
  }

  @Test
  void anAcknowledgedWriteIsNeverBeatenByOneAcknowledgedBeforeItWasSent() {
    // Any two of three took the first, any two are asked by the second, whose clock is an hour
    // slow.
    for (int took = 0; took < 3; took++) {
      for (int asked = 0; asked < 3; asked++) {
        Siblings first = write(Siblings.EMPTY, List.of(), 1, clock(), NOW + HOUR, "first");
        List<Siblings> replicas = new ArrayList<>(Collections.nCopies(3, first));
        replicas.set(took, Siblings.EMPTY);
        int at = (asked + 1) % 3;
        List<Siblings> others = List.of(replicas.get((asked + 2) % 3));
        Siblings second = write(replicas.get(at), others, 2, clock(), NOW, "second");
        Collections.shuffle(replicas, new Random(took * 3L + asked));
        Siblings healed = second;
        for (Siblings replica : replicas) {
          healed = replica.joinLatest(healed);
        }
        assertThat(texts(healed)).as("took %d asked %d", took, asked).containsExactly("second");
      }
    }
  }

  @Test
  void ofConcurrentWritesTheHigherTimeWinsOnEveryReplica() {
    Siblings one = write(Siblings.EMPTY, List.of(), 1, clock(), NOW, "one");
    Siblings two = write(Siblings.EMPTY, List.of(), 2, clock(), NOW + 1, "two");
    assertThat(texts(one.joinLatest(two))).containsExactly("two");
    assertThat(one.joinLatest(two)).isEqualTo(two.joinLatest(one));
    assertThat(one.joinLatest(two).covers(one.past())).as("seen all the same").isTrue();
  }

  @Test
  void aTieOfTimesGoesToTheHigherActor() {
    Siblings low = Siblings.EMPTY.writeLatest(Past.EMPTY, version(new Actor(1, 1), "low"));
    Siblings high = Siblings.EMPTY.writeLatest(Past.EMPTY, version(new Actor(-1, 1), "high"));
    assertThat(texts(low.joinLatest(high))).containsExactly("high");
    assertThat(texts(high.joinLatest(low))).containsExactly("high");
  }

  private static Version version(Actor actor, String text) {
    return new Version(new Dot(actor, 10), json(text));
  }

  @Test
  void aDeleteWinsAndLosesLikeAnyOtherWrite() {
    Siblings value = Siblings.EMPTY.writeLatest(Past.EMPTY, Sample.version(1, 10, "value"));
    Siblings delete = Siblings.EMPTY.writeLatest(Past.EMPTY, tombstone(2, 11));
    assertThat(value.joinLatest(delete).deleted()).isTrue();
    Siblings later = Siblings.EMPTY.writeLatest(Past.EMPTY, Sample.version(3, 12, "later"));
    assertThat(texts(value.joinLatest(delete).joinLatest(later))).containsExactly("later");
  }

  @Test
  void theJoinIsCommutativeAssociativeAndKeepsTheHighestOfAllEvents() {
    for (int seed = 0; seed < 1_000; seed++) {
      Random random = new Random(seed);
      List<Siblings> replicas = new ArrayList<>(Collections.nCopies(3, Siblings.EMPTY));
      List<Dot> events = new ArrayList<>();
      for (int step = 0; step < 20; step++) {
        int at = random.nextInt(3);
        Siblings set = replicas.get(at);
        if (random.nextBoolean()) {
          Siblings other = replicas.get(random.nextInt(3));
          Past past = random.nextBoolean() ? other.past() : Past.EMPTY;
          long floor = Math.max(set.highestCounter(), past.highestCounter());
          Dot dot = new Dot(Sample.actor(at), floor + 1 + random.nextInt(3));
          events.add(dot);
          replicas.set(at, set.writeLatest(past, new Version(dot, json("" + step))));
        } else {
          replicas.set(at, set.joinLatest(replicas.get(random.nextInt(3))));
        }
        assertThat(replicas.get(at).versions()).as("seed %d", seed).hasSizeLessThan(2);
      }
      Siblings a = replicas.get(0);
      Siblings b = replicas.get(1);
      Siblings c = replicas.get(2);
      Siblings all = a.joinLatest(b).joinLatest(c);
      assertThat(all).as("seed %d", seed).isEqualTo(c.joinLatest(a.joinLatest(b)));
      assertThat(all).as("seed %d", seed).isEqualTo(a.joinLatest(b.joinLatest(c)));
      assertThat(all.joinLatest(all)).isEqualTo(all);
      if (!events.isEmpty()) {
        Dot highest = Collections.max(events, Dot.BY_COUNTER);
        assertThat(all.versions().get(0).dot()).as("seed %d", seed).isEqualTo(highest);
      }
    }
  }
}
