package starling.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Each planted bug breaks one rule, and the check of that rule finds it. */
class PlantedBugsTest {
  private static void assertFound(Consumer<ExchangeRules> check, ExchangeRules bug) {
    check.accept(ExchangeRules.SOUND);
    assertThatThrownBy(() -> check.accept(bug))
        .isInstanceOfAny(AssertionError.class, IndexOutOfBoundsException.class);
  }

  private static void assertRowBugFound(RowRules bug) {
    sumsStayRight(RowRules.SOUND);
    assertThatThrownBy(() -> sumsStayRight(bug)).isInstanceOf(AssertionError.class);
  }

  private static void sumsStayRight(RowRules rules) {
    SplittableRandom random = new SplittableRandom(1);
    Replica replica = new Replica(1, 2, rules);
    LeafRowTest.randomHistory(replica, random, 6_000);
    for (int i = 0; i < 10_000; i++) {
      replica.add(replica.draw(random));
    }
    replica.maintain();
    LeafRowTest.randomHistory(replica, random, 2_000);
    LeafRowTest.assertRowsSumTheirElements(replica);
    assertThat(replica.rows).allSatisfy(row -> assertThat(row.correctedLeaves()).isZero());
  }

  @Test
  void aJoinLosesALeaf() {
    assertRowBugFound(
        new RowRules() {
          @Override
          void join(long[] sums, int[] counts, long[] joinedSums, int[] joinedCounts) {
            super.join(sums, counts, joinedSums, joinedCounts);
            joinedSums[0] = sums[0];
          }
        });
  }

  @Test
  void aChangeBehindAScanIsLost() {
    assertRowBugFound(
        new RowRules() {
          @Override
          boolean followsBehindScan() {
            return false;
          }
        });
  }

  @Test
  void aRangeThatChangedIsNotReadAgain() {
    assertRowBugFound(
        new RowRules() {
          @Override
          boolean readsAgain(boolean changed) {
            return false;
          }
        });
  }

  @Test
  void theSaltIsNotRenewed() {
    CollisionTest.assertNextSaltsFindIt(new CollisionTest.FewBits(2, 32));
    assertThatThrownBy(
            () ->
                CollisionTest.assertNextSaltsFindIt(
                    new CollisionTest.FewBits(2, 32) {
                      @Override
                      int shortSum(TreeKey.Salted key, NodeSum sum) {
                        return super.shortSum(new TreeKey.Salted(1, 2), sum);
                      }
                    }))
        .isInstanceOf(AssertionError.class);
  }

  /** Digests that cancel each other change the count only. */
  @Test
  void theCountIsIgnored() {
    assertFound(
        rules -> {
          Replica a = new Replica(0, 1);
          Replica b = new Replica(0, 1);
          ReconciliationTest.fill(a, b, 1_000, 0, 0, new SplittableRandom(1));
          b.rows.get(0).falsify(1, 0, 2);
          assertThat(new Link(a, b, rules).exchange(1).state).isEqualTo(Exchange.State.DIFFERENT);
        },
        new ExchangeRules() {
          @Override
          long rootSum(TreeKey.Salted key, NodeSum sum) {
            sum.count = 0;
            return super.rootSum(key, sum);
          }
        });
  }

  @Test
  void aFullLeafIsNotDividedByDigest() {
    assertFound(
        rules -> {
          SplittableRandom random = new SplittableRandom(2);
          Replica a = new Replica(0, 1);
          for (int i = 0; i < 3_000; i++) {
            a.add(new Element(42, random.nextLong()));
          }
          Replica b = a.copy();
          b.replace(b.elements.firstKey(), 1);
          Link.Result result = Reconciled.assertExact(a, b, new Link(a, b, rules), 1);
          assertThat(result.bytes).isLessThan(2_000);
        },
        new ExchangeRules() {
          @Override
          int digestBits(TreeNode node, long count) {
            return node.digestBits();
          }
        });
  }

  private static void unequalDepths(ExchangeRules rules) {
    SplittableRandom random = new SplittableRandom(3);
    Replica a = new Replica(1, 2);
    Replica b = new Replica(1, 2);
    ReconciliationTest.fill(a, b, 5_000, 10, 10, random);
    a.maintain();
    for (Replica[] pair : new Replica[][] {{a, b}, {b, a}}) {
      Link link = new Link(pair[0], pair[1], rules);
      Link.Result result = Reconciled.assertExact(pair[0], pair[1], link, 1);
      assertThat(result.bytes).isLessThan(45_000);
    }
  }

  @Test
  void rowsAreComparedAtTheDeeperOne() {
    assertFound(
        PlantedBugsTest::unequalDepths,
        new ExchangeRules() {
          @Override
          int coarser(int mine, int theirs) {
            return Math.max(mine, theirs);
          }
        });
  }

  /** The count of the other side decides nothing: each uses its own depth. */
  @Test
  void aShallowerRowIsTakenForADeeperOne() {
    assertFound(
        PlantedBugsTest::unequalDepths,
        new ExchangeRules() {
          @Override
          int coarser(int mine, int theirs) {
            return Math.min(mine, theirs) + 1;
          }
        });
  }

  @Test
  void damagedMessagesAreBelieved() {
    assertFound(
        rules -> {
          SplittableRandom random = new SplittableRandom(4);
          Replica a = new Replica(1, 2);
          Replica b = new Replica(1, 2);
          ReconciliationTest.fill(a, b, 5_000, 30, 30, random);
          a.maintain();
          b.maintain();
          for (int salt = 0; salt < 20; salt++) {
            Link link = new Link(a, b, rules);
            link.damaged = 0.3;
            Reconciled.assertExact(a, b, link, salt);
          }
        },
        new ExchangeRules() {
          @Override
          boolean authentic(long tag, long expected) {
            return true;
          }
        });
  }

  @Test
  void anAnswerIsUsedTwice() {
    assertFound(
        rules -> {
          SplittableRandom random = new SplittableRandom(5);
          Replica a = new Replica(0, 1);
          Replica b = new Replica(0, 1);
          ReconciliationTest.fill(a, b, 100, 3, 3, random);
          Link link = new Link(a, b, rules);
          link.repeated = 1;
          assertThat(Reconciled.assertExact(a, b, link, 1).expected).isEqualTo(b.without(a).size());
        },
        new ExchangeRules() {
          @Override
          boolean appliesAgain() {
            return true;
          }
        });
  }

  @Test
  void idsAreNotCounted() {
    assertFound(
        rules -> {
          Replica a = new Replica(0, 1);
          ReconciliationTest.fill(a, new Replica(0, 1), 20, 0, 0, new SplittableRandom(6));
          Replica b = a.copy();
          b.add(b.elements.firstKey());
          Link.Result result = new Link(a, b, rules).exchange(1);
          assertThat(result.responderSends).containsOnly(b.elements.firstKey());
          assertThat(result.unresolved).isZero();
        },
        new ExchangeRules() {
          @Override
          boolean comparesMultiplicity() {
            return false;
          }
        });
  }
}
