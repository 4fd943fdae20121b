package starling.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WaitingCallsTest {
  private static final Behavior FOUR_SECONDS = Behavior.DEFAULT.deadline(Duration.ofSeconds(4));

  private final ScriptedHost host = new ScriptedHost();
  private final WaitingCalls waiting = new WaitingCalls(3);

  private Call begun() {
    return host.begin(ScriptedHost.spec(Operation.GET, FOUR_SECONDS, null, false));
  }

  private void pass(long millis) {
    host.now += millis * ScriptedHost.MILLI;
  }

  private Call taken() {
    Call call = waiting.next(host.now);
    if (call != null) {
      waiting.remove(call);
    }
    return call;
  }

  @Test
  void callsAreTakenInTheirOrder() {
    Call first = begun();
    pass(1000);
    Call second = begun();
    assertThat(waiting.add(first)).isTrue();
    assertThat(waiting.add(second)).isTrue();
    pass(1999);
    assertThat(taken()).isSameAs(first);
    assertThat(taken()).isSameAs(second);
    assertThat(taken()).isNull();
    assertThat(waiting.isEmpty()).isTrue();
  }

  @Test
  void theNewestGoesFirstOnceTheOldestHasLittleTime() {
    Call oldest = begun();
    pass(2000);
    Call middle = begun();
    pass(500);
    Call newest = begun();
    assertThat(waiting.add(oldest) && waiting.add(middle) && waiting.add(newest)).isTrue();
    pass(501);
    assertThat(taken()).isSameAs(newest);
    assertThat(taken()).isSameAs(middle);
    assertThat(taken()).isSameAs(oldest);
    assertThat(taken()).isNull();
  }

  @Test
  void theOrderIsTheUsualOneAgainWhenTheOldOnesHaveEnded() {
    Call oldest = begun();
    pass(3001);
    Call second = begun();
    Call third = begun();
    assertThat(waiting.add(oldest) && waiting.add(second) && waiting.add(third)).isTrue();
    oldest.cancel();
    assertThat(taken()).isSameAs(second);
    assertThat(taken()).isSameAs(third);
  }

  @Test
  void callsThatHaveEndedAreNeverTakenAndTakeNoPlace() {
    Call one = begun();
    Call two = begun();
    Call three = begun();
    assertThat(waiting.add(one) && waiting.add(two) && waiting.add(three)).isTrue();
    assertThat(waiting.add(begun())).as("there is place for three").isFalse();
    two.cancel();
    Call four = begun();
    assertThat(waiting.add(four)).isTrue();
    one.cancel();
    four.cancel();
    pass(3001);
    assertThat(taken()).isSameAs(three);
    assertThat(taken()).isNull();
  }
}
