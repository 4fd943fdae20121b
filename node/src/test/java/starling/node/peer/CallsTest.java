package starling.node.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.node.peer.message.Response;
import starling.node.peer.message.Took;

class CallsTest {
  private static final UUID A = new UUID(0, 1);
  private static final UUID B = new UUID(0, 2);

  private final PendingCalls calls = new PendingCalls(4, new java.util.SplittableRandom(7));
  private final List<String> heard = new ArrayList<>();

  private long open(UUID peer, String name) {
    return calls.open(
        peer,
        new PendingCalls.Listener() {
          @Override
          public void onAnswer(Response answer) {
            heard.add(name + " answered");
          }

          @Override
          public void onLost() {
            heard.add(name + " lost");
          }
        });
  }

  private void answer(UUID from, long call) {
    calls.answer(from, new Took(call));
  }

  @Test
  void anAnswerIsPassedOnOnce() {
    long call = open(A, "one");
    answer(A, call);
    answer(A, call);
    assertThat(heard).containsExactly("one answered");
    assertThat(calls.underWay()).isZero();
  }

  @Test
  void aLateAnswerNeverReachesTheCallThatHasThePlaceNow() {
    for (int i = 0; i < 1000; i++) {
      long old = open(A, "old");
      assertThat(calls.close(old)).isTrue();
      assertThat(calls.close(old)).isFalse();
      long fresh = open(A, "fresh");
      answer(A, old);
      assertThat(heard).isEmpty();
      assertThat(calls.close(fresh)).isTrue();
    }
  }

  @Test
  void anAnswerFromAnotherPeerIsDropped() {
    long call = open(A, "one");
    answer(B, call);
    assertThat(heard).isEmpty();
    assertThat(calls.underWay()).isEqualTo(1);
  }

  @Test
  void anAnswerToANumberThatWasNeverGivenIsDropped() {
    long call = open(A, "one");
    for (long wrong : new long[] {0, -1, call + 1, call + 4, Long.MAX_VALUE, Long.MIN_VALUE}) {
      answer(A, wrong);
    }
    // The number's upper half must count too.
    answer(A, call + (4L << 32));
    assertThat(heard).isEmpty();
  }

  @Test
  void noMoreCallsAreOpenedThanThereArePlaces() {
    List<Long> open = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      open.add(open(A, "call"));
    }
    assertThat(open).doesNotContain(-1L).doesNotHaveDuplicates();
    assertThat(open(A, "fifth")).isEqualTo(-1);
    calls.close(open.get(2));
    assertThat(open(A, "fifth")).isNotEqualTo(-1);
  }

  @Test
  void allCallsToALostPeerAreLostAndNoOthers() {
    open(A, "one");
    long other = open(B, "other");
    open(A, "two");
    calls.lose(A);
    calls.lose(A);
    assertThat(heard).containsExactlyInAnyOrder("one lost", "two lost");
    answer(B, other);
    assertThat(heard).endsWith("other answered");
    assertThat(calls.underWay()).isZero();
  }
}
