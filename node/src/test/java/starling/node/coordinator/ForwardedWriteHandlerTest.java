package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.ScriptedNode;
import starling.node.config.NodeLimits;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.ForwardOutcome;
import starling.node.peer.message.ForwardWrite;
import starling.node.peer.message.OtherBucket;
import starling.node.peer.message.Store;
import starling.node.peer.message.Took;
import starling.node.request.Condition;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.Key;
import starling.node.version.Content;

class ForwardedWriteHandlerTest {
  private static final byte[] VALUE = "\"0123456789\"".getBytes(StandardCharsets.UTF_8);
  private static final int MAX_WRITES = 3;

  private final ScriptedNode node = new ScriptedNode().serving();
  private final ForwardedWriteHandler handler = handler(node);
  private final Key key = node.mine();

  /** As many bytes as two of the values, and one request more. */
  private static ForwardedWriteHandler handler(ScriptedNode node) {
    return new ForwardedWriteHandler(
        node.cluster,
        new ScriptedCoordinators(node).forwarding,
        new AdmissionControl(
            new NodeLimits(MAX_WRITES, 64, 50, 10, 1 << 20, 1_000, 100), node, node, () -> false),
        node,
        2L * VALUE.length);
  }

  private void forward(long call, Key written, boolean asFallback) {
    forward(call, written, node.register(written), asFallback, "", Content.json(VALUE));
  }

  private void forward(
      long call,
      Key written,
      long register,
      boolean asFallback,
      @Nullable String context,
      Content content) {
    WriteRequest request =
        new WriteRequest(
            "r" + call,
            written.bucket(),
            written.bytes(),
            content,
            context,
            Condition.NONE,
            RequestOptions.NONE,
            null);
    handler.handle(
        new ForwardWrite(call, 3_000, node.cluster.ringHash(), register, asFallback, request),
        node.pending(call));
  }

  private void assertNothingHappened() {
    assertThat(node.storage.appends).isEmpty();
    assertThat(node.sent).isEmpty();
  }

  @Test
  void aPrimaryCoordinatesTheWriteAndAnswersWithItsOutcome() {
    forward(7, key, false);
    assertThat(node.responses).isEmpty();
    node.storage.appendAll();
    assertThat(node.sent.get(0).message()).isInstanceOf(Store.class);
    node.answer(Took::new);
    assertThat(node.responses)
        .singleElement()
        .isInstanceOfSatisfying(
            ForwardOutcome.class,
            answer -> {
              assertThat(answer.call()).isEqualTo(7);
              assertThat(answer.outcome()).isInstanceOf(WriteOutcome.Written.class);
            });
  }

  @Test
  void aNodeThatIsNoPrimaryCoordinatesAsAFallbackOnly() {
    Key other = node.notMine();
    forward(7, other, false);
    assertThat(node.declined()).isEqualTo(DeclineReason.NOT_MINE);
    assertNothingHappened();
    node.responses.clear();
    forward(8, other, true);
    node.storage.appendAll();
    assertThat(node.sent).isNotEmpty();
    assertThat(node.responses).isEmpty();
  }

  @Test
  void anIncompletePrimaryDeclines() {
    node.local.markIncomplete(node.partition(key));
    forward(7, key, false);
    assertThat(node.declined()).isEqualTo(DeclineReason.INCOMPLETE);
    assertNothingHappened();
  }

  @Test
  void anotherRegisterOfTheBucketIsAnsweredWithOnesOwn() {
    forward(7, key, node.register(key) + 1, false, "", Content.json(VALUE));
    assertThat(node.responses).singleElement().isInstanceOf(OtherBucket.class);
    assertNothingHappened();
  }

  @Test
  void theBytesOfForwardedWritesAreBounded() {
    forward(1, key, false);
    forward(2, key, false);
    forward(3, key, false);
    assertThat(node.declined()).isEqualTo(DeclineReason.OVERLOADED);
    node.storage.appendAll();
    node.sent.removeIf(
        sent -> sent.message() instanceof Store store && !store.requestId().equals("r1"));
    node.answer(Took::new);
    assertThat(node.responses).hasSize(2);
    forward(4, key, false);
    assertThat(node.responses).as("the bytes of the first are free").hasSize(2);
  }

  @Test
  void forwardedWritesAreAdmittedLikeThoseOfClients() {
    for (int call = 1; call <= MAX_WRITES; call++) {
      forward(call, key, node.register(key), false, "", Content.tombstone());
    }
    assertThat(node.responses).isEmpty();
    forward(9, key, node.register(key), false, "", Content.tombstone());
    assertThat(node.declined()).isEqualTo(DeclineReason.OVERLOADED);
  }

  @Test
  void aRequestThatMayNotBeMadeIsAnsweredWithItsRejection() {
    forward(7, key, node.register(key), false, "no context", Content.json(VALUE));
    assertThat(node.responses)
        .singleElement()
        .isInstanceOfSatisfying(
            ForwardOutcome.class,
            answer -> assertThat(answer.outcome()).isInstanceOf(WriteOutcome.Rejected.class));
    assertNothingHappened();
  }

  @Test
  void aWriteThatHasNotBegunEndsWithItsForwarder() {
    forward(7, key, node.register(key), false, null, Content.json(VALUE));
    assertThat(node.sent).as("the other replicas are asked for their context").isNotEmpty();
    handler.forget(ScriptedNode.CALLER, 7);
    assertThat(node.ended).isEqualTo(1);
    node.pass(5_000);
    assertThat(node.responses).isEmpty();
    assertThat(node.storage.appends).isEmpty();
    for (int call = 11; call < 11 + 2; call++) {
      forward(call, key, false);
    }
    assertThat(node.responses).as("its bytes are free").isEmpty();
  }

  @Test
  void aWriteThatHasBegunContinuesWithoutItsForwarder() {
    forward(7, key, false);
    handler.forget(ScriptedNode.CALLER, 7);
    node.storage.appendAll();
    node.answer(Took::new);
    assertThat(node.responses).hasSize(1);
    assertThat(List.copyOf(node.storage.held.keySet())).containsExactly(key);
  }
}
