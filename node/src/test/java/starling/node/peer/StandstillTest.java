package starling.node.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.node.peer.message.Forget;
import starling.node.peer.message.HoldStill;
import starling.node.peer.message.PeerMessage;

class StandstillTest {
  private static final long TICK = 50_000_000;
  private static final long PAUSE = 10_000_000_000L;

  private final UUID peer = new UUID(0, 1);
  private final UUID other = new UUID(0, 2);
  private final List<PeerMessage> acted = new ArrayList<>();
  private final List<PeerMessage> late = new ArrayList<>();
  private final PauseDetector standstill = new PauseDetector(0);

  private void tick(long now) {
    standstill.tick(
        now, (from, message) -> acted.add(message), (from, message) -> late.add(message));
  }

  private static PeerMessage hold(long call) {
    return new HoldStill(call, 60_000, 0, 7);
  }

  @Test
  void nothingIsHeldWhileTheTicksCome() {
    tick(TICK);
    assertThat(standstill.holds(2 * TICK)).isFalse();
  }

  @Test
  void whatPiledUpWaitsUntilAllOfItIsRead() {
    assertThat(standstill.holds(PAUSE)).isTrue();
    standstill.keep(peer, hold(1));
    tick(PAUSE);
    assertThat(acted).isEmpty();
    assertThat(standstill.holds(PAUSE + 1)).isTrue();
    standstill.keep(peer, hold(2));
    tick(PAUSE + TICK);
    assertThat(acted).containsExactly(hold(1), hold(2));
    assertThat(standstill.holds(PAUSE + TICK)).isFalse();
  }

  @Test
  void aRequestThatIsTakenBackInTheSamePileIsNotCarriedOut() {
    tick(PAUSE);
    assertThat(standstill.holds(PAUSE)).isTrue();
    standstill.keep(peer, hold(1));
    standstill.keep(other, hold(1));
    standstill.keep(peer, new Forget(1));
    tick(PAUSE + TICK);
    assertThat(acted).containsExactly(hold(1), new Forget(1));
  }

  @Test
  void thePileIsBounded() {
    tick(PAUSE);
    for (int i = 0; i < PauseDetector.MAX_FRAMES; i++) {
      assertThat(standstill.holds(PAUSE)).isTrue();
      standstill.keep(peer, hold(i));
    }
    assertThat(standstill.holds(PAUSE)).isFalse();
  }

  @Test
  void whatMayHaveLainThereBeyondItsDeadlineIsTooLate() {
    assertThat(standstill.holds(PAUSE)).isTrue();
    int millis = (int) (PAUSE / 1_000_000);
    PeerMessage brief = new HoldStill(1, millis - 1, 0, 7);
    PeerMessage patient = new HoldStill(2, 2 * millis, 0, 7);
    standstill.keep(peer, brief);
    standstill.keep(peer, patient);
    tick(PAUSE);
    tick(PAUSE + TICK);
    assertThat(late).containsExactly(brief);
    assertThat(acted).containsExactly(patient);
  }
}
