package starling.node.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.node.ScriptedNode;
import starling.node.ScriptedNode.Sent;
import starling.node.peer.message.CheckHints;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Declined;
import starling.node.peer.message.Deliver;
import starling.node.peer.message.Delivered;
import starling.node.peer.message.HintsHeld;
import starling.node.peer.message.PeerMessage;
import starling.node.peer.message.StorePurpose;
import starling.node.replica.Hint;
import starling.node.replica.StoredValue;
import starling.node.request.BucketProperties.Conflict;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/** One round of delivery, seen from the node that holds the hint. */
class HintedHandoffTest {
  private final ScriptedNode node = new ScriptedNode().serving();
  private final HintedHandoff handoff =
      new HintedHandoff(
          new HandoffParts(
              node.cluster,
              node.peers,
              node.storage,
              node.owner,
              node.hints,
              node.debts,
              node,
              node.deadlines,
              node.counters));
  private final Key key = node.notMine();
  private final List<UUID> primaries = node.cluster.primaries(key);
  private final UUID target = primaries.get(0);
  private final List<UUID> others = primaries.subList(1, primaries.size());

  private void hint(Key hinted, Siblings set) {
    node.local.storeHint(
        hinted,
        node.partition(hinted),
        SiblingsCodec.encode(set),
        Conflict.SIBLINGS,
        Durability.SYNCED,
        Hint.of(target, node.wallMillis()),
        reason -> assertThat(reason).isNull());
    node.storage.appendAll();
  }

  private void owe(Key owned, UUID missed) {
    node.local.store(
        owned,
        node.partition(owned),
        SiblingsCodec.encode(ScriptedNode.set(1)),
        Conflict.SIBLINGS,
        Durability.SYNCED,
        StorePurpose.WRITE,
        reason -> assertThat(reason).isNull());
    node.local.owe(
        owned, node.partition(owned), List.of(missed), Durability.SYNCED, node.wallMillis());
    node.storage.appendAll();
  }

  private UUID otherPrimary(Key owned) {
    List<UUID> rest = new ArrayList<>(node.cluster.primaries(owned));
    rest.remove(ScriptedNode.SELF);
    return rest.get(0);
  }

  private StoredValue held(Key stored) {
    return StoredValue.decode(node.storage.held.get(stored).set());
  }

  private void round() {
    handoff.tick(node.nanoTime());
  }

  /** The nodes to which requests of this type are under way. */
  private List<UUID> asked(Class<? extends PeerMessage> type) {
    List<UUID> asked = new ArrayList<>();
    for (Sent sent : node.sent) {
      if (type.isInstance(sent.message())) {
        asked.add(sent.to());
      }
    }
    assertThat(node.sent).hasSameSizeAs(asked);
    return asked;
  }

  private static BitSet first(boolean well) {
    BitSet places = new BitSet();
    places.set(0, well);
    return places;
  }

  private void delivered() {
    node.answer(call -> new Delivered(call, first(true)));
  }

  private void checked(boolean holds) {
    node.answer(call -> new HintsHeld(call, first(holds)));
  }

  @Test
  void aHintIsDeliveredToItsPrimaryAlone() {
    hint(key, ScriptedNode.set(1));
    round();
    assertThat(asked(Deliver.class)).containsExactly(target);
    Deliver deliver = (Deliver) node.sent.get(0).message();
    assertThat(deliver.ring()).isEqualTo(node.cluster.ringHash());
    assertThat(deliver.entries())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.key()).isEqualTo(key);
              assertThat(entry.set()).isEqualTo(SiblingsCodec.encode(ScriptedNode.set(1)));
            });
  }

  @Test
  void aHintIsRemovedWhenEveryPrimaryHoldsItsSet() {
    hint(key, ScriptedNode.set(1));
    round();
    delivered();
    assertThat(asked(CheckHints.class)).containsExactlyInAnyOrderElementsOf(others);
    checked(true);
    assertThat(node.storage.appends).isEmpty();
    checked(true);
    node.storage.appendAll();
    assertThat(node.storage.held).isEmpty();
    assertThat(node.hints.hints()).isZero();
  }

  @Test
  void aPrimaryThatLacksTheSetBecomesATarget() {
    hint(key, ScriptedNode.set(1));
    round();
    delivered();
    UUID lacking = node.sent.get(0).to();
    checked(false);
    checked(true);
    node.storage.appendAll();
    assertThat(held(key).hint().primaries()).containsExactly(lacking);
    node.pass(1_000);
    round();
    assertThat(node.sent.get(0).to()).isEqualTo(lacking);
  }

  @Test
  void aHintOfWhichAPrimaryDoesNotAnswerStays() {
    hint(key, ScriptedNode.set(1));
    round();
    delivered();
    node.disconnected.add(node.sent.get(0).to());
    node.peers.lose(node.sent.remove(0).to());
    checked(true);
    node.storage.appendAll();
    assertThat(held(key).hint().primaries()).hasSize(1);
  }

  @Test
  void aSetThatHasChangedSinceItWasSentStays() {
    hint(key, ScriptedNode.set(1));
    round();
    hint(key, ScriptedNode.set(2));
    delivered();
    checked(true);
    checked(true);
    node.storage.appendAll();
    assertThat(held(key).set().hash()).isEqualTo(ScriptedNode.set(2).hash());
    assertThat(held(key).hint().primaries()).containsExactly(target);
  }

  @Test
  void aBusyPrimaryGetsTheSameHintLater() {
    hint(key, ScriptedNode.set(1));
    round();
    node.answer(call -> new Declined(call, DeclineReason.OVERLOADED, "clients come first"));
    assertThat(node.sent).isEmpty();
    assertThat(node.counters.hintBatchesPutOff).isEqualTo(1);
    node.pass(5_000);
    assertThat(asked(Deliver.class)).containsExactly(target);
    assertThat(node.counters.hintBatchesFailed).isZero();
  }

  @Test
  void aHintThatThePrimaryDoesNotTakeStays() {
    hint(key, ScriptedNode.set(1));
    round();
    node.answer(call -> new Delivered(call, first(false)));
    assertThat(node.counters.hintBatchesFailed).isEqualTo(1);
    assertThat(held(key).hint().primaries()).containsExactly(target);
    assertThat(node.sent).isEmpty();
  }

  @Test
  void nothingIsSentToAPrimaryThatIsDown() {
    node.disconnected.add(target);
    hint(key, ScriptedNode.set(1));
    round();
    assertThat(node.sent).isEmpty();
    assertThat(node.counters.hintBatchesFailed).as("nothing is tried").isZero();
    node.disconnected.clear();
    round();
    assertThat(node.sent).as("the next round comes later").isEmpty();
    node.pass(1_000);
    round();
    assertThat(asked(Deliver.class)).containsExactly(target);
  }

  @Test
  void aNodeThatDoesNotServeDeliversNothing() {
    hint(key, ScriptedNode.set(1));
    node.cluster.waitFor("the start");
    round();
    assertThat(node.sent).isEmpty();
  }

  @Test
  void aNodeThatIsStoppingSendsNothingMore() {
    hint(key, ScriptedNode.set(1));
    round();
    handoff.stop();
    delivered();
    node.pass(5_000);
    round();
    assertThat(node.sent).isEmpty();
    assertThat(held(key).hint().primaries()).containsExactly(target);
  }

  @Test
  void aDebtIsRemovedWhereThePrimaryHoldsTheSetAlready() {
    Key owned = node.mine();
    UUID missed = otherPrimary(owned);
    owe(owned, missed);
    assertThat(held(owned).debt().primaries()).containsExactly(missed);
    round();
    assertThat(asked(CheckHints.class)).containsExactly(missed);
    checked(true);
    node.storage.appendAll();
    assertThat(held(owned).debt()).isEqualTo(Hint.NONE);
    assertThat(asked(Deliver.class)).isEmpty();
  }

  @Test
  void aDebtIsDeliveredWhereThePrimaryHoldsAnotherSet() {
    Key owned = node.mine();
    UUID missed = otherPrimary(owned);
    owe(owned, missed);
    round();
    checked(false);
    assertThat(asked(Deliver.class)).containsExactly(missed);
    delivered();
    node.storage.appendAll();
    assertThat(held(owned).debt()).isEqualTo(Hint.NONE);
    assertThat(held(owned).set().hash()).isEqualTo(ScriptedNode.set(1).hash());
  }
}
