package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.version.Sample.dot;
import static starling.node.version.Sample.set;
import static starling.node.version.Sample.texts;
import static starling.node.version.Sample.tombstone;
import static starling.node.version.Sample.version;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Contexts claim only what their client has read. */
class ContextClaimsTest {
  @Test
  void aWriteThatStandsAloneIsToldTheWholeSet() {
    Siblings read = set(1, 10, "a").join(set(2, 11, "b"));
    Siblings stored = read.write(read.past(), version(1, 12, "c"));
    Past context = Past.contextAfterWrite(stored, dot(1, 12), read.past());
    assertThat(context).isEqualTo(stored.past());
    assertThat(texts(stored.write(context, version(2, 13, "d")))).containsExactly("d");
  }

  @Test
  void aWriteBesideSiblingsIsToldItsOwnDotAndWhatItHadClaimed() {
    Siblings others = set(1, 10, "never shown");
    Siblings stored = others.write(Past.EMPTY, version(1, 12, "mine"));
    Past context = Past.contextAfterWrite(stored, dot(1, 12), Past.EMPTY);
    assertThat(context.vector().isEmpty()).isTrue();
    assertThat(context.dots()).containsExactly(dot(1, 12));
    Siblings next = stored.write(context, version(1, 13, "mine again"));
    assertThat(texts(next)).containsExactly("mine again", "never shown");
  }

  @Test
  void aWriteBesideATombstoneItWasNotShownDoesNotClaimIt() {
    Siblings others = Siblings.EMPTY.write(Past.EMPTY, tombstone(1, 10));
    Siblings stored = others.write(Past.EMPTY, version(1, 12, "mine"));
    Past context = Past.contextAfterWrite(stored, dot(1, 12), Past.EMPTY);
    assertThat(context.covers(dot(1, 10))).isFalse();
  }

  @Test
  void aDotOfTheContextThatTheCoordinatorDoesNotKnowBecomesASeenDot() {
    // The client wrote through replica 1 and goes on through replica 2, which is behind.
    Past context = Past.EMPTY.with(dot(1, 10));
    Siblings behind = set(2, 5, "unseen");
    Siblings stored = behind.write(context, version(2, 11, "second"));
    assertThat(stored.seenDots()).containsExactly(dot(1, 10));
    assertThat(texts(stored)).containsExactly("second", "unseen");

    Siblings first = set(1, 9, "unseen too").write(Past.EMPTY, version(1, 10, "first"));
    Siblings merged = stored.join(first);
    assertThat(texts(merged)).containsExactly("second", "unseen", "unseen too");
    assertThat(merged.seenDots()).as("the vector covers it now").isEmpty();
    assertThat(merged).isEqualTo(first.join(stored));
  }

  @Test
  void aWriteTakesNoMoreSeenDotsThanTheBoundAndLeavesOutTheLowest() {
    Past context = Past.EMPTY;
    for (int i = 1; i <= 40; i++) {
      context = context.with(dot(i, 100 + i));
    }
    Siblings stored = Siblings.EMPTY.write(context, version(50, 1000, "last"));
    assertThat(stored.seenDots()).hasSize(Siblings.MAX_SEEN_DOTS_BY_WRITE);
    for (int i = 1; i <= 8; i++) {
      assertThat(stored.covers(dot(i, 100 + i))).isFalse();
      // Claiming less leaves a sibling; nothing is lost.
      assertThat(texts(stored.join(set(i, 100 + i, "old")))).containsExactly("last", "old");
    }
    for (int i = 9; i <= 40; i++) {
      assertThat(texts(stored.join(set(i, 100 + i, "old")))).containsExactly("last");
    }
  }

  @Test
  void aWriteNeverLetsGoOfSeenDotsThatTheSetAlreadyHad() {
    List<Siblings> sides = new ArrayList<>();
    for (int side = 0; side < 3; side++) {
      Past context = Past.EMPTY;
      for (int i = 0; i < 20; i++) {
        context = context.with(dot(100 * side + i, 50));
      }
      sides.add(Siblings.EMPTY.write(context, version(1000 + side, 60, "side " + side)));
    }
    Siblings merged = sides.get(0).join(sides.get(1)).join(sides.get(2));
    assertThat(merged.seenDots()).as("merges are not limited").hasSize(60);
    Siblings written = merged.write(Past.EMPTY.with(dot(777, 61)), version(1000, 70, "more"));
    assertThat(written.covers(merged.past())).isTrue();
    assertThat(written.covers(dot(777, 61))).isFalse();
  }

  @Test
  void aClientThatGoesOnWithItsOwnContextNeverMakesSiblingsOfItself() {
    Siblings one = set(1, 10, "other");
    Siblings two = one;
    Past context = Past.EMPTY;
    long counter = 20;
    for (int i = 0; i < 20; i++) {
      Dot dot = dot(i % 2 + 1, ++counter);
      Siblings at = i % 2 == 0 ? one : two;
      Siblings stored = at.write(context, new Version(dot, Sample.json("mine " + i)));
      context = Past.contextAfterWrite(stored, dot, context);
      one = i % 2 == 0 ? stored : one;
      two = i % 2 == 0 ? two : stored;
    }
    assertThat(texts(one.join(two))).containsExactly("mine 19", "other");
  }
}
