package starling.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CallTest {
  private static final Behavior PLAIN = Behavior.DEFAULT.hedge(Hedge.OFF);

  private static final String TOO_MANY_RECORDS =
      ",\"field\":\"Idempotency-Key\",\"outcome\":\"none\"";

  private final ScriptedHost host = new ScriptedHost("a", "b", "c");

  private Call read(Behavior behavior) {
    return host.begin(ScriptedHost.spec(Operation.GET, behavior, null, false));
  }

  private Call write(Behavior behavior) {
    return host.begin(ScriptedHost.spec(Operation.PUT, behavior, "key", false));
  }

  private String nodeOf(int index) {
    return host.attempt(index).node.endpoint.host();
  }

  @Test
  void theFirstAnswerEndsTheCall() {
    Call call = read(PLAIN);
    host.now += 3 * ScriptedHost.MILLI;
    host.answer(0, 200, "", "");
    assertThat(host.result.status).isEqualTo(200);
    assertThat(call.hasEnded()).isTrue();
    assertThat(host.attempts.list())
        .containsExactly(new Attempt("a:1", Duration.ZERO, Duration.ofMillis(3), 200, false));
    assertThat(host.events).containsExactly("attempt a:1", "finished null");
  }

  @Test
  void aSlowNodeStaysInTheRaceWhileAnotherIsAsked() {
    Call call = read(PLAIN);
    host.pass(call, 400);
    assertThat(host.sent).hasSize(2);
    assertThat(nodeOf(1)).isEqualTo("b");
    assertThat(host.silent).containsExactly(host.attempt(0).node);
    host.answer(0, 200, "", "");
    assertThat(host.result).isNotNull();
    host.answer(1, 200, "", "");
    assertThat(host.ends).as("the second answer is ignored").isEqualTo(1);
  }

  @Test
  void aNodeThatAnswersOthersIsSlowAndNotSilent() {
    Call call = read(PLAIN);
    host.now += ScriptedHost.MILLI;
    host.attempt(0).node.onHeard(host.now);
    host.pass(call, 400);
    assertThat(host.sent).hasSize(2);
    assertThat(host.silent).isEmpty();
  }

  @Test
  void theDeadlineCoversAllAttemptsAndTravelsWithThem() {
    Call call = write(PLAIN);
    assertThat(host.sent.get(0).request().target()).isEqualTo("/k?timeoutMs=2950");
    host.pass(call, 400);
    assertThat(host.sent.get(1).request().target()).isEqualTo("/k?timeoutMs=2550");
    host.pass(call, 2600);
    assertThat(host.failure).isInstanceOf(TimedOutException.class);
    assertThat(host.failure.outcome()).isEqualTo(StarlingException.Outcome.MAY_BE_WRITTEN);
    assertThat(host.failure.requestId()).contains("id-1");
    assertThat(host.failure.attempts().total()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void aWriteIsMarkedAsFirstUntilARequestMayHaveReachedANode() {
    Call call = write(PLAIN);
    assertThat(host.sent.get(0).first()).isTrue();
    host.attempt(0).broken(false, false, "refused", host.now);
    host.wake(call);
    assertThat(host.sent.get(1).first()).as("nothing was sent before").isTrue();
    host.attempt(1).broken(true, false, "reset", host.now);
    host.wake(call);
    assertThat(host.sent.get(2).first()).isFalse();
  }

  @Test
  void aKeyOfTheProgramMayHaveBeenUsedBefore() {
    host.begin(ScriptedHost.spec(Operation.PUT, PLAIN, "key", true));
    assertThat(host.sent.get(0).first()).isFalse();
  }

  @Test
  void aWriteWithoutAKeyIsNotRepeatedOnceItMayHaveHappened() {
    Call call =
        host.begin(ScriptedHost.spec(Operation.PUT, PLAIN.retries(Retries.NONE), null, false));
    host.pass(call, 400);
    assertThat(host.sent).as("a slow node is waited for").hasSize(1);
    host.attempt(0).broken(true, false, "reset", host.now);
    assertThat(host.failure).isInstanceOf(UnavailableException.class);
    assertThat(host.failure.outcome()).isEqualTo(StarlingException.Outcome.MAY_BE_WRITTEN);
    assertThat(host.failure.retryable()).isFalse();
  }

  @Test
  void onlyAnIdempotencyKeyMakesAWriteRepeatable() {
    Call call = host.begin(ScriptedHost.spec(Operation.PUT, PLAIN, null, false));
    host.pass(call, 500);
    assertThat(host.sent).as("the first may still be written").hasSize(1);
    host.attempt(0).broken(true, false, "reset", host.now);
    assertThat(host.failure.outcome()).isEqualTo(StarlingException.Outcome.MAY_BE_WRITTEN);
    ScriptedHost other = new ScriptedHost("a", "b");
    Call certain = other.begin(ScriptedHost.spec(Operation.PUT, PLAIN, null, false));
    other.answer(0, 503, "not-ready", ",\"outcome\":\"none\"");
    other.pass(certain, 50);
    assertThat(other.sent).as("nothing was written").hasSize(2);
  }

  @Test
  void aKeyThatIsWrittenTooOftenIsWrittenWithoutIdempotencyKeys() {
    host.retries = 0;
    write(PLAIN);
    host.answer(0, 429, "too-many-requests", TOO_MANY_RECORDS);
    assertThat(host.sent).as("at once, and out of no budget").hasSize(2);
    assertThat(host.sent.get(0).keyed()).isTrue();
    assertThat(host.sent.get(1).keyed()).isFalse();
    host.answer(1, 201, "", "");
    assertThat(host.result).isNotNull();
    write(PLAIN);
    assertThat(host.sent.get(2).keyed()).as("the next write to it").isFalse();
    assertThat(host.sent.get(2).first()).isFalse();
    host.now += HotKeys.KEPT_NANOS;
    write(PLAIN);
    assertThat(host.sent.get(3).keyed()).as("when nodes hold no record any more").isTrue();
  }

  @Test
  void aWriteThatGoesWithoutItsKeyIsNotRepeatedOnceItMayHaveHappened() {
    Call call = write(PLAIN);
    host.answer(0, 429, "too-many-requests", TOO_MANY_RECORDS);
    host.pass(call, 500);
    host.attempt(1).broken(true, false, "reset", host.now);
    assertThat(host.sent).hasSize(2);
    assertThat(host.failure.outcome()).isEqualTo(StarlingException.Outcome.MAY_BE_WRITTEN);
    assertThat(host.failure.retryable()).isFalse();
  }

  @Test
  void aWriteThatMayHaveHappenedKeepsItsKey() {
    Call call = write(PLAIN);
    host.attempt(0).broken(true, false, "reset", host.now);
    host.wake(call);
    host.answer(1, 429, "too-many-requests", TOO_MANY_RECORDS);
    host.wake(call);
    assertThat(host.sent.get(2).keyed()).isTrue();
    Call slow = write(PLAIN);
    host.pass(slow, 400);
    int sent = host.sent.size();
    host.answer(sent - 1, 429, "too-many-requests", TOO_MANY_RECORDS);
    host.pass(slow, 3_000);
    assertThat(host.sent.subList(sent, host.sent.size())).allMatch(ScriptedHost.Sent::keyed);
  }

  @Test
  void theProgramsOwnKeyIsNeverLeftOut() {
    Call call = host.begin(ScriptedHost.spec(Operation.PUT, PLAIN, "key", true));
    while (!call.hasEnded()) {
      host.answer(host.sent.size() - 1, 429, "too-many-requests", TOO_MANY_RECORDS);
      if (!call.hasEnded()) {
        host.wake(call);
      }
    }
    assertThat(host.sent).hasSize(4).allMatch(ScriptedHost.Sent::keyed);
    assertThat(host.failure).isInstanceOf(OverloadedException.class);
    assertThat(host.failure.outcome()).isEqualTo(StarlingException.Outcome.NOTHING_WRITTEN);
  }

  @Test
  void aFailureHasTheStatusAndTitleOfItsAnswer() {
    host.retries = 0;
    write(PLAIN);
    host.answer(0, 503, "unavailable", ",\"title\":\"Too few\",\"outcome\":\"none\"");
    assertThat(host.failure.status()).isEqualTo(503);
    assertThat(host.failure.title()).contains("Too few");
    assertThat(host.failure.detail()).isEqualTo("d");
    write(PLAIN);
    host.answer(1, 502, "", "");
    assertThat(host.failure.status()).isEqualTo(502);
    assertThat(host.failure.title()).isEmpty();
    write(PLAIN);
    host.attempt(2).broken(true, false, "broke the connection", host.now);
    assertThat(host.failure.status()).as("no answer").isZero();
    assertThat(host.failure.detail()).isEqualTo("a:1 broke the connection");
  }

  @Test
  void elsewhereEachNodeIsAskedOnce() {
    Call call = write(PLAIN.retries(Retries.ELSEWHERE));
    host.answer(0, 503, "not-ready", ",\"outcome\":\"none\"");
    host.wake(call);
    host.attempt(1).broken(false, false, "refused", host.now);
    host.wake(call);
    host.attempt(2).broken(false, false, "refused", host.now);
    assertThat(host.failure).as("the pause before another request").isNull();
    host.wake(call);
    assertThat(host.sent)
        .extracting(sent -> sent.attempt().node.name)
        .containsExactly("a:1", "b:1", "c:1");
    assertThat(host.failure.kind()).isEqualTo("not-ready");
    assertThat(host.failure.outcome()).isEqualTo(StarlingException.Outcome.NOTHING_WRITTEN);
  }

  @Test
  void elsewhereANodeThatIsDownIsAskedToo() {
    host.nodes.forEach(node -> node.onFailed(host.now, 0.5, "was down before"));
    Call call = read(PLAIN.retries(Retries.ELSEWHERE));
    assertThat(host.sent).hasSize(1);
    for (int i = 0; i < 3; i++) {
      host.attempt(i).broken(false, false, "refused", host.now);
      host.wake(call);
    }
    assertThat(host.failure).isInstanceOf(UnavailableException.class);
  }

  @Test
  void elsewhereTheWordOfTheClusterIsFinal() {
    write(PLAIN.retries(Retries.ELSEWHERE));
    host.answer(0, 503, "unavailable", ",\"title\":\"Too few\",\"outcome\":\"none\"");
    assertThat(host.sent).hasSize(1);
    assertThat(host.failure.status()).isEqualTo(503);
    assertThat(host.failure.title()).contains("Too few");
    assertThat(host.failure.detail()).isEqualTo("d");
  }

  @Test
  void elsewhereASilentNodeIsWaitedForOnceNoneIsLeft() {
    Call call = read(PLAIN.retries(Retries.ELSEWHERE));
    host.pass(call, 400);
    host.attempt(1).broken(true, false, "reset", host.now);
    host.wake(call);
    host.attempt(2).broken(false, false, "refused", host.now);
    host.pass(call, 1_000);
    assertThat(host.sent).hasSize(3);
    assertThat(host.failure).isNull();
    host.answer(0, 200, "", "");
    assertThat(host.result.status).isEqualTo(200);
  }

  @Test
  void elsewhereAWriteThatAnotherRequestCarriesOutIsWaitedFor() {
    Call call = write(PLAIN.retries(Retries.ELSEWHERE));
    host.pass(call, 400);
    host.answer(1, 409, "still-running", "");
    host.pass(call, 600);
    assertThat(host.sent).hasSize(3);
    assertThat(nodeOf(2)).as("the node that carries it out").isEqualTo("b");
    host.answer(2, 201, "", "");
    assertThat(host.result.status).isEqualTo(201);
    write(PLAIN.retries(Retries.ELSEWHERE));
    host.answer(3, 409, "still-running", "");
    assertThat(host.failure.kind()).as("of another call").isEqualTo("still-running");
  }

  @Test
  void aFailureNamesTheNodeThatMayHaveWrittenBeforeOneThatWasNotReached() {
    host.retries = 1;
    Call call = write(PLAIN);
    host.attempt(0).broken(true, false, "broke the connection", host.now);
    host.wake(call);
    host.attempt(1).broken(false, false, "cannot be connected to", host.now);
    host.nodes.forEach(node -> node.onFailed(host.now, 0.5, "is down"));
    host.pass(call, 3_000);
    assertThat(host.failure).hasMessageContaining("a:1 broke the connection");
    assertThat(host.failure.status()).isZero();
    assertThat(host.failure.title()).isEmpty();
  }

  @Test
  void onlySoManyKeysAreNotedAsWrittenTooOften() {
    HotKeys keys = new HotKeys();
    for (long position = 0; position <= HotKeys.MOST; position++) {
      keys.add(position, position);
    }
    assertThat(keys.contains(0, HotKeys.MOST)).isFalse();
    assertThat(keys.contains(1, HotKeys.MOST)).isTrue();
  }

  @Test
  void aRequestThatNeverLeftIsSentAgainWithoutBudget() {
    host.retries = 0;
    Call call =
        host.begin(ScriptedHost.spec(Operation.PUT, PLAIN.retries(Retries.NONE), null, false));
    host.attempt(0).broken(false, false, "refused", host.now);
    host.wake(call);
    host.answer(1, 201, "", "");
    assertThat(host.result.status).isEqualTo(201);
  }

  @Test
  void withoutBudgetAFailureEndsTheCall() {
    host.retries = 0;
    read(PLAIN);
    host.answer(0, 503, "unavailable", ",\"required\":2,\"alive\":1");
    assertThat(host.failure)
        .isInstanceOfSatisfying(
            UnavailableException.class,
            e -> {
              assertThat(e.required()).isEqualTo(2);
              assertThat(e.alive()).isEqualTo(1);
              assertThat(e.retryable()).isTrue();
            });
  }

  @Test
  void withoutBudgetASlowNodeIsWaitedFor() {
    host.retries = 0;
    Call call = read(PLAIN);
    host.pass(call, 2000);
    assertThat(host.sent).hasSize(1);
    host.answer(0, 200, "", "");
    assertThat(host.result).isNotNull();
  }

  @Test
  void attemptsAreBounded() {
    Call call = read(PLAIN.retries(Retries.of(3, 1)));
    for (int i = 0; i < 3; i++) {
      host.answer(i, 500, "internal", "");
      if (i < 2) {
        host.wake(call);
      }
    }
    assertThat(host.sent).hasSize(3);
    assertThat(host.failure.kind()).isEqualTo("internal");
  }

  @Test
  void retryAfterOfTheClusterIsObeyed() {
    Call call = read(PLAIN);
    host.answer(0, 503, "unavailable", "");
    host.pass(call, 999);
    assertThat(host.sent).hasSize(1);
    host.pass(call, 300);
    assertThat(host.sent).hasSize(2);
  }

  @Test
  void aNodeThatIsNotReadyCostsNoPause() {
    Call call = read(PLAIN);
    host.answer(0, 503, "not-ready", "");
    host.pass(call, 20);
    assertThat(host.sent).hasSize(2);
    assertThat(nodeOf(1)).isEqualTo("b");
  }

  @Test
  void pausesHaveFullJitter() {
    host.random = 0;
    Call call = read(PLAIN);
    host.answer(0, 500, "internal", "");
    long least = host.wakeAt - host.now;
    host.wake(call);
    host.random = 1;
    host.answer(1, 500, "internal", "");
    assertThat(least).isZero();
    assertThat(host.wakeAt - host.now).isEqualTo(40 * ScriptedHost.MILLI);
  }

  @Test
  void aRetryThatCannotEndInTimeIsNotMade() {
    read(PLAIN.deadline(Duration.ofMillis(900)));
    host.answer(0, 503, "unavailable", "");
    assertThat(host.failure).isInstanceOf(UnavailableException.class);
  }

  @Test
  void aDefiniteFailureOfARetryLeavesTheFirstTryUnknown() {
    Call call = write(PLAIN);
    host.pass(call, 400);
    host.answer(1, 412, "precondition-failed", ",\"etag\":\"\\\"e\\\"\",\"context\":\"abc\"");
    assertThat(host.failure)
        .isInstanceOfSatisfying(
            ConditionFailedException.class,
            e -> {
              assertThat(e.outcome()).isEqualTo(StarlingException.Outcome.MAY_BE_WRITTEN);
              assertThat(e.current()).contains(new Etag("\"e\""));
              assertThat(e.context()).contains(new Context("abc"));
            });
  }

  @Test
  void anOutcomeOfNoneKeepsTheWriteCertain() {
    host.retries = 0;
    write(PLAIN);
    host.answer(0, 503, "unavailable", ",\"outcome\":\"none\"");
    assertThat(host.failure.outcome()).isEqualTo(StarlingException.Outcome.NOTHING_WRITTEN);
    assertThat(host.failure.retryable()).isTrue();
  }

  @Test
  void slowReadsAreHedgedOnceAndWritesNever() {
    Call call = read(Behavior.DEFAULT);
    host.pass(call, 21);
    assertThat(host.events).containsExactly("attempt a:1", "hedged", "attempt b:1");
    host.pass(call, 100);
    assertThat(host.sent).hasSize(2);
    host.answer(1, 200, "", "");
    assertThat(host.attempts.list().get(1).hedged()).isTrue();
    Call write = write(Behavior.DEFAULT);
    host.pass(write, 100);
    assertThat(host.sent).hasSize(3);
  }

  @Test
  void hedgesHaveABudget() {
    host.hedges = 0;
    Call call = read(Behavior.DEFAULT);
    host.pass(call, 100);
    assertThat(host.sent).hasSize(1);
  }

  @Test
  void aSecondFailureBesideASilentNodeIsRetriedToo() {
    Call call = read(PLAIN);
    host.pass(call, 400);
    host.attempt(1).broken(true, false, "reset", host.now);
    host.pass(call, 50);
    assertThat(host.sent).hasSize(3);
    host.answer(2, 200, "", "");
    assertThat(host.result).isNotNull();
  }

  @Test
  void aCallWaitsForANodeUntilItsDeadline() {
    NodeState only = host.nodes.peek();
    host.nodes.clear();
    Call call = read(PLAIN);
    assertThat(host.sent).isEmpty();
    host.nodes.add(only);
    call.place(host.now);
    assertThat(host.sent).hasSize(1);
    host.nodes.clear();
    Call other = read(PLAIN);
    host.pass(other, 3000);
    assertThat(host.failure).isInstanceOf(UnavailableException.class).hasMessageContaining("down");
    assertThat(host.failure.outcome()).isEqualTo(StarlingException.Outcome.NOTHING_WRITTEN);
  }

  @Test
  void withoutRoomACallFailsAtOnce() {
    host.nodes.clear();
    host.room = false;
    read(PLAIN);
    assertThat(host.failure).isInstanceOf(OverloadedException.class);
  }

  @Test
  void garbageIsAskedElsewhereAndThenReported() {
    Call call = read(PLAIN.retries(Retries.of(2, 1)));
    host.attempt(0).broken(true, true, "answered with SSH", host.now);
    host.wake(call);
    Answer answer = new Answer(200);
    host.attempt(1).answered(new Answer(302), host.now);
    assertThat(answer.status).isEqualTo(200);
    assertThat(host.failure).isInstanceOf(ProtocolException.class).hasMessageContaining("302");
  }

  @Test
  void unknownKindsAreJudgedByTheirStatus() {
    read(PLAIN);
    host.answer(0, 418, "teapot", "");
    assertThat(host.failure).isInstanceOf(InvalidRequestException.class);
    assertThat(host.failure.kind()).isEqualTo("teapot");
    ScriptedHost second = new ScriptedHost("a", "b");
    second.retries = 0;
    second.begin(ScriptedHost.spec(Operation.GET, PLAIN, null, false));
    second.answer(0, 599, "odd", "");
    assertThat(second.failure).isInstanceOf(UnavailableException.class);
  }

  @Test
  void aClosedClientSaysWhetherTheWriteMayHaveHappened() {
    write(PLAIN).close(host.now);
    assertThat(host.failure).isInstanceOf(ClosedException.class);
    assertThat(host.failure.outcome()).isEqualTo(StarlingException.Outcome.MAY_BE_WRITTEN);
  }

  @Test
  void aCancelledCallSendsNothingMore() {
    Call call = read(PLAIN);
    call.cancel();
    assertThat(host.wakeAt).isEqualTo(Long.MAX_VALUE);
    host.attempt(0).broken(true, false, "reset", host.now);
    assertThat(host.sent).hasSize(1);
    assertThat(host.ends).isZero();
  }
}
