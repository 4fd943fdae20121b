package starling.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.PeerRequestDispatcher.When;
import starling.node.peer.PendingRequest;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Declined;
import starling.node.peer.message.Done;
import starling.node.peer.message.FenceBucket;
import starling.node.peer.message.HoldStill;
import starling.node.peer.message.ListHints;
import starling.node.peer.message.OtherRing;
import starling.node.peer.message.PeerMessage;
import starling.node.peer.message.Probe;
import starling.node.peer.message.Request;
import starling.node.version.MalformedException;

/** Which requests of other nodes reach their handler, and what the others are told. */
class PeerRequestDispatcherTest {
  private static final int MOST = 2;

  private final ScriptedNode node = new ScriptedNode();
  private final PeerRequestDispatcher requests =
      new PeerRequestDispatcher(node.cluster, node.peers, node.counters, MOST);
  private final List<PendingRequest> begun = new ArrayList<>();

  PeerRequestDispatcherTest() {
    requests.handle(Probe.class, (request, pending) -> begun.add(pending));
    requests.handle(ListHints.class, When.SAME_RING, (request, pending) -> begun.add(pending));
    requests.handle(FenceBucket.class, When.ALWAYS, (request, pending) -> begun.add(pending));
  }

  private Request serving(long call) {
    return new Probe(call, 100, node.cluster.ringHash());
  }

  private Request sameRing(long call, long ring) {
    return new ListHints(call, 100, ring);
  }

  private Request always(long call) {
    return new FenceBucket(call, 100, 0, "b");
  }

  private void ask(Request request) {
    requests.on(ScriptedNode.CALLER, request);
  }

  private PeerMessage answer() {
    assertThat(node.sent).hasSize(1);
    assertThat(node.sent.get(0).to()).isEqualTo(ScriptedNode.CALLER);
    return node.sent.remove(0).message();
  }

  private DeclineReason declined() {
    return ((Declined) answer()).reason();
  }

  @Test
  void aNodeThatServesHandlesARequestAndSendsItsResponse() {
    node.serving();
    ask(serving(7));
    begun.get(0).answer(new Done(7));
    assertThat(answer()).isEqualTo(new Done(7));
    assertThat(requests.inFlight()).isZero();
  }

  @Test
  void aNodeThatDoesNotServeDeclines() {
    ask(serving(7));
    assertThat(declined()).isEqualTo(DeclineReason.NOT_READY);
    assertThat(begun).isEmpty();
    assertThat(node.counters.declined).isEqualTo(1);
  }

  @Test
  void anotherRingIsAnsweredWithTheFactsOfThisOne() {
    node.serving();
    ask(new Probe(7, 100, node.cluster.ringHash() + 1));
    assertThat(answer())
        .isInstanceOfSatisfying(
            OtherRing.class,
            other -> assertThat(other.facts()).isEqualTo(node.cluster.ringFacts().encode()));
    assertThat(begun).isEmpty();
    assertThat(node.counters.ringDifferences).isEqualTo(1);
  }

  @Test
  void aRequestForTheSameRingIsHandledByANodeThatDoesNotServe() {
    node.serving().cluster.waitFor("the start");
    ask(sameRing(7, node.cluster.ringHash()));
    assertThat(begun).hasSize(1);
    ask(sameRing(8, node.cluster.ringHash() + 1));
    assertThat(begun).hasSize(1);
    assertThat(declined()).isEqualTo(DeclineReason.NOT_READY);
  }

  @Test
  void membersAskForFencesWhileTheRingIsUnknown() {
    ask(always(7));
    assertThat(begun).hasSize(1);
    assertThat(node.sent).isEmpty();
  }

  @Test
  void aRequestBeyondTheMostInFlightIsDeclined() {
    node.serving();
    ask(serving(1));
    ask(serving(2));
    ask(serving(3));
    assertThat(begun).hasSize(MOST);
    assertThat(declined()).isEqualTo(DeclineReason.OVERLOADED);
    begun.get(0).answer(new Done(1));
    node.sent.clear();
    ask(serving(4));
    assertThat(begun).hasSize(MOST + 1);
  }

  /** They wait for a slow disk: clients need no file of these. */
  @Test
  void fencesAndFactsTakeNoRoomFromOtherRequests() {
    node.serving();
    for (int call = 1; call <= MOST + 1; call++) {
      ask(always(call));
    }
    assertThat(begun).hasSize(MOST);
    assertThat(declined()).isEqualTo(DeclineReason.OVERLOADED);
    ask(serving(9));
    assertThat(begun).hasSize(MOST + 1);
    assertThat(requests.inFlight()).isEqualTo(1);
  }

  @Test
  void anErrorOfAHandlerDeclinesItsRequest() {
    node.serving();
    requests.handle(
        HoldStill.class,
        When.ALWAYS,
        (request, pending) -> {
          throw new IllegalStateException("a bug");
        });
    ask(new HoldStill(7, 100, 0, 1));
    assertThat(declined()).isEqualTo(DeclineReason.FAILED);
    assertThat(requests.inFlight()).isZero();
  }

  @Test
  void aRequestThatCannotBeReadIsDeclined() {
    node.serving();
    requests.handle(
        HoldStill.class,
        When.ALWAYS,
        (request, pending) -> {
          throw new MalformedException("a set");
        });
    assertThatThrownBy(() -> ask(new HoldStill(7, 100, 0, 1)))
        .isInstanceOf(MalformedException.class);
    assertThat(declined()).isEqualTo(DeclineReason.FAILED);
    assertThat(requests.inFlight()).isZero();
  }

  @Test
  void aRequestThatComesTooLateIsDeclined() {
    node.serving();
    requests.tooLate(ScriptedNode.CALLER, serving(7));
    assertThat(declined()).isEqualTo(DeclineReason.TOO_LATE);
    assertThat(node.counters.late).isEqualTo(1);
    assertThat(begun).isEmpty();
  }

  @Test
  void aNoticeThatIsDeclinedIsNotAnswered() {
    ask(serving(0));
    assertThat(begun).isEmpty();
    assertThat(node.sent).isEmpty();
  }

  @Test
  void aKindOfRequestHasOneHandler() {
    assertThatThrownBy(() -> requests.handle(Probe.class, (request, pending) -> {}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
