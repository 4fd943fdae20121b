package starling.node.quorum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.Version;

class AskCoordinationTest {
  private static Siblings written(int actor, long counter) {
    return Siblings.EMPTY.write(
        Past.EMPTY,
        new Version(new Dot(new Actor(0, actor), counter), Content.json("1".getBytes(UTF_8))));
  }

  /** Three primaries, of which the coordinator is the first. */
  private static ContextCoordination asking(int required, Past own) {
    ContextCoordination ask = new ContextCoordination(3, required, 0, false, own);
    ask.onSame(0, true);
    return ask;
  }

  @Test
  void thePastOfABlindWriteIsTheJoinOfItsQuorum() {
    Siblings mine = written(1, 10);
    Siblings theirs = written(2, 20);
    ContextCoordination ask = asking(2, mine.past());
    assertThat(ask.enough()).isFalse();
    ask.onPast(1, theirs.past(), true);
    assertThat(ask.enough()).isTrue();
    assertThat(ask.past().covers(mine.past())).isTrue();
    assertThat(ask.past().covers(theirs.past())).isTrue();
  }

  @Test
  void anEqualHashIsAnAnswer() {
    ContextCoordination ask = asking(2, written(1, 10).past());
    ask.onSame(2, true);
    assertThat(ask.enough()).isTrue();
  }

  @Test
  void aReplicaCountsOnce() {
    ContextCoordination ask = asking(3, Past.EMPTY);
    ask.onSame(1, true);
    ask.onSame(1, true);
    assertThat(ask.enough()).isFalse();
    assertThat(ask.answers()).isEqualTo(2);
  }

  @Test
  void tooFewLeftIsHopeless() {
    ContextCoordination ask = asking(2, Past.EMPTY);
    ask.onGone(1);
    assertThat(ask.hopeless()).isFalse();
    ask.onGone(2);
    assertThat(ask.hopeless()).isTrue();
    assertThat(ask.exhausted()).isTrue();
  }

  @Test
  void aFallbackCounts() {
    ContextCoordination ask = asking(2, Past.EMPTY);
    ask.onGone(1);
    ask.onGone(2);
    assertThat(ask.hopeless()).isTrue();
    ask.addFallback(Positions.of(2));
    assertThat(ask.hopeless()).isFalse();
    ask.onSame(3, true);
    assertThat(ask.enough()).isTrue();
    assertThat(ask.exhausted()).isTrue();
  }

  @Test
  void aPrimaryQuorumIsAskedOfPrimaries() {
    ContextCoordination ask = new ContextCoordination(3, 2, 2, false, Past.EMPTY);
    ask.onSame(0, true);
    ask.addFallback(Positions.of(2));
    ask.onSame(3, true);
    assertThat(ask.enough()).isFalse();
    ask.onSame(1, true);
    assertThat(ask.enough()).isTrue();
  }

  @Test
  void aPrimaryAndTheFallbackForItFillOnePosition() {
    ContextCoordination ask = asking(2, Past.EMPTY);
    ask.addFallback(Positions.of(0));
    ask.onSame(3, true);
    assertThat(ask.enough()).isFalse();
    ask.onGone(1);
    ask.onGone(2);
    assertThat(ask.hopeless()).isTrue();
    ask.addFallback(Positions.of(1));
    assertThat(ask.hopeless()).isFalse();
    ask.onSame(4, true);
    assertThat(ask.enough()).isTrue();
  }

  @Test
  void aHintHolderFillsNoPositionOfAPrimaryThatMayAnswer() {
    ContextCoordination ask = asking(2, Past.EMPTY);
    ask.addFallback(Positions.any());
    ask.onSame(3, true);
    assertThat(ask.enough()).isFalse();
    assertThat(ask.hopeless()).isFalse();
    ask.onGone(1);
    assertThat(ask.enough()).isTrue();
  }

  @Test
  void whoHasForgottenCountsIfTooFewOthersAnswer() {
    ContextCoordination ask = asking(2, Past.EMPTY);
    Siblings theirs = written(2, 20);
    ask.onPast(1, theirs.past(), false);
    assertThat(ask.past().covers(theirs.past())).isTrue();
    assertThat(ask.enough()).isFalse();
    assertThat(ask.hopeless()).isFalse();
    ask.onGone(2);
    assertThat(ask.enough()).isTrue();
  }

  @Test
  void whoHasForgottenCountsIfOthersAreLate() {
    ContextCoordination ask = new ContextCoordination(3, 2, 2, false, Past.EMPTY);
    ask.onSame(0, true);
    ask.onSame(1, false);
    assertThat(ask.enough()).isFalse();
    ask.onLate();
    assertThat(ask.enough()).isTrue();
  }

  @Test
  void whoHasForgottenNeverCountsForALastWriter() {
    ContextCoordination ask = new ContextCoordination(3, 2, 0, true, Past.EMPTY);
    ask.onSame(0, true);
    ask.onSame(1, false);
    ask.onLate();
    assertThat(ask.enough()).isFalse();
    assertThat(ask.hopeless()).isFalse();
    assertThat(ask.missing(1)).isFalse();
    ask.onGone(2);
    assertThat(ask.hopeless()).isTrue();
    ask.addFallback(Positions.of(1));
    ask.addFallback(Positions.of(2));
    ask.onSame(3, true);
    assertThat(ask.enough()).isFalse();
    ask.onSame(4, true);
    assertThat(ask.enough()).isTrue();
  }

  @Test
  void aCoordinatorThatIsAFallbackFillsOneOfThePositionsItMayFill() {
    ContextCoordination ask = new ContextCoordination(3, 2, 0, false, Past.EMPTY);
    ask.addFallback(Positions.any());
    ask.onSame(3, true);
    ask.addFallback(Positions.of(0));
    ask.onSame(4, true);
    assertThat(ask.enough()).isFalse();
    ask.onLate();
    assertThat(ask.enough()).isTrue();
  }
}
