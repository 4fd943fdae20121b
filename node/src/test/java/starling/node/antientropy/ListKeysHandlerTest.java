package starling.node.antientropy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.ScriptedNode;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.KeyPage;
import starling.node.peer.message.ListKeys;
import starling.node.storage.Key;
import starling.node.storage.Stored;

class ListKeysHandlerTest {
  private final ScriptedNode node = new ScriptedNode().serving();
  private final ListKeysHandler handler =
      new ListKeysHandler(node.cluster, node.local, node.storage, node.counters);
  private final int partition = node.partition(node.mine());

  private void list(long registers, @Nullable Key after) {
    handler.handle(
        new ListKeys(7, 100, node.cluster.ringHash(), registers, partition, after),
        node.pending(7));
  }

  private KeyPage page() {
    list(node.cluster.registersHash(), null);
    return (KeyPage) node.responses.remove(0);
  }

  /** Keys of the partition, in the order of the ring, and as many of the next one. */
  private List<Key> hold(int count) {
    List<Key> keys = new ArrayList<>();
    int elsewhere = 0;
    for (int i = 0; keys.size() < count || elsewhere < count; i++) {
      Key key = node.key(i, true);
      boolean listed = node.partition(key) == partition;
      if (listed && keys.size() < count && !keys.contains(key)) {
        keys.add(key);
        node.storage.held.put(key, new Stored(keys.size(), new byte[0]));
      } else if (!listed) {
        elsewhere++;
        node.storage.held.put(key, new Stored(0, new byte[0]));
      }
    }
    keys.sort(null);
    return keys;
  }

  @Test
  void thePageHasTheKeysOfThePartitionInOrder() {
    List<Key> keys = hold(3);
    KeyPage page = page();
    assertThat(page.call()).isEqualTo(7);
    assertThat(page.keys()).containsExactlyElementsOf(keys);
    assertThat(page.hashes())
        .containsExactly(
            keys.stream().mapToLong(key -> node.storage.held.get(key).versionHash()).toArray());
    assertThat(page.last()).isTrue();
    assertThat(page.complete()).isTrue();
  }

  @Test
  void theNextPageBeginsAfterTheLastKey() {
    List<Key> keys = hold(3);
    list(node.cluster.registersHash(), keys.get(1));
    assertThat(((KeyPage) node.responses.get(0)).keys()).containsExactly(keys.get(2));
  }

  @Test
  void aPageIsBoundedAndSaysThatMoreFollow() {
    List<Key> keys = hold(ReplicaComparison.PAGE_KEYS + 1);
    KeyPage page = page();
    assertThat(page.keys()).containsExactlyElementsOf(keys.subList(0, ReplicaComparison.PAGE_KEYS));
    assertThat(page.last()).isFalse();
  }

  @Test
  void anIncompleteReplicaSaysSo() {
    node.local.markIncomplete(partition);
    assertThat(page().complete()).isFalse();
  }

  @Test
  void otherRegistersOfBucketsDeclineTheRequest() {
    list(node.cluster.registersHash() + 1, null);
    assertThat(node.declined()).isEqualTo(DeclineReason.NOT_READY);
    assertThat(node.counters.registerDifferences).isEqualTo(1);
  }

  @Test
  void anIndexThatCannotBeReadDeclinesTheRequest() {
    node.storage.onRead = new IllegalStateException("a page of the index");
    list(node.cluster.registersHash(), null);
    assertThat(node.declined()).isEqualTo(DeclineReason.STORAGE_FAILED);
  }
}
