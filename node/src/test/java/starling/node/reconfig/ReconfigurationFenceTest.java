package starling.node.reconfig;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import starling.node.ScriptedNode;
import starling.node.cluster.BucketRegister;
import starling.node.cluster.MetadataType;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Done;
import starling.node.peer.message.FenceBucket;
import starling.node.peer.message.HoldStill;
import starling.node.peer.message.KeepFact;
import starling.node.request.BucketProperties;
import starling.node.storage.Stored;

/** The requests of other nodes that fence this one, or that make it keep a fact. */
class ReconfigurationFenceTest {
  private static final String FACT = MetadataType.BUCKET.of(ScriptedNode.BUCKET);

  private final ScriptedNode node = new ScriptedNode().serving();
  private final ReconfigurationFence fence =
      new ReconfigurationFence(node.cluster, node.membership, node.storage, node.owner);
  private final byte[] register = new BucketRegister(2, BucketProperties.DEFAULT).encode();

  private void hold() {
    node.storage.held.put(node.mine(), new Stored(1, new byte[0]));
  }

  private void fenceRing(long version) {
    fence.onHoldStill(new HoldStill(7, 100, 0, version), node.pending(7));
  }

  private void fenceBucket() {
    fence.onFenceBucket(new FenceBucket(7, 100, 0, ScriptedNode.BUCKET), node.pending(7));
  }

  private void keep(long call, byte[] value) {
    fence.onKeepFact(new KeepFact(call, 100, 0, FACT, value), node.pending(call));
  }

  @Test
  void aFenceForTheRingIsDurableBeforeTheAnswer() {
    node.storage.holdsSaves = true;
    fenceRing(node.cluster.ring().version());
    assertThat(node.responses).isEmpty();
    assertThat(node.cluster.notServing()).contains("the ring is being changed");
    node.storage.saveNext();
    assertThat(node.responses).containsExactly(new Done(7));
  }

  @Test
  void aFenceForTheRingOutlivesTheProcess() {
    fenceRing(node.cluster.ring().version());
    ScriptedNode next = new ScriptedNode();
    next.storage.metas.putAll(node.storage.metas);
    next.serving();
    new ReconfigurationFence(next.cluster, next.membership, next.storage, next.owner).restore();
    assertThat(next.cluster.notServing()).contains("the ring is being changed");
  }

  @Test
  void aNodeThatHoldsDataIsNotFencedForTheRing() {
    hold();
    fenceRing(node.cluster.ring().version());
    assertThat(node.declined()).isEqualTo(DeclineReason.HOLDS_DATA);
    assertThat(node.cluster.notServing()).isNull();
  }

  @Test
  void aFenceOfARoundThatHasEndedIsDeclined() {
    fenceRing(node.cluster.ring().version() - 1);
    assertThat(node.declined()).isEqualTo(DeclineReason.NOT_READY);
    assertThat(node.cluster.notServing()).isNull();
  }

  @Test
  void aBucketWithoutDataIsFencedForAWhile() {
    fenceBucket();
    assertThat(node.responses).containsExactly(new Done(7));
    assertThat(node.cluster.writesPaused(ScriptedNode.BUCKET)).isTrue();
    node.pass(BucketChanges.HOLD_NANOS / 1_000_000 + 1);
    assertThat(node.cluster.writesPaused(ScriptedNode.BUCKET)).isFalse();
  }

  @Test
  void aBucketWithDataIsNotFenced() {
    hold();
    fenceBucket();
    assertThat(node.declined()).isEqualTo(DeclineReason.HOLDS_DATA);
    assertThat(node.cluster.writesPaused(ScriptedNode.BUCKET)).isFalse();
  }

  @Test
  void aBucketWithPropertiesIsNotFenced() {
    node.cluster.useBucket(ScriptedNode.BUCKET, BucketRegister.decode(register));
    fenceBucket();
    assertThat(node.declined()).isEqualTo(DeclineReason.HOLDS_DATA);
  }

  @Test
  void ofTwoNodesThatChooseThePropertiesTheSecondIsDeclined() {
    fenceBucket();
    node.responses.clear();
    fenceBucket();
    assertThat(node.declined()).isEqualTo(DeclineReason.NOT_READY);
  }

  @Test
  void aFactIsDurableBeforeTheAnswer() {
    node.storage.holdsSaves = true;
    keep(7, register);
    assertThat(node.responses).isEmpty();
    while (!node.storage.saves.isEmpty()) {
      node.storage.saveNext();
    }
    assertThat(node.responses).containsExactly(new Done(7));
    assertThat(node.membership.knows(FACT)).isTrue();
  }

  @Test
  void aFactThatCannotBeReadIsDeclined() {
    keep(7, new byte[] {99});
    assertThat(node.declined()).isEqualTo(DeclineReason.STORAGE_FAILED);
    assertThat(node.membership.knows(FACT)).isFalse();
  }

  @Test
  void aNoticeOfAFactIsNotAnswered() {
    keep(0, register);
    assertThat(node.responses).isEmpty();
    assertThat(node.membership.knows(FACT)).isTrue();
  }
}
