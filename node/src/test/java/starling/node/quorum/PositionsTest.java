package starling.node.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PositionsTest {
  /** The most positions that these nodes can fill, each one of its own. */
  private static int most(List<Integer> mayFill, int from, int taken) {
    if (from == mayFill.size()) {
      return Integer.bitCount(taken);
    }
    int most = most(mayFill, from + 1, taken);
    for (int open = mayFill.get(from) & ~taken; open != 0; open &= open - 1) {
      most = Math.max(most, most(mayFill, from + 1, taken | Integer.lowestOneBit(open)));
    }
    return most;
  }

  @Test
  void asManyPositionsAreFilledAsTheCountedNodesCanFill() {
    Random random = new Random(1);
    for (int run = 0; run < 20_000; run++) {
      int n = 1 + random.nextInt(5);
      int all = (1 << n) - 1;
      int several = 1 + random.nextInt(all);
      int closed = random.nextInt(4) == 0 ? 1 << random.nextInt(n) : 0;
      Positions positions = new Positions(n);
      positions.clear();
      List<Integer> counted = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        if (random.nextBoolean()) {
          positions.count(i);
          counted.add(Positions.of(i) & ~closed);
        }
        if ((closed & Positions.of(i)) != 0) {
          positions.close(i);
        }
      }
      for (int i = n; i < n + random.nextInt(5); i++) {
        int mayFill =
            switch (random.nextInt(3)) {
              case 0 -> Positions.of(random.nextInt(n));
              case 1 -> several;
              default -> Positions.any();
            };
        positions.add(mayFill);
        positions.count(positions.size() - 1);
        counted.add(mayFill & all & ~closed);
      }
      assertThat(positions.filled()).as("run %d: %s", run, counted).isEqualTo(most(counted, 0, 0));
    }
  }
}
