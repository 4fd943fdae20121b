package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import starling.node.ScriptedNode;
import starling.node.cluster.BucketRegister;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Declined;
import starling.node.peer.message.Done;
import starling.node.peer.message.ForwardOutcome;
import starling.node.peer.message.ForwardWrite;
import starling.node.peer.message.Probe;
import starling.node.peer.message.Store;
import starling.node.request.BucketProperties;
import starling.node.request.Condition;
import starling.node.request.Rejection;
import starling.node.request.Rejection.Outcome;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.AppendRejection;
import starling.node.storage.Key;
import starling.node.version.Content;
import starling.node.version.IdempotencyKey;
import starling.wire.ProblemKind;

class WriteForwardingTest {
  private static final WriteOutcome WRITTEN = new WriteOutcome.Written("context", 5);
  private static final int TIMEOUT_MILLIS = BucketProperties.DEFAULT.timeoutMillis();

  private final ScriptedNode node = new ScriptedNode().serving();
  private final WriteForwarding forwarding = new ScriptedCoordinators(node).forwarding;
  private final Key key = node.notMine();
  private final List<UUID> primaries =
      node.cluster.ring().preferenceList(node.partition(key), BucketProperties.DEFAULT.n());
  private @Nullable WriteOutcome outcome;

  @BeforeEach
  void allWereHeard() {
    node.cluster.otherNodes().forEach(peer -> node.peers.heard(peer, node.nanoTime()));
  }

  private void write(Key written, Condition condition, @Nullable IdempotencyKey idempotency) {
    forwarding.write(
        new WriteRequest(
            "r1",
            written.bucket(),
            written.bytes(),
            Content.json("1".getBytes(StandardCharsets.UTF_8)),
            // A write that has seen nothing asks no replica what it replaces.
            "",
            condition,
            RequestOptions.NONE,
            idempotency),
        told -> {
          assertThat(outcome).as("one outcome").isNull();
          outcome = told;
        });
  }

  private void write() {
    write(key, Condition.NONE, null);
  }

  private void writeWithAKey() {
    write(key, Condition.NONE, new IdempotencyKey(1, 2, 3));
  }

  /** The only request that is out. */
  private ForwardWrite forwarded() {
    assertThat(node.sent).hasSize(1);
    assertThat(node.sent.get(0).message()).isInstanceOf(ForwardWrite.class);
    return (ForwardWrite) node.sent.get(0).message();
  }

  private void answer(WriteOutcome told) {
    node.answer(call -> new ForwardOutcome(call, told));
  }

  private void reject(ProblemKind kind, Outcome of) {
    answer(
        new WriteOutcome.Rejected(new Rejection(kind, "its " + kind, null, 0, 0, List.of(), of)));
  }

  private void decline(DeclineReason why) {
    node.answer(call -> new Declined(call, why, "for a test"));
  }

  private UUID lose() {
    UUID to = node.sent.remove(0).to();
    node.peers.lose(to);
    return to;
  }

  private Rejection rejection() {
    assertThat(outcome).isInstanceOf(WriteOutcome.Rejected.class);
    return ((WriteOutcome.Rejected) outcome).rejection();
  }

  private void assertRejected(ProblemKind kind, Outcome of) {
    assertThat(rejection().kind()).isEqualTo(kind);
    assertThat(rejection().outcome()).isEqualTo(of);
    assertThat(node.sent).isEmpty();
  }

  @Test
  void aPrimaryCoordinatesTheWriteOfItsClientItself() {
    write(node.mine(), Condition.NONE, null);
    node.storage.appendAll();
    assertThat(node.sent).hasSize(2).allMatch(sent -> sent.message() instanceof Store);
  }

  @Test
  void anotherNodesKeyGoesToAPrimaryInOneHop() {
    write();
    assertThat(forwarded().asFallback()).isFalse();
    assertThat(primaries).contains(node.sent.get(0).to());
    assertThat(forwarded().remainingMillis()).isLessThan(TIMEOUT_MILLIS);
    answer(WRITTEN);
    assertThat(outcome).isEqualTo(WRITTEN);
  }

  @Test
  void aPrimaryThatWasNotHeardIsProbedAndTheFirstThatAnswersGetsTheWrite() {
    node.pass(60_000);
    write();
    assertThat(node.sent).hasSize(3).allMatch(sent -> sent.message() instanceof Probe);
    node.sent.remove(0);
    UUID there = node.sent.get(0).to();
    node.answer(Done::new);
    node.sent.removeIf(sent -> sent.message() instanceof Probe);
    assertThat(forwarded().asFallback()).isFalse();
    assertThat(node.sent.get(0).to()).isEqualTo(there);
  }

  @Test
  void aPrimaryThatDeclinesAProbeIsUp() {
    node.pass(60_000);
    write();
    UUID there = node.sent.get(0).to();
    decline(DeclineReason.NOT_READY);
    node.sent.removeIf(sent -> sent.message() instanceof Probe);
    assertThat(forwarded().asFallback()).isFalse();
    assertThat(node.sent.get(0).to()).isEqualTo(there);
  }

  @Test
  void whereNoPrimaryCanBeReachedThisNodeCoordinatesInPlaceOfOne() {
    node.disconnected.addAll(primaries);
    node.pass(60_000);
    write();
    assertCoordinatedHere();
  }

  @Test
  void silentProbesEndAfterATenthOfASecond() {
    node.pass(60_000);
    write();
    assertThat(node.sent).hasSize(3).allMatch(sent -> sent.message() instanceof Probe);
    node.disconnected.addAll(primaries);
    node.sent.clear();
    node.pass(99);
    assertThat(node.sent).isEmpty();
    node.pass(60);
    assertCoordinatedHere();
  }

  private void assertCoordinatedHere() {
    assertThat(node.storage.appends).isNotEmpty();
    assertThat(node.sent)
        .isNotEmpty()
        .allSatisfy(
            sent ->
                assertThat(((Store) sent.message()).fallbackFor())
                    .isIn(new ArrayList<>(primaries)));
  }

  @Test
  void aPrimaryThatSurelyDidNotAcceptItIsPassedOver() {
    write();
    UUID first = node.sent.get(0).to();
    decline(DeclineReason.INCOMPLETE);
    assertThat(forwarded().asFallback()).isFalse();
    assertThat(node.sent.get(0).to()).isNotEqualTo(first);
    answer(WRITTEN);
    assertThat(outcome).isEqualTo(WRITTEN);
  }

  @Test
  void aWriteThatMayHaveBeenAcceptedIsNotForwardedAgain() {
    write();
    lose();
    assertRejected(ProblemKind.TIMEOUT, Outcome.UNKNOWN);
  }

  @Test
  void aWriteWithAnIdempotencyKeyIsForwardedAgain() {
    writeWithAKey();
    UUID first = lose();
    assertThat(forwarded().request().idempotency()).isEqualTo(new IdempotencyKey(1, 2, 3));
    assertThat(node.sent.get(0).to()).isNotEqualTo(first);
    answer(WRITTEN);
    assertThat(outcome).isEqualTo(WRITTEN);
  }

  @Test
  void whoeverReceivesItSecondIsNotToldThatItIsTheFirstAttempt() {
    WriteRequest request =
        new WriteRequest(
            "r1",
            key.bucket(),
            key.bytes(),
            Content.json("1".getBytes(StandardCharsets.UTF_8)),
            null,
            Condition.NONE,
            RequestOptions.NONE,
            new IdempotencyKey(1, 2, 3),
            true);
    forwarding.write(request, told -> outcome = told);
    assertThat(forwarded().request().firstAttempt()).isTrue();
    decline(DeclineReason.NOT_MINE);
    assertThat(forwarded().request().firstAttempt()).isFalse();
  }

  @Test
  void afterALostCoordinatorARejectionLeavesTheOutcomeUnknown() {
    writeWithAKey();
    lose();
    reject(ProblemKind.PRECONDITION_FAILED, Outcome.NONE);
    assertRejected(ProblemKind.TIMEOUT, Outcome.UNKNOWN);
    assertThat(rejection().detail()).contains("the coordinator that was asked first");
  }

  @Test
  void aRejectionThatConcernsOneNodeIsNotTheClusters() {
    write();
    reject(ProblemKind.STORAGE_FULL, Outcome.NONE);
    answer(WRITTEN);
    assertThat(outcome).isEqualTo(WRITTEN);
    assertThat(node.counters.rejectedByOne).isOne();
  }

  @Test
  void aRejectionThatConcernsTheKeyIsPassedOnAtOnce() {
    write();
    reject(ProblemKind.TOO_MANY_SIBLINGS, Outcome.NONE);
    assertRejected(ProblemKind.TOO_MANY_SIBLINGS, Outcome.NONE);
  }

  @Test
  void aRejectionOfOneNodeWhoseWriteMayBeMadeIsPassedOnAtOnce() {
    write();
    reject(ProblemKind.STORAGE_FAILED, Outcome.UNKNOWN);
    assertRejected(ProblemKind.STORAGE_FAILED, Outcome.UNKNOWN);
  }

  @Test
  void anOverloadedPrimaryGetsNoFallback() {
    write();
    for (int i = 0; i < primaries.size(); i++) {
      reject(ProblemKind.OVERLOADED, Outcome.NONE);
    }
    assertRejected(ProblemKind.OVERLOADED, Outcome.NONE);
    assertThat(node.storage.appends).isEmpty();
  }

  @Test
  void aFullDiskIsTheAnswerOnlyWhereAllThatCouldCoordinateAreFull() {
    node.storage.refuses = AppendRejection.DISK_FULL;
    write();
    List<Boolean> asFallback = new ArrayList<>();
    while (outcome == null && !node.sent.isEmpty()) {
      asFallback.add(forwarded().asFallback());
      reject(ProblemKind.STORAGE_FULL, Outcome.NONE);
    }
    assertThat(asFallback).as("three primaries and the fifth node").endsWith(false, true);
    assertThat(asFallback).hasSize(4);
    assertRejected(ProblemKind.STORAGE_FULL, Outcome.NONE);
  }

  @Test
  void nodesWithDifferentReasonsMakeOneAnswer() {
    node.storage.refuses = AppendRejection.DISK_FULL;
    write();
    reject(ProblemKind.NOT_READY, Outcome.NONE);
    while (outcome == null && !node.sent.isEmpty()) {
      reject(ProblemKind.STORAGE_FULL, Outcome.NONE);
    }
    assertRejected(ProblemKind.UNAVAILABLE, Outcome.NONE);
    assertThat(rejection().detail()).contains("no replica could coordinate the write; the last: ");
  }

  @Test
  void aCoordinatorThatStaysSilentLeavesTheOutcomeUnknown() {
    write();
    node.sent.clear();
    node.pass(TIMEOUT_MILLIS - 100);
    assertThat(outcome).isNull();
    node.pass(200);
    assertThat(rejection().kind()).isEqualTo(ProblemKind.TIMEOUT);
    assertThat(rejection().outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void aBucketWhereTheLastWriterWinsHasNoConditions() {
    BucketProperties p = BucketProperties.DEFAULT;
    node.cluster.useBucket(
        key.bucket(),
        new BucketRegister(
            2,
            new BucketProperties(
                p.n(),
                p.r(),
                p.w(),
                p.pr(),
                p.pw(),
                p.durability(),
                p.timeoutMillis(),
                BucketProperties.Conflict.LWW,
                0)));
    write(key, Condition.ABSENT, null);
    assertRejected(ProblemKind.UNPROCESSABLE, Outcome.NONE);
  }
}
