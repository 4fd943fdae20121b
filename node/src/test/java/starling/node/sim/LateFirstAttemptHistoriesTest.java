package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.peer.Tampering;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.fault.BrokenTransport;
import starling.node.sim.workload.Workload;
import starling.node.storage.Durability;
import starling.node.version.Content;
import starling.node.version.IdempotencyKey;

/**
 * Histories in which a write that is marked as the first attempt arrives after its retry, and at
 * nodes that hold what replaced the retry, but not the retry's record.
 */
class LateFirstAttemptHistoriesTest {
  private static final IdempotencyKey KEY = new IdempotencyKey(1, 2, 3);
  private static final RequestOptions ONE = written(Quorum.ONE);
  private static final RequestOptions ALL = written(Quorum.ALL);

  private final List<String> frames = new ArrayList<>();
  private SimCluster cluster = new SimCluster(1, 3);

  private static RequestOptions written(Quorum w) {
    return new RequestOptions(null, w, null, null, null, null);
  }

  private static Content json(String value) {
    return Content.json(SimCluster.bytes(value));
  }

  private List<WriteOutcome> send(
      int node, @Nullable String context, Condition condition, RequestOptions w, boolean first) {
    List<WriteOutcome> answers = new ArrayList<>();
    cluster.write(
        node,
        cluster.request("b", "k", json("1"), context, condition, w, KEY, first),
        answers::add);
    return answers;
  }

  private void written(List<WriteOutcome> answers) {
    cluster.until("an answer", 10_000, () -> !answers.isEmpty());
    assertThat(answers.get(0)).isInstanceOf(WriteOutcome.Written.class);
  }

  /** A blind write, sent again while a node that must take it cannot be reached yet. */
  private void replace(int node, Content replacement, RequestOptions w) {
    for (int i = 0; i < 100; i++) {
      WriteOutcome answer =
          cluster.ask(
              done -> cluster.write(node, "b", "k", replacement, null, Condition.NONE, w, done));
      if (answer instanceof WriteOutcome.Written) {
        return;
      }
      cluster.runFor(20);
    }
    throw new AssertionError("the key was not replaced");
  }

  /**
   * The values where the retry was acknowledged by one node, what replaced it by all, and the first
   * attempt comes to another node.
   */
  private Set<Integer> afterOne(
      Conflict conflict, Content replacement, @Nullable String context, boolean first) {
    cluster = new SimCluster(1, 3, SimWiring.PLAIN, ofConflict(conflict)).awaitReady();
    cluster.isolate(1);
    written(send(1, context, Condition.NONE, ONE, false));
    cluster.healAll();
    replace(2, replacement, ALL);
    written(send(2, context, Condition.NONE, ONE, first));
    cluster.runFor(5_000);
    return Workload.shown(cluster.get(0, "b", "k"));
  }

  private static SimCluster.Options ofConflict(Conflict conflict) {
    return SimCluster.Options.PLAIN.withDefaults(
        new BucketProperties(
            3,
            Quorum.QUORUM,
            Quorum.QUORUM,
            Quorum.ZERO,
            Quorum.ZERO,
            Durability.SYNCED,
            3000,
            conflict,
            0));
  }

  /**
   * The values where the retry was acknowledged by one primary and by fallbacks that deliver no
   * hint for long, what replaced it by primaries, and the first attempt comes to the other two.
   */
  private Set<Integer> afterHints(
      Content replacement, @Nullable String context, Condition condition, boolean first) {
    cluster = new SimCluster(3, 5, withoutHandoff(), SimCluster.Options.PLAIN).awaitReady();
    List<Integer> primaries = cluster.primaries("b", "k");
    frames.clear();
    List<WriteOutcome> retried =
        send(primaries.get(0), context, condition, RequestOptions.NONE, false);
    cluster.until(
        "it is on its way", 2_000, () -> frames.stream().anyMatch(f -> f.startsWith("Store")));
    cluster.crash(primaries.get(1));
    cluster.crash(primaries.get(2));
    written(retried);
    cluster.runFor(10_000);
    cluster.restart(primaries.get(1));
    cluster.restart(primaries.get(2));
    cluster.awaitReady();
    cluster.runFor(1_000);
    replace(primaries.get(2), replacement, RequestOptions.NONE);
    cluster.crash(primaries.get(0));
    cluster.runFor(10_000);
    written(send(primaries.get(2), context, condition, RequestOptions.NONE, first));
    cluster.restart(primaries.get(0));
    cluster.awaitReady();
    cluster.runFor(20_000);
    return Workload.shown(cluster.get(primaries.get(2), "b", "k"));
  }

  private SimWiring withoutHandoff() {
    return BrokenTransport.changing(
        frame -> {
          String says = Tampering.ofWrite(frame);
          if (says != null) {
            frames.add(says);
          }
          return Tampering.isHandoff(frame) ? null : frame;
        });
  }

  @Test
  void whatReplacedARetryOfOneNodeStays() {
    for (Conflict conflict : Conflict.values()) {
      for (boolean first : new boolean[] {false, true}) {
        assertThat(afterOne(conflict, json("2"), null, first))
            .as("%s, marked %s", conflict, first)
            .containsExactly(2);
      }
    }
  }

  @Test
  void aDeleteOfARetryOfOneNodeStays() {
    for (String context : new String[] {null, ""}) {
      assertThat(afterOne(Conflict.SIBLINGS, Content.tombstone(), context, true))
          .as("with context %s", context)
          .isEmpty();
    }
  }

  @Test
  void whatReplacedARetryThatOnlyHintsKnowStays() {
    for (boolean first : new boolean[] {false, true}) {
      assertThat(afterHints(json("2"), null, Condition.NONE, first))
          .as("marked %s", first)
          .containsExactly(2);
    }
  }

  @Test
  void aDeleteOfARetryThatOnlyHintsKnowStays() {
    for (String context : new String[] {null, ""}) {
      assertThat(afterHints(Content.tombstone(), context, Condition.NONE, true))
          .as("with context %s", context)
          .isEmpty();
    }
  }

  @Test
  void aConditionDoesNotHoldForTheFirstAttemptOfARetryThatOnlyHintsKnow() {
    for (boolean first : new boolean[] {false, true}) {
      assertThat(afterHints(Content.tombstone(), null, Condition.ABSENT, first))
          .as("marked %s", first)
          .isEmpty();
    }
  }
}
