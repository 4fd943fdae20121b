package starling.node.coordinator;

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
  private static AskCoordination asking(int required, Past own, boolean empty) {
    AskCoordination ask = new AskCoordination(3, required, 0, own);
    ask.onSame(0, empty);
    return ask;
  }

  @Test
  void thePastOfABlindWriteIsTheJoinOfItsQuorum() {
    Siblings mine = written(1, 10);
    Siblings theirs = written(2, 20);
    AskCoordination ask = asking(2, mine.past(), false);
    assertThat(ask.enough()).isFalse();
    ask.onPast(1, theirs.past(), false);
    assertThat(ask.enough()).isTrue();
    assertThat(ask.past().covers(mine.past())).isTrue();
    assertThat(ask.past().covers(theirs.past())).isTrue();
  }

  @Test
  void anEqualHashIsAnAnswer() {
    AskCoordination ask = asking(2, written(1, 10).past(), false);
    ask.onSame(2, false);
    assertThat(ask.enough()).isTrue();
  }

  @Test
  void aReplicaCountsOnce() {
    AskCoordination ask = asking(3, Past.EMPTY, true);
    ask.onSame(1, true);
    ask.onSame(1, true);
    assertThat(ask.enough()).isFalse();
    assertThat(ask.answers()).isEqualTo(2);
  }

  @Test
  void tooFewLeftIsHopeless() {
    AskCoordination ask = asking(2, Past.EMPTY, true);
    ask.onGone(1);
    assertThat(ask.hopeless()).isFalse();
    ask.onGone(2);
    assertThat(ask.hopeless()).isTrue();
    assertThat(ask.exhausted()).isTrue();
  }

  @Test
  void onlyAllReplicasCanSayThatNobodyHoldsAnything() {
    AskCoordination ask = asking(2, Past.EMPTY, true);
    ask.onSame(1, true);
    assertThat(ask.enough()).isTrue();
    assertThat(ask.nobodyHoldsAnything()).isFalse();
    ask.onSame(2, true);
    assertThat(ask.nobodyHoldsAnything()).isTrue();
  }

  @Test
  void oneThatHoldsSomethingIsEnoughToWriteADelete() {
    AskCoordination ask = asking(2, Past.EMPTY, true);
    ask.onPast(1, written(1, 10).past(), false);
    assertThat(ask.somebodyHoldsSomething()).isTrue();
  }

  @Test
  void aFallbackCountsAndCannotSayThatNobodyHoldsAnything() {
    AskCoordination ask = asking(2, Past.EMPTY, true);
    ask.onGone(1);
    ask.onGone(2);
    assertThat(ask.hopeless()).isTrue();
    ask.standsIn();
    assertThat(ask.hopeless()).isFalse();
    ask.onSame(3, true);
    assertThat(ask.enough()).isTrue();
    assertThat(ask.nobodyHoldsAnything()).isFalse();
    assertThat(ask.exhausted()).isTrue();
  }

  @Test
  void aPrimaryQuorumIsAskedOfPrimaries() {
    AskCoordination ask = new AskCoordination(3, 2, 2, Past.EMPTY);
    ask.onSame(0, true);
    ask.standsIn();
    ask.onSame(3, true);
    assertThat(ask.enough()).isFalse();
    ask.onSame(1, true);
    assertThat(ask.enough()).isTrue();
  }
}
