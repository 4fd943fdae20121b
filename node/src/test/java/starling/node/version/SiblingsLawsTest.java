package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The algebra of sets, over sets that really arise: all those of random histories. */
class SiblingsLawsTest {
  private interface Law {
    void holds(Siblings a, Siblings b, Siblings c);
  }

  private static void forTriples(Law law) {
    for (int seed = 0; seed < 1_000; seed++) {
      History history = new History(seed, History.Shape.WIDE, Rules.RIGHT);
      history.run();
      List<Siblings> sets = history.sets();
      Random random = new Random(seed);
      for (int i = 0; i < 20; i++) {
        Siblings a = sets.get(random.nextInt(sets.size()));
        Siblings b = sets.get(random.nextInt(sets.size()));
        Siblings c = sets.get(random.nextInt(sets.size()));
        try {
          law.holds(a, b, c);
        } catch (AssertionError e) {
          throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
      }
    }
  }

  @Test
  void joinIsCommutative() {
    forTriples((a, b, c) -> assertThat(a.join(b)).isEqualTo(b.join(a)));
  }

  @Test
  void joinIsAssociative() {
    forTriples((a, b, c) -> assertThat(a.join(b).join(c)).isEqualTo(a.join(b.join(c))));
  }

  @Test
  void joinIsIdempotent() {
    forTriples(
        (a, b, c) -> {
          assertThat(a.join(a)).isSameAs(a);
          assertThat(a.join(b).join(b)).isEqualTo(a.join(b));
          assertThat(a.join(Siblings.EMPTY)).isSameAs(a);
          assertThat(Siblings.EMPTY.join(a)).isEqualTo(a);
        });
  }

  @Test
  void joinHasSeenWhatBothSidesHaveSeen() {
    forTriples(
        (a, b, c) -> {
          Siblings joined = a.join(b);
          assertThat(joined.covers(a.past())).isTrue();
          assertThat(joined.covers(b.past())).isTrue();
          assertThat(a.past().join(b.past())).isEqualTo(joined.past());
          assertThat(joined.highestCounter())
              .isEqualTo(Math.max(a.highestCounter(), b.highestCounter()));
        });
  }

  @Test
  void aValueStandsInTheJoinUnlessTheOtherSideHasSeenItsDotAndNoLongerHoldsIt() {
    forTriples(
        (a, b, c) -> {
          Siblings joined = a.join(b);
          for (Version version : a.versions()) {
            boolean gone = b.covers(version.dot()) && b.version(version.dot()) == null;
            assertThat(joined.version(version.dot()) != null).isEqualTo(!gone);
          }
        });
  }

  @Test
  void aWriteOnlyEverAdds() {
    forTriples(
        (a, b, c) -> {
          long counter = Math.max(a.highestCounter(), b.highestCounter()) + 1;
          Dot dot = Sample.dot(99, counter);
          Siblings written = a.write(b.past(), new Version(dot, Sample.json("new")));
          assertThat(written.covers(a.past())).isTrue();
          assertThat(written.covers(dot)).isTrue();
          assertThat(written.join(a)).isEqualTo(written);
          for (Version version : a.versions()) {
            assertThat(written.version(version.dot()) == null)
                .isEqualTo(b.past().covers(version.dot()));
          }
        });
  }

  @Test
  void theVectorCoversWhatStandsAndNoSeenDot() {
    forTriples(
        (a, b, c) -> {
          Siblings joined = a.join(b);
          assertThat(joined.versions()).allMatch(version -> joined.vector().covers(version.dot()));
          assertThat(joined.seenDots()).noneMatch(dot -> joined.vector().covers(dot));
          assertThat(joined.versions().stream().map(Version::dot)).isSorted();
          assertThat(joined.seenDots()).isSorted();
        });
  }

  @Test
  void decodingGivesBackWhatWasEncoded() {
    forTriples(
        (a, b, c) -> {
          byte[] bytes = SiblingsCodec.encode(a.join(b));
          assertThat(bytes).hasSize(SiblingsCodec.encodedBytes(a.join(b)));
          Siblings again = SiblingsCodec.decode(bytes);
          assertThat(again).isEqualTo(a.join(b));
          assertThat(again.hash()).isEqualTo(a.join(b).hash());
          assertThat(SiblingsCodec.encode(again)).isEqualTo(bytes);
        });
  }

  @Test
  void hashesAreEqualExactlyWhereContentsAre() {
    for (int seed = 0; seed < 300; seed++) {
      History history = new History(seed, History.Shape.WIDE, Rules.RIGHT);
      history.run();
      Map<Long, Siblings> byHash = new HashMap<>();
      for (Siblings set : history.sets()) {
        Siblings copy = SiblingsCodec.decode(SiblingsCodec.encode(set));
        assertThat(copy.hash()).isEqualTo(set.hash());
        Siblings same = byHash.putIfAbsent(set.hash(), set);
        assertThat(same == null || same.sameVersions(set)).as("seed %d", seed).isTrue();
      }
    }
  }

  @Test
  void vectorsFormALattice() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      VersionVector a = vector(random);
      VersionVector b = vector(random);
      VersionVector c = vector(random);
      VersionVector joined = a.join(b);
      assertThat(joined).as("seed %d", seed).isEqualTo(b.join(a));
      assertThat(joined.join(c)).as("seed %d", seed).isEqualTo(a.join(b.join(c)));
      assertThat(a.join(a)).isEqualTo(a);
      assertThat(joined.covers(a) && joined.covers(b)).isTrue();
      assertThat(a.covers(b)).as("seed %d", seed).isEqualTo(a.join(b).equals(a));
      for (int actor = 0; actor < 8; actor++) {
        Actor one = Sample.actor(actor);
        assertThat(joined.counter(one)).isEqualTo(Math.max(a.counter(one), b.counter(one)));
      }
      assertThat(joined.highestCounter())
          .isEqualTo(Math.max(a.highestCounter(), b.highestCounter()));
    }
  }

  @Test
  void pastsFormALattice() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      Past a = new Past(vector(random), dots(random));
      Past b = new Past(vector(random), dots(random));
      Past c = new Past(vector(random), dots(random));
      assertThat(a.join(b)).as("seed %d", seed).isEqualTo(b.join(a));
      assertThat(a.join(b).join(c)).as("seed %d", seed).isEqualTo(a.join(b.join(c)));
      assertThat(a.join(a)).isEqualTo(a);
      assertThat(a.join(b).covers(a) && a.join(b).covers(b)).isTrue();
      assertThat(a.covers(b)).as("seed %d", seed).isEqualTo(a.join(b).equals(a));
    }
  }

  @Test
  void actorsAreOrderedWithoutSignsEverywhere() {
    Actor small = new Actor(1, -1);
    Actor large = new Actor(-1, 0);
    assertThat(small).isLessThan(large);
    assertThat(new Actor(1, 1)).isLessThan(small);
    VersionVector vector = VersionVector.of(new Dot(large, 1), new Dot(small, 2));
    assertThat(vector.actor(0)).isEqualTo(small);
    assertThat(vector.counter(large)).isEqualTo(1);
    assertThat(large).hasToString("ffffffffffffffff0000000000000000");
  }

  private static VersionVector vector(Random random) {
    return VersionVector.of(dots(random));
  }

  private static List<Dot> dots(Random random) {
    Dot[] dots = new Dot[random.nextInt(6)];
    Arrays.setAll(dots, i -> Sample.dot(random.nextInt(8), 1 + random.nextInt(6)));
    return List.of(dots);
  }
}
