package starling.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import starling.node.metrics.NodeCounters;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.Version;

/** What a set that is large for the heap may cost a node: a refusal, never its memory. */
class LargeSetsTest {
  private static final int MIB = 1 << 20;
  private static final int MOST_BYTES = 5 * MIB;

  private final NodeCounters counters = new NodeCounters();
  private final LargeSets sets = new LargeSets(MOST_BYTES, counters);

  private static Siblings sides(int sides) {
    Siblings set = Siblings.EMPTY;
    for (int i = 0; i < sides; i++) {
      Version version =
          new Version(new Dot(new Actor(i, i), 9), Content.bytes(new byte[MIB], null, 0));
      set = set.join(Siblings.EMPTY.write(Past.EMPTY, version));
    }
    return set;
  }

  @Test
  void aSetThatTheHeapDoesNotBearIsCountedAndNotEncoded() {
    assertThat(sets.fits("k", sides(4))).isTrue();
    assertThat(counters.setsTooLarge).isZero();
    assertThat(sets.fits("k", sides(5))).isFalse();
    assertThat(sets.fits("k", sides(6))).isFalse();
    assertThat(counters.setsTooLarge).isEqualTo(2);
  }

  @Test
  void mergesOfLargeSetsWaitForEachOtherAndSmallOnesForNone() {
    int first = sets.begin(sides(4), sides(4));
    assertThat(first).isPositive();
    assertThat(sets.begin(sides(1), sides(2))).isNegative();
    assertThat(counters.mergesDeferred).isEqualTo(1);
    assertThat(sets.begin(Siblings.EMPTY, Siblings.EMPTY)).isZero();
    sets.end(first);
    assertThat(sets.begin(sides(1), sides(2))).isPositive();
  }
}
