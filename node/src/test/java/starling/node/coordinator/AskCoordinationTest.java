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
  private static AskCoordination asking(int required, Past own) {
    AskCoordination ask = new AskCoordination(3, required, 0, own);
    ask.onSame(0);
    return ask;
  }

  @Test
  void thePastOfABlindWriteIsTheJoinOfItsQuorum() {
    Siblings mine = written(1, 10);
    Siblings theirs = written(2, 20);
    AskCoordination ask = asking(2, mine.past());
    assertThat(ask.enough()).isFalse();
    ask.onPast(1, theirs.past());
    assertThat(ask.enough()).isTrue();
    assertThat(ask.past().covers(mine.past())).isTrue();
    assertThat(ask.past().covers(theirs.past())).isTrue();
  }

  @Test
  void anEqualHashIsAnAnswer() {
    AskCoordination ask = asking(2, written(1, 10).past());
    ask.onSame(2);
    assertThat(ask.enough()).isTrue();
  }

  @Test
  void aReplicaCountsOnce() {
    AskCoordination ask = asking(3, Past.EMPTY);
    ask.onSame(1);
    ask.onSame(1);
    assertThat(ask.enough()).isFalse();
    assertThat(ask.answers()).isEqualTo(2);
  }

  @Test
  void tooFewLeftIsHopeless() {
    AskCoordination ask = asking(2, Past.EMPTY);
    ask.onGone(1);
    assertThat(ask.hopeless()).isFalse();
    ask.onGone(2);
    assertThat(ask.hopeless()).isTrue();
    assertThat(ask.exhausted()).isTrue();
  }

  @Test
  void aFallbackCounts() {
    AskCoordination ask = asking(2, Past.EMPTY);
    ask.onGone(1);
    ask.onGone(2);
    assertThat(ask.hopeless()).isTrue();
    ask.standsIn();
    assertThat(ask.hopeless()).isFalse();
    ask.onSame(3);
    assertThat(ask.enough()).isTrue();
    assertThat(ask.exhausted()).isTrue();
  }

  @Test
  void aPrimaryQuorumIsAskedOfPrimaries() {
    AskCoordination ask = new AskCoordination(3, 2, 2, Past.EMPTY);
    ask.onSame(0);
    ask.standsIn();
    ask.onSame(3);
    assertThat(ask.enough()).isFalse();
    ask.onSame(1);
    assertThat(ask.enough()).isTrue();
  }
}
