package starling.node.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.gossip.ProcessIncarnation;
import starling.node.runtime.rpc.CollisionResolution.Greeted;

class PrecedenceTest {
  private static final UUID LOW = new UUID(1, 0);
  private static final UUID HIGH = new UUID(2, 0);
  private static final ProcessIncarnation LIFE = new ProcessIncarnation(3, 30);

  private static Greeted dialled(long mine, long theirs) {
    return new Greeted(true, LIFE, mine, theirs);
  }

  private static Greeted accepted(long mine, long theirs) {
    return new Greeted(false, LIFE, mine, theirs);
  }

  /** The same connection as the node at its other end sees it. */
  private static Greeted mirrored(Greeted one) {
    return new Greeted(
        !one.dialledHere(), LIFE, /* mine= */ one.theirs(), /* theirs= */ one.mine());
  }

  @Test
  void bothNodesKeepTheSameOfTwoConnectionsInWhateverOrderTheyMeetThem() {
    for (int numbers = 0; numbers < 256; numbers++) {
      for (int directions = 0; directions < 4; directions++) {
        long mine = numbers & 3;
        long theirs = numbers >> 2 & 3;
        // A process numbers its greetings, so no two have one number.
        long myOther = (numbers >> 4 & 3) * 2L + 1;
        long theirOther = (numbers >> 6 & 3) * 2L + 1;
        Greeted a = new Greeted((directions & 1) == 0, LIFE, 2 * mine, 2 * theirs);
        Greeted b = new Greeted((directions & 2) == 0, LIFE, myOther, theirOther);
        if (impossible(a, b)) {
          continue;
        }
        boolean aHere = CollisionResolution.replaces(a, b, LOW, HIGH);
        assertThat(CollisionResolution.replaces(b, a, LOW, HIGH))
            .as("%s %s", a, b)
            .isNotEqualTo(aHere);
        assertThat(CollisionResolution.replaces(mirrored(a), mirrored(b), HIGH, LOW))
            .as("%s %s", a, b)
            .isEqualTo(aHere);
      }
    }
  }

  /** Each cannot have been dialled after its dialler had greeted on the other. */
  private static boolean impossible(Greeted a, Greeted b) {
    boolean opposite = a.dialledHere() != b.dialledHere();
    boolean aLater = a.dialledHere() ? a.mine() > b.mine() : a.theirs() > b.theirs();
    boolean bLater = b.dialledHere() ? b.mine() > a.mine() : b.theirs() > a.theirs();
    return opposite && aLater && bLater;
  }

  @Test
  void ofTwoDialledAtOnceTheLowerIdsStays() {
    Greeted ours = dialled(1, 2);
    Greeted theirs = accepted(2, 1);
    assertThat(CollisionResolution.replaces(ours, theirs, LOW, HIGH)).isTrue();
    assertThat(CollisionResolution.replaces(theirs, ours, LOW, HIGH)).isFalse();
    assertThat(CollisionResolution.replaces(ours, theirs, HIGH, LOW)).isFalse();
    assertThat(CollisionResolution.replaces(theirs, ours, HIGH, LOW)).isTrue();
  }

  @Test
  void whoDialsAfterHavingGreetedHasLostTheOtherConnection() {
    assertThat(CollisionResolution.replaces(accepted(2, 8), dialled(1, 7), LOW, HIGH)).isTrue();
    assertThat(CollisionResolution.replaces(dialled(9, 8), accepted(7, 5), HIGH, LOW)).isTrue();
  }

  @Test
  void ofTwoDialledByOneSideTheLaterStays() {
    assertThat(CollisionResolution.replaces(accepted(5, 4), accepted(3, 3), HIGH, LOW)).isTrue();
    assertThat(CollisionResolution.replaces(accepted(5, 3), accepted(3, 3), HIGH, LOW)).isFalse();
  }

  @Test
  void aLaterLifeWinsWhateverTheNumbers() {
    Greeted later = new Greeted(false, new ProcessIncarnation(4, 1), 2, 1);
    assertThat(CollisionResolution.replaces(later, dialled(1, 9), LOW, HIGH)).isTrue();
    assertThat(CollisionResolution.replaces(dialled(9, 9), later, LOW, HIGH)).isFalse();
  }

  @Test
  void aRefutedSuspicionIsNotAnotherLife() {
    Greeted refuted = new Greeted(false, new ProcessIncarnation(4, 30), 2, 1);
    assertThat(CollisionResolution.replaces(refuted, accepted(1, 5), LOW, HIGH)).isFalse();
  }
}
