package starling.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.ScriptedNode;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.OtherBucket;
import starling.node.peer.message.Store;
import starling.node.peer.message.StorePurpose;
import starling.node.peer.message.Took;
import starling.node.storage.AppendRejection;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

class StoreHandlerTest {
  private final ScriptedNode node = new ScriptedNode().serving();
  private final StoreHandler handler = new StoreHandler(node.cluster, node.local, node);
  private final Siblings set = ScriptedNode.set(1);

  private void store(Key key, @Nullable UUID fallbackFor) {
    store(key, node.register(key), false, fallbackFor);
  }

  private void store(Key key, long register, boolean lww, @Nullable UUID fallbackFor) {
    store(key, register, lww, fallbackFor, set);
  }

  private void store(
      Key key, long register, boolean lww, @Nullable UUID fallbackFor, Siblings sent) {
    handler.handle(
        new Store(
            7,
            100,
            node.cluster.ringHash(),
            register,
            "r",
            key,
            StorePurpose.WRITE,
            Durability.SYNCED,
            lww,
            fallbackFor,
            SiblingsCodec.encode(sent)),
        node.pending(7));
  }

  private StoredValue held(Key key) {
    return StoredValue.decode(node.storage.held.get(key).set());
  }

  private UUID primary(Key key) {
    return node.cluster.primaries(key).get(0);
  }

  @Test
  void aPrimaryAnswersOnceTheMergedSetIsDurable() {
    Key key = node.mine();
    store(key, null);
    assertThat(node.responses).isEmpty();
    node.storage.appendAll();
    assertThat(node.responses).containsExactly(new Took(7));
    assertThat(held(key)).isEqualTo(new StoredValue(set, Hint.NONE));
  }

  @Test
  void aFallbackKeepsTheSetAsAHintForItsPrimary() {
    Key key = node.notMine();
    store(key, primary(key));
    node.storage.appendAll();
    assertThat(node.responses).containsExactly(new Took(7));
    assertThat(held(key)).isEqualTo(new StoredValue(set, Hint.of(primary(key), node.wallMillis())));
    assertThat(node.counters.hintsTaken).isEqualTo(1);
  }

  @Test
  void aPrimaryKeepsNoHintOfItsOwnKey() {
    Key key = node.mine();
    store(key, ScriptedNode.CALLER);
    node.storage.appendAll();
    assertThat(held(key).hint()).isEqualTo(Hint.NONE);
  }

  @Test
  void aNodeThatIsNeitherPrimaryNorFallbackDeclines() {
    store(node.notMine(), null);
    assertThat(node.declined()).isEqualTo(DeclineReason.NOT_MINE);
    assertThat(node.storage.appends).isEmpty();
  }

  @Test
  void nothingIsMergedWhileThePropertiesOfTheBucketAreBeingSet() {
    Key key = node.mine();
    node.cluster.pauseWrites(key.bucket(), 1_000_000_000L);
    store(key, null);
    assertThat(node.declined()).isEqualTo(DeclineReason.NOT_READY);
    assertThat(node.storage.appends).isEmpty();
  }

  @Test
  void aSetOfAnotherConflictResolutionIsDeclined() {
    Key key = node.mine();
    store(key, node.register(key), true, null);
    assertThat(node.declined()).isEqualTo(DeclineReason.NOT_READY);
    assertThat(node.storage.appends).isEmpty();
  }

  @Test
  void anotherRegisterOfTheBucketIsAnsweredWithOnesOwn() {
    Key key = node.mine();
    store(key, node.register(key) + 1, false, null);
    assertThat(node.responses).singleElement().isInstanceOf(OtherBucket.class);
    assertThat(node.storage.appends).isEmpty();
  }

  @Test
  void aLogThatAcceptsNothingDeclinesTheRequest() {
    node.storage.refuses = AppendRejection.DISK_FULL;
    store(node.mine(), null);
    assertThat(node.declined()).isEqualTo(DeclineReason.STORAGE_FULL);
  }

  @Test
  void anEventOfOnesOwnActorFromElsewhereStopsTheNode() {
    Key key = node.mine();
    Siblings copied = ScriptedNode.set(node.actors.present(node.partition(key)), 1);
    store(key, node.register(key), false, null, copied);
    assertThat(node.declined()).isEqualTo(DeclineReason.STORAGE_FAILED);
    assertThat(node.halts).singleElement().asString().contains("a copy of this directory");
    assertThat(node.storage.appends).isEmpty();
  }
}
