package starling.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * What 32 bits may miss, with fewer bits so that it happens: one comparison of 2^bits misses a
 * difference, no exchange calls different replicas equal, and the next salt finds it.
 */
class CollisionTest {
  /** Sums and ids of few bits. */
  static class FewBits extends ExchangeRules {
    private final int sumBits;
    private final int idBits;

    FewBits(int sumBits, int idBits) {
      this.sumBits = sumBits;
      this.idBits = idBits;
    }

    @Override
    int shortSum(TreeKey.Salted key, NodeSum sum) {
      return super.shortSum(key, sum) & (int) ((1L << sumBits) - 1);
    }

    @Override
    int id(TreeKey.Salted key, long digest) {
      return super.id(key, digest) & (int) ((1L << idBits) - 1);
    }
  }

  private static Replica[] differentByOne(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Replica a = new Replica(0, 1);
    Replica b = new Replica(0, 1);
    ReconciliationTest.fill(a, b, 5_000, 0, 0, random);
    a.maintain();
    b.maintain();
    b.replace(b.any(random), 1);
    return new Replica[] {a, b};
  }

  /** A walk of one difference compares three sums, one after the other. */
  static void assertMissesAsOftenAsPredicted(ExchangeRules rules) {
    Replica[] pair = differentByOne(1);
    int missed = 0;
    int tries = 1_000;
    for (int salt = 0; salt < tries; salt++) {
      Link.Result result = new Link(pair[0], pair[1], rules).exchange(salt);
      assertThat(result.state).isEqualTo(Exchange.State.DIFFERENT);
      if (result.initiatorSends.stream().noneMatch(pair[0].without(pair[1])::contains)) {
        assertThat(result.unresolved).isPositive();
        missed++;
      }
    }
    // 1 - (1 - 1/16)^3 = 17.6 %, three standard deviations of 1.2 % around.
    assertThat(missed / (double) tries).isBetween(0.14, 0.21);
  }

  @Test
  void aDifferenceIsMissedAsOftenAsItsBitsSay() {
    assertMissesAsOftenAsPredicted(new FewBits(4, 32));
  }

  static void assertNextSaltsFindIt(ExchangeRules rules) {
    int missedFirst = 0;
    for (int seed = 1; seed <= 40; seed++) {
      Replica[] pair = differentByOne(seed);
      Element mine = pair[0].without(pair[1]).get(0);
      int tries = 0;
      boolean found = false;
      for (; !found && tries < 40; tries++) {
        Link.Result result = new Link(pair[0], pair[1], rules).exchange(1_000L * seed + tries);
        assertThat(result.state).isEqualTo(Exchange.State.DIFFERENT);
        found = result.initiatorSends.contains(mine);
      }
      assertThat(found).as("pair %d after %d salts", seed, tries).isTrue();
      missedFirst += tries > 1 ? 1 : 0;
    }
    assertThat(missedFirst).isPositive();
  }

  @Test
  void theNextSaltsFindIt() {
    assertNextSaltsFindIt(new FewBits(2, 32));
  }

  /** Two elements of different sides with one id hide each other in one exchange only. */
  @Test
  void idsThatCollideAreFoundByTheNextSalts() {
    assertNextSaltsFindIt(new FewBits(32, 3));
  }

  /** With 32 bits, a thousand differences compared a hundred times are all found. */
  @Test
  void thirtyTwoBitsMissNothingHere() {
    SplittableRandom random = new SplittableRandom(9);
    Replica a = new Replica(2, 4);
    Replica b = new Replica(2, 4);
    ReconciliationTest.fill(a, b, 20_000, 500, 500, random);
    a.maintain();
    b.maintain();
    for (int salt = 0; salt < 20; salt++) {
      Reconciled.assertExact(a, b, random.nextLong());
    }
  }
}
