package starling.node.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.ScriptedNode;
import starling.node.peer.message.CheckHints;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.HintsHeld;
import starling.node.storage.Key;
import starling.node.storage.StorageFailure;
import starling.node.storage.Stored;

class HintCheckHandlerTest {
  private static final long HASH = 77;

  private final ScriptedNode node = new ScriptedNode().serving();
  private final HintCheckHandler handler =
      new HintCheckHandler(node.cluster, node.local, node.storage);
  private final Key key = node.mine();

  private CheckHints.Digest digest(Key checked, long hash) {
    return new CheckHints.Digest(checked, node.register(checked), hash);
  }

  private void check(CheckHints.Digest... entries) {
    handler.handle(
        new CheckHints(7, 100, node.cluster.ringHash(), List.of(entries)), node.pending(7));
  }

  private static HintsHeld held(int... places) {
    BitSet held = new BitSet();
    for (int place : places) {
      held.set(place);
    }
    return new HintsHeld(7, held);
  }

  private void hold(Key stored) {
    node.storage.held.put(stored, new Stored(HASH, new byte[0]));
  }

  @Test
  void onlyTheSameSetCountsAndOnlyOnceItIsFsynced() {
    Key other = node.key(100, true);
    hold(key);
    hold(other);
    check(digest(other, HASH + 1), digest(key, HASH));
    assertThat(node.responses).isEmpty();
    node.storage.syncs.remove().completed(null);
    assertThat(node.responses).containsExactly(held(1));
  }

  @Test
  void whereNothingIsHeldNothingIsSynced() {
    check(digest(key, HASH));
    assertThat(node.storage.syncs).isEmpty();
    assertThat(node.responses).containsExactly(held());
  }

  @Test
  void aHintOfThisNodeIsNoCopyOfAPrimary() {
    Key hinted = node.notMine();
    hold(hinted);
    check(digest(hinted, HASH));
    assertThat(node.responses).containsExactly(held());
  }

  @Test
  void aSetOfAnotherRegisterDoesNotCount() {
    hold(key);
    check(new CheckHints.Digest(key, node.register(key) + 1, HASH));
    assertThat(node.responses).containsExactly(held());
  }

  @Test
  void aLogThatCannotBeSyncedDeclinesTheRequest() {
    hold(key);
    check(digest(key, HASH));
    node.storage.syncs.remove().completed(new StorageFailure("no disk"));
    assertThat(node.declined()).isEqualTo(DeclineReason.STORAGE_FAILED);
  }
}
