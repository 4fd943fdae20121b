package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WriteCoordinationTest {
  @Test
  void distinctNodesMakeAQuorum() {
    WriteCoordination write = new WriteCoordination(3, 3, 2, 0);
    write.onTook(0);
    write.onTook(0);
    assertThat(write.enough()).isFalse();
    write.onTook(2);
    assertThat(write.enough()).isTrue();
    assertThat(write.took()).containsExactly(0, 2);
  }

  @Test
  void aPrimaryQuorumCountsNoFallback() {
    WriteCoordination write = new WriteCoordination(4, 3, 2, 2);
    write.onTook(0);
    write.onTook(3);
    assertThat(write.enough()).isFalse();
    write.onTook(1);
    assertThat(write.enough()).isTrue();
  }

  @Test
  void aRefusalMakesAQuorumHopelessOnlyWhenTooFewAreLeft() {
    WriteCoordination write = new WriteCoordination(3, 3, 2, 0);
    write.onRefused(1);
    assertThat(write.hopeless()).isFalse();
    write.onRefused(2);
    assertThat(write.hopeless()).isTrue();
  }

  @Test
  void aPrimaryQuorumIsHopelessWithoutPrimaries() {
    WriteCoordination write = new WriteCoordination(4, 3, 1, 3);
    write.onTook(3);
    write.onRefused(0);
    assertThat(write.hopeless()).isTrue();
  }

  @Test
  void aLostAnswerIsNotARefusal() {
    WriteCoordination write = new WriteCoordination(2, 2, 2, 0);
    write.onRefused(0);
    write.onLost(1);
    assertThat(write.hopeless()).isTrue();
    assertThat(write.surelyNowhere()).isFalse();
    assertThat(write.settled()).isTrue();
  }

  @Test
  void onlyWhenAllRefusedIsItSurelyNowhere() {
    WriteCoordination write = new WriteCoordination(2, 2, 1, 0);
    write.onRefused(0);
    assertThat(write.surelyNowhere()).isFalse();
    write.onRefused(1);
    assertThat(write.surelyNowhere()).isTrue();
  }

  @Test
  void anAnswerAfterTheConnectionBrokeStillCounts() {
    WriteCoordination write = new WriteCoordination(2, 2, 2, 0);
    write.onTook(0);
    write.onLost(1);
    write.onTook(1);
    assertThat(write.enough()).isTrue();
  }
}
