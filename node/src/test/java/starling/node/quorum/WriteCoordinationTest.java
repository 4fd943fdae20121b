package starling.node.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WriteCoordinationTest {
  @Test
  void distinctNodesMakeAQuorum() {
    WriteCoordination write = new WriteCoordination(3, 2, 0);
    write.onTook(0);
    write.onTook(0);
    assertThat(write.enough()).isFalse();
    write.onTook(2);
    assertThat(write.enough()).isTrue();
    assertThat(write.took()).containsExactly(0, 2);
  }

  @Test
  void aPrimaryQuorumCountsNoFallback() {
    WriteCoordination write = new WriteCoordination(3, 2, 2);
    write.onTook(0);
    write.addFallback(2);
    write.onTook(3);
    assertThat(write.enough()).isFalse();
    write.onTook(1);
    assertThat(write.enough()).isTrue();
  }

  @Test
  void aRefusalMakesAQuorumHopelessOnlyWhenTooFewAreLeft() {
    WriteCoordination write = new WriteCoordination(3, 2, 0);
    write.onRefused(1);
    assertThat(write.hopeless()).isFalse();
    write.onRefused(2);
    assertThat(write.hopeless()).isTrue();
  }

  @Test
  void aPrimaryQuorumIsHopelessWithoutPrimaries() {
    WriteCoordination write = new WriteCoordination(3, 1, 3);
    write.addFallback(0);
    write.onTook(3);
    write.onRefused(0);
    assertThat(write.hopeless()).isTrue();
  }

  @Test
  void aLostAnswerIsNotARefusal() {
    WriteCoordination write = new WriteCoordination(2, 2, 0);
    write.onRefused(0);
    write.onLost(1);
    assertThat(write.hopeless()).isTrue();
    assertThat(write.settled()).isTrue();
  }

  @Test
  void whoRefusedOrIsLostIsStoodInForOnce() {
    WriteCoordination write = new WriteCoordination(3, 2, 0);
    write.onTook(0);
    write.onRefused(1);
    write.onLost(2);
    assertThat(write.absent()).containsExactly(1, 2);
    write.addFallback(1);
    write.noFallbackFor(2);
    assertThat(write.absent()).isEmpty();
    assertThat(write.hopeless()).isFalse();
    write.onTook(3);
    assertThat(write.enough()).isTrue();
    assertThat(write.took()).containsExactly(0, 3);
  }

  @Test
  void aFallbackThatRefusesIsReplaced() {
    WriteCoordination write = new WriteCoordination(3, 2, 0);
    write.onRefused(1);
    write.addFallback(1);
    write.onRefused(3);
    assertThat(write.absent()).containsExactly(1);
  }

  @Test
  void aFallbackThatDoesNotAnswerIsReplaced() {
    WriteCoordination write = new WriteCoordination(3, 2, 0);
    write.onTook(0);
    write.onTook(2);
    write.onRefused(1);
    write.addFallback(1);
    assertThat(write.absent()).isEmpty();
    write.onSlow();
    assertThat(write.absent()).containsExactly(1);
    write.addFallback(1);
    assertThat(write.absent()).isEmpty();
    write.onTook(4);
    assertThat(write.absent()).isEmpty();
    write.onTook(3);
    assertThat(write.took()).containsExactly(0, 2, 3, 4);
    assertThat(write.settled()).isTrue();
  }

  @Test
  void aSlowPrimaryIsStoodInForAndMayStillTakeIt() {
    WriteCoordination write = new WriteCoordination(3, 3, 0);
    write.onTook(0);
    write.onTook(1);
    assertThat(write.absent()).isEmpty();
    write.onSlow();
    assertThat(write.absent()).containsExactly(2);
    write.addFallback(2);
    write.onTook(2);
    assertThat(write.enough()).isTrue();
    assertThat(write.settled()).isFalse();
  }

  @Test
  void anAnswerAfterTheConnectionBrokeStillCounts() {
    WriteCoordination write = new WriteCoordination(2, 2, 0);
    write.onTook(0);
    write.onLost(1);
    write.onTook(1);
    assertThat(write.enough()).isTrue();
  }

  @Test
  void aPrimaryAndTheFallbackForItFillOnePosition() {
    WriteCoordination write = new WriteCoordination(3, 2, 0);
    write.onSlow();
    write.addFallback(0);
    write.onTook(0);
    write.onTook(3);
    assertThat(write.enough()).isFalse();
    assertThat(write.hopeless()).isFalse();
    assertThat(write.took()).containsExactly(0, 3);
    write.onRefused(1);
    write.onRefused(2);
    assertThat(write.hopeless()).isTrue();
    write.addFallback(1);
    assertThat(write.hopeless()).isFalse();
    write.onTook(4);
    assertThat(write.enough()).isTrue();
  }

  @Test
  void twoFallbacksForOnePrimaryFillOnePosition() {
    WriteCoordination write = new WriteCoordination(3, 2, 0);
    write.onSlow();
    write.addFallback(1);
    write.addFallback(1);
    write.onTook(3);
    write.onTook(4);
    assertThat(write.enough()).isFalse();
    write.onTook(0);
    assertThat(write.enough()).isTrue();
  }

  @Test
  void aCoordinatorThatIsAFallbackFillsThePositionThatIsFree() {
    WriteCoordination write = new WriteCoordination(3, 3, 0);
    write.addFallback(0, Positions.any());
    write.onTook(3);
    write.onTook(0);
    write.onTook(2);
    assertThat(write.enough()).isTrue();

    WriteCoordination named = new WriteCoordination(3, 2, 0);
    named.addFallback(0, Positions.of(0));
    named.onTook(3);
    named.onTook(0);
    assertThat(named.enough()).isFalse();
  }
}
