package starling.node.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.ScriptedNode;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Deliver;
import starling.node.peer.message.Delivered;
import starling.node.storage.Key;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

class HintDeliveryHandlerTest {
  private final ScriptedNode node = new ScriptedNode().serving();
  private boolean strained;
  private final HintDeliveryHandler handler =
      new HintDeliveryHandler(node.cluster, node.local, node, node.counters, () -> strained);
  private final Siblings set = ScriptedNode.set(1);
  private final Key key = node.mine();

  private Deliver.Entry entry(Key hinted) {
    return new Deliver.Entry(hinted, node.register(hinted), false, SiblingsCodec.encode(set));
  }

  private void deliver(Deliver.Entry... entries) {
    handler.handle(new Deliver(7, 100, node.cluster.ringHash(), List.of(entries)), node.pending(7));
  }

  private static Delivered took(int... places) {
    BitSet took = new BitSet();
    for (int place : places) {
      took.set(place);
    }
    return new Delivered(7, took);
  }

  @Test
  void aBatchIsAnsweredWhenTheLastHintIsFsynced() {
    Key other = node.key(100, true);
    deliver(entry(key), entry(other));
    assertThat(node.storage.appends).hasSize(2);
    node.storage.appends.remove().run();
    assertThat(node.responses).isEmpty();
    node.storage.appends.remove().run();
    assertThat(node.responses).containsExactly(took(0, 1));
    assertThat(node.storage.held.keySet()).containsExactlyInAnyOrder(key, other);
  }

  @Test
  void aHintOfAKeyOfOtherPrimariesIsNotTaken() {
    deliver(entry(node.notMine()), entry(key));
    node.storage.appendAll();
    assertThat(node.responses).containsExactly(took(1));
    assertThat(node.storage.held.keySet()).containsExactly(key);
  }

  @Test
  void aHintOfAnotherRegisterIsNotTaken() {
    deliver(new Deliver.Entry(key, node.register(key) + 1, false, SiblingsCodec.encode(set)));
    assertThat(node.responses).containsExactly(took());
    assertThat(node.counters.registerDifferences).isEqualTo(1);
  }

  @Test
  void aHintOfAnotherConflictResolutionIsNotTaken() {
    deliver(new Deliver.Entry(key, node.register(key), true, SiblingsCodec.encode(set)));
    assertThat(node.responses).containsExactly(took());
  }

  @Test
  void noHintIsTakenWhileThePropertiesOfItsBucketAreBeingSet() {
    node.cluster.pauseWrites(key.bucket(), 1_000_000_000L);
    deliver(entry(key));
    assertThat(node.responses).containsExactly(took());
  }

  @Test
  void aHintThatCannotBeReadDoesNotAffectTheOthers() {
    deliver(new Deliver.Entry(key, node.register(key), false, new byte[] {99}), entry(key));
    node.storage.appendAll();
    assertThat(node.responses).containsExactly(took(1));
    assertThat(node.counters.malformed).isEqualTo(1);
  }

  @Test
  void whileClientsWaitBatchesAreTakenAtALowRate() {
    strained = true;
    deliver();
    assertThat(node.responses).containsExactly(took());
    node.responses.clear();
    deliver(entry(key));
    assertThat(node.declined()).isEqualTo(DeclineReason.OVERLOADED);
    assertThat(node.storage.appends).isEmpty();
    node.pass(40);
    node.responses.clear();
    deliver();
    assertThat(node.responses).containsExactly(took());
  }
}
