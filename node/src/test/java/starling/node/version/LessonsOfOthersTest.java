package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.version.Sample.json;
import static starling.node.version.Sample.set;
import static starling.node.version.Sample.texts;
import static starling.node.version.Sample.version;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Faults that stores of this kind really had with their versions. */
class LessonsOfOthersTest {
  @Test
  void aReplicaThatLostItsDiskIsNotTakenForItsFormerSelf() {
    // Peers know its event 5; it starts over, and its new writes must not look old to them.
    Actors before = new Actors(new Random(1));
    Siblings peer =
        Siblings.EMPTY.write(
            Past.EMPTY, new Version(new Dot(before.present(0), 5), json("before")));
    Actors after = new Actors(new Random(2));
    Siblings fresh =
        Siblings.EMPTY.write(Past.EMPTY, new Version(new Dot(after.present(0), 1), json("after")));
    assertThat(texts(peer.join(fresh))).containsExactly("after", "before");
  }

  @Test
  void noEventNumberIsGivenTwiceWhateverTheCrash() {
    Set<Long> given = new LinkedHashSet<>();
    long durable = 0;
    int count = 0;
    for (int life = 0; life < 50; life++) {
      HybridClock clock = new HybridClock(durable, 1_000, 1_000);
      durable = clock.leaseNeeded(1_000);
      clock.leaseGranted(durable);
      for (int i = 0; i < 20; i++) {
        given.add(clock.next(0, 1_000));
        count++;
      }
    }
    assertThat(given).hasSize(count);
  }

  @Test
  void actorsCarryAHundredAndTwentyEightRandomBitsAndNothingOfNameOrTime() {
    Random random = new Random(1);
    long high = 0;
    long low = 0;
    Actors actors = new Actors(random);
    for (int i = 0; i < 200; i++) {
      Actor actor = actors.renew(0);
      high |= actor.high();
      low |= actor.low();
    }
    assertThat(high).as("every bit is used").isEqualTo(-1);
    assertThat(low).isEqualTo(-1);
  }

  @Test
  void twoPoliteWritersWhoReadBeforeTheyWriteMakeNoSiblingsInTurn() {
    Siblings set = Siblings.EMPTY;
    for (int i = 1; i <= 100; i++) {
      Past read = set.past();
      set = set.write(read, version(1, i, (i % 2 == 0 ? "anna " : "ben ") + i));
      assertThat(set.versions()).hasSize(1);
    }
  }

  @Test
  void siblingsNeverOutnumberTheWritersThatWereTrulyConcurrent() {
    // Two clients with one replica between them, each going on from its own last answer.
    Siblings dotted = Siblings.EMPTY;
    Past[] contexts = {Past.EMPTY, Past.EMPTY};
    UndottedSet undotted = UndottedSet.EMPTY;
    VersionVector[] vectors = {VersionVector.EMPTY, VersionVector.EMPTY};
    int mostUndotted = 0;
    for (int i = 1; i <= 50; i++) {
      int client = i % 2;
      Dot dot = Sample.dot(1, i);
      dotted = dotted.write(contexts[client], new Version(dot, json("" + i)));
      contexts[client] = Past.contextAfterWrite(dotted, dot, contexts[client]);
      assertThat(dotted.versions()).hasSizeLessThanOrEqualTo(2);

      undotted = undotted.write(vectors[client], dot);
      vectors[client] = vectors[client].with(dot);
      mostUndotted = Math.max(mostUndotted, undotted.clocks().size());
    }
    assertThat(dotted.versions()).hasSize(2);
    assertThat(mostUndotted).as("without dots one of the two hides the other").isEqualTo(1);
  }

  /** Siblings told apart by a vector each, without dots, as they were before dots were found. */
  private record UndottedSet(List<VersionVector> clocks) {
    static final UndottedSet EMPTY = new UndottedSet(List.of());

    UndottedSet write(VersionVector context, Dot event) {
      VersionVector clock = context.with(event);
      List<VersionVector> standing = new ArrayList<>();
      for (VersionVector old : clocks) {
        if (!clock.covers(old)) {
          standing.add(old);
        }
      }
      standing.add(clock);
      return new UndottedSet(standing);
    }
  }

  @Test
  void oneSlowPutThatIsForwardedDoubledAndRetriedStaysOneSibling() {
    Siblings made = set(1, 10, "old").write(Past.EMPTY, version(2, 11, "slow"));
    Siblings[] replicas = {Siblings.EMPTY, set(1, 10, "old"), made};
    Random random = new Random(4);
    for (int i = 0; i < 100; i++) {
      int to = random.nextInt(3);
      replicas[to] = replicas[to].join(random.nextBoolean() ? made : replicas[random.nextInt(3)]);
      assertThat(replicas[to].values().size()).isLessThanOrEqualTo(2);
    }
    assertThat(texts(replicas[0].join(replicas[1]))).containsExactly("old", "slow");
  }

  @Test
  void theIdOfARequestTravelsWithTheSetSoThatAnyReplicaKnowsItWasDone() {
    IdempotencyRecord mark = new IdempotencyRecord(1, 2, Sample.dot(2, 11), 3, 10);
    Siblings made = set(2, 11, "done").withMark(mark);
    Siblings elsewhere = set(1, 10, "old").join(SiblingsCodec.decode(SiblingsCodec.encode(made)));
    assertThat(elsewhere.marks()).containsExactly(mark);
  }

  @Test
  void noWriteAndNoMergeEverCutsAVector() {
    Siblings set = Siblings.EMPTY;
    for (int i = 1; i <= 300; i++) {
      Siblings other = set(i, i, "x");
      set = i % 2 == 0 ? set.join(other) : other.join(set);
      set = set.write(set.past(), version(1000 + i, 1000 + i, "y"));
    }
    assertThat(set.vector().size()).isEqualTo(600);
    assertThat(set.versions()).hasSize(1);
  }

  @Test
  void aLastWriterThatAsksFirstIsNotDroppedForASlowClock() {
    // Every acknowledged write of a turn is the one that stands, whatever its node's clock shows.
    Random random = new Random(6);
    Siblings[] replicas = {Siblings.EMPTY, Siblings.EMPTY, Siblings.EMPTY};
    HybridClock[] clocks = new HybridClock[3];
    for (int i = 0; i < 3; i++) {
      clocks[i] = new HybridClock(0, 1_000_000, 1_000);
      clocks[i].leaseGranted(clocks[i].leaseNeeded(10_000_000));
    }
    for (int i = 0; i < 300; i++) {
      int at = random.nextInt(3);
      int other = (at + 1 + random.nextInt(2)) % 3;
      Past asked = replicas[at].past().join(replicas[other].past());
      long wall = 1_000_000L + random.nextInt(5_000_000);
      Dot dot = new Dot(Sample.actor(at), clocks[at].next(asked.highestCounter(), wall));
      Siblings made = replicas[at].writeLatest(asked, new Version(dot, json("" + i)));
      replicas[at] = made;
      int took = (at + 1 + random.nextInt(2)) % 3;
      replicas[took] = replicas[took].joinLatest(made);
      Siblings healed = replicas[0].joinLatest(replicas[1]).joinLatest(replicas[2]);
      assertThat(texts(healed)).containsExactly("" + i);
    }
  }
}
