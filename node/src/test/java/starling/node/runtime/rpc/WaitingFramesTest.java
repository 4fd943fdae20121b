package starling.node.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WaitingFramesTest {
  @Test
  void framesWaitInOrderUpToTheirNumber() {
    WaitingFrames waiting = new WaitingFrames(2, 1_000);
    assertThat(waiting.offer(null, Frame.GOSSIP, new byte[1])).isTrue();
    assertThat(waiting.offer(TestPeer.id(1), Frame.MESSAGE, new byte[2])).isTrue();
    assertThat(waiting.offer(null, Frame.GOSSIP, new byte[3])).isFalse();
    assertThat(waiting.take()).extracting(w -> w.payload().length).containsExactly(1, 2);
    assertThat(waiting.offer(null, Frame.GOSSIP, new byte[3])).isTrue();
  }

  @Test
  void bytesAreBoundedButForTheFirstFrame() {
    WaitingFrames waiting = new WaitingFrames(9, 100);
    assertThat(waiting.offer(null, Frame.GOSSIP, new byte[500])).isTrue();
    assertThat(waiting.offer(null, Frame.GOSSIP, new byte[0])).isFalse();
    assertThat(waiting.bytes()).isEqualTo(505);
    assertThat(waiting.take()).hasSize(1);
    assertThat(waiting.bytes()).isZero();
    assertThat(waiting.offer(null, Frame.GOSSIP, new byte[45])).isTrue();
    assertThat(waiting.offer(null, Frame.GOSSIP, new byte[45])).isTrue();
    assertThat(waiting.offer(null, Frame.GOSSIP, new byte[0])).isFalse();
  }
}
