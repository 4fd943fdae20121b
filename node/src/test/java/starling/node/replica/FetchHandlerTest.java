package starling.node.replica;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import starling.node.ScriptedNode;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.FetchPart;
import starling.node.peer.message.HasSeen;
import starling.node.peer.message.Holds;
import starling.node.peer.message.OtherBucket;
import starling.node.storage.Key;
import starling.node.storage.Stored;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

class FetchHandlerTest {
  private final ScriptedNode node = new ScriptedNode().serving();
  private final FetchHandler handler = new FetchHandler(node.cluster, node.local);
  private final Key key = node.mine();
  private final Siblings set = ScriptedNode.set(1);

  private void holdsSet() {
    node.storage.held.put(key, new Stored(set.hash(), new StoredValue(set, Hint.NONE).encode()));
  }

  private void fetch(FetchPart part) {
    fetch(part, node.register(key), 0);
  }

  private void fetch(FetchPart part, long register, long knownHash) {
    handler.handle(
        new Fetch(7, 100, node.cluster.ringHash(), register, "r", key, part, knownHash, null),
        node.pending(7));
  }

  private HasSeen seen() {
    assertThat(node.responses).hasSize(1);
    return (HasSeen) node.responses.get(0);
  }

  @Test
  void theWholeSetIsTheDurableOne() {
    holdsSet();
    fetch(FetchPart.WHOLE);
    assertThat(node.responses)
        .singleElement()
        .isInstanceOfSatisfying(
            Holds.class,
            holds -> {
              assertThat(holds.call()).isEqualTo(7);
              assertThat(holds.complete()).isTrue();
              assertThat(holds.hash()).isEqualTo(set.hash());
              assertThat(holds.set()).isEqualTo(SiblingsCodec.encode(set));
            });
  }

  @Test
  void aMissingKeyIsTheEmptySet() {
    fetch(FetchPart.WHOLE);
    assertThat(node.responses).containsExactly(new Holds(7, true, LocalReplica.NOTHING, null));
  }

  @Test
  void theDigestIsTheHashAlone() {
    holdsSet();
    fetch(FetchPart.DIGEST);
    assertThat(node.responses).containsExactly(new Holds(7, true, set.hash(), null));
  }

  @Test
  void anIncompleteReplicaSaysSo() {
    node.local.markIncomplete(node.partition(key));
    fetch(FetchPart.DIGEST);
    fetch(FetchPart.WHOLE);
    fetch(FetchPart.PAST);
    assertThat(node.responses)
        .containsExactly(
            new Holds(7, false, LocalReplica.NOTHING, null),
            new Holds(7, false, LocalReplica.NOTHING, null),
            new HasSeen(7, false, null, null));
  }

  @Test
  void aLossThatTheReadItselfFindsIsPartOfTheAnswer() {
    node.storage.holdsReads = true;
    fetch(FetchPart.WHOLE);
    assertThat(node.responses).isEmpty();
    node.local.markIncomplete(node.partition(key));
    node.storage.reads.remove().run();
    assertThat(node.responses).containsExactly(new Holds(7, false, LocalReplica.NOTHING, null));
  }

  @Test
  void thePastIsSentOnlyIfItIsNotTheKnownOne() {
    holdsSet();
    fetch(FetchPart.PAST, node.register(key), set.hash());
    assertThat(seen()).isEqualTo(new HasSeen(7, true, null, null));
    node.responses.clear();
    fetch(FetchPart.PAST, node.register(key), set.hash() + 1);
    assertThat(seen()).isEqualTo(new HasSeen(7, true, set.past(), null));
  }

  @Test
  void aRecordThatCannotBeReadDeclinesTheRequest() {
    node.storage.onRead = new IllegalStateException("a page of the index");
    fetch(FetchPart.WHOLE);
    assertThat(node.declined()).isEqualTo(DeclineReason.STORAGE_FAILED);
    node.responses.clear();
    fetch(FetchPart.PAST);
    assertThat(node.declined()).isEqualTo(DeclineReason.STORAGE_FAILED);
  }

  @Test
  void anotherRegisterOfTheBucketIsAnsweredWithOnesOwn() {
    fetch(FetchPart.WHOLE, node.register(key) + 1, 0);
    assertThat(node.responses)
        .singleElement()
        .isInstanceOfSatisfying(
            OtherBucket.class, other -> assertThat(other.bucket()).isEqualTo(key.bucket()));
    assertThat(node.counters.registerDifferences).isEqualTo(1);
  }
}
