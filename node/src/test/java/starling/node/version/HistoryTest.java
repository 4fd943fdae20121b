package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import starling.node.version.CausalModel.Complaint;
import starling.node.version.CausalModel.Fault;

/** Thousands of random histories against the causal model, and planted bugs that it must catch. */
class HistoryTest {
  private static final int SEEDS = 2_000;

  @Test
  void noValueIsLostInventedOrFalselyReplacedWhileMessagesAreReorderedDoubledAndDropped() {
    allClean(History.Shape.CALM);
  }

  @Test
  void noValueIsLostInventedOrFalselyReplacedThroughCrashesAndTotalLosses() {
    allClean(History.Shape.ROUGH);
  }

  @Test
  void noValueIsLostInventedOrFalselyReplacedOnFiveReplicasWithContextsThatWereCut() {
    allClean(History.Shape.WIDE);
  }

  @Test
  void theSameSeedIsTheSameHistory() {
    History one = new History(7, History.Shape.WIDE, Rules.RIGHT);
    History two = new History(7, History.Shape.WIDE, Rules.RIGHT);
    one.run();
    two.run();
    assertThat(one.sets()).isEqualTo(two.sets()).hasSizeGreaterThan(20);
  }

  @Test
  void historiesReachSiblingsSeenDotsAndDeletes() {
    int siblings = 0;
    int seenDots = 0;
    int deleted = 0;
    for (int seed = 0; seed < 200; seed++) {
      History history = new History(seed, History.Shape.ROUGH, Rules.RIGHT);
      history.run();
      siblings += history.sets().stream().anyMatch(set -> set.values().size() > 2) ? 1 : 0;
      seenDots += history.sets().stream().anyMatch(set -> !set.seenDots().isEmpty()) ? 1 : 0;
      deleted += history.sets().stream().anyMatch(Siblings::deleted) ? 1 : 0;
    }
    assertThat(siblings).isGreaterThan(50);
    assertThat(seenDots).isGreaterThan(50);
    assertThat(deleted).isGreaterThan(50);
  }

  @Test
  void theModelCatchesAnActorThatIsUsedAgainAfterItForgot() {
    caught(
        History.Shape.ROUGH,
        new Rules() {
          @Override
          public Actor actorAfterLoss(Actor before, RandomGenerator random) {
            return before;
          }
        },
        Fault.LOST_VALUE,
        Fault.FALSE_DOMINATION);
  }

  @Test
  void theModelCatchesAContextThatIsTheWholeVectorAfterAWriteWithSiblings() {
    caught(
        History.Shape.CALM,
        new Rules() {
          @Override
          public Past contextAfterWrite(Siblings stored, Dot own, Past given) {
            return stored.past();
          }
        },
        Fault.CLAIMED_UNSEEN);
  }

  @Test
  void theModelCatchesVectorsWithoutDots() {
    caught(
        History.Shape.CALM,
        new Rules() {
          @Override
          public Past past(Past given) {
            return Past.of(given.vector().join(VersionVector.of(given.dots())));
          }
        },
        Fault.LOST_VALUE,
        Fault.FALSE_DOMINATION);
  }

  @Test
  void theModelCatchesSetsThatDoNotKeepSeenDots() {
    caught(
        History.Shape.CALM,
        new Rules() {
          @Override
          public Siblings carried(Siblings set) {
            return new Siblings(set.versions(), set.vector(), List.of(), set.marks());
          }
        },
        Fault.FORGOTTEN,
        Fault.FALSE_SIBLING);
  }

  @Test
  void theModelCatchesASingleValueSentWithTheWholeVector() {
    caught(
        History.Shape.CALM,
        new Rules() {
          @Override
          public Siblings sent(Siblings whole, Dot event) {
            List<Version> one =
                whole.versions().stream().filter(version -> version.dot().equals(event)).toList();
            return new Siblings(one, whole.vector(), whole.seenDots(), whole.marks());
          }
        },
        Fault.LOST_VALUE);
  }

  @Test
  void theModelCatchesMergingWithWhatIsFsyncedInsteadOfWhatIsAppended() {
    caught(
        History.Shape.CALM,
        new Rules() {
          @Override
          public boolean startsFromAppended() {
            return false;
          }
        },
        Fault.LOST_VALUE,
        Fault.FORGOTTEN);
  }

  @Test
  void theModelCatchesALastWriterThatWinsWhereSiblingsWereAskedFor() {
    caught(
        History.Shape.CALM,
        new Rules() {
          @Override
          public Siblings join(Siblings mine, Siblings theirs) {
            return mine.joinLatest(theirs);
          }
        },
        Fault.LOST_VALUE);
  }

  @Test
  void theModelCatchesARepairThatReplacesInsteadOfMerging() {
    caught(
        History.Shape.CALM,
        new Rules() {
          @Override
          public Siblings join(Siblings mine, Siblings theirs) {
            return mine.highestCounter() > theirs.highestCounter() ? mine : theirs;
          }
        },
        Fault.LOST_VALUE,
        Fault.FORGOTTEN);
  }

  @Test
  void theModelCatchesAVectorThatIsCutWhereverItIsMerged() {
    caught(
        History.Shape.ROUGH,
        new Rules() {
          @Override
          public Siblings carried(Siblings set) {
            Past cut = ContextCut.mostWorth(Past.of(set.vector()), List.of(), 2);
            for (Version version : set.versions()) {
              cut = new Past(cut.vector().with(version.dot()), List.of());
            }
            return new Siblings(set.versions(), cut.vector(), set.seenDots(), set.marks());
          }
        },
        Fault.FORGOTTEN,
        Fault.FALSE_SIBLING);
  }

  private static void allClean(History.Shape shape) {
    long root = new Random(20261120).nextLong();
    for (int i = 0; i < SEEDS; i++) {
      long seed = root + i;
      List<Complaint> complaints = new History(seed, shape, Rules.RIGHT).run();
      assertThat(complaints).as("seed %d, %s", seed, shape).isEmpty();
    }
  }

  private static void caught(History.Shape shape, Rules bug, Fault... faults) {
    Set<Fault> missing = EnumSet.noneOf(Fault.class);
    missing.addAll(List.of(faults));
    for (int seed = 0; seed < SEEDS; seed++) {
      for (Complaint complaint : new History(seed, shape, bug).run()) {
        missing.remove(complaint.fault());
      }
      if (missing.isEmpty()) {
        return;
      }
    }
    fail("not found in " + SEEDS + " histories: " + missing);
  }
}
