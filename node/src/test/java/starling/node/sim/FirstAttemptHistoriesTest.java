package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.peer.Tampering;
import starling.node.request.Condition;
import starling.node.request.ReadOutcome;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.sim.fault.BrokenTransport;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.Workload;
import starling.node.version.Content;
import starling.node.version.IdempotencyKey;

/**
 * Histories of writes that are marked as the first under their idempotency key, and yet arrive
 * after their retry.
 */
class FirstAttemptHistoriesTest {
  private static final IdempotencyKey KEY = new IdempotencyKey(1, 2, 3);

  /** The node that receives nothing before it receives the first attempt. */
  private static final int BEHIND = 0;

  private SimCluster cluster = new SimCluster(1, 3);

  private List<WriteOutcome> send(
      int node,
      Content content,
      @Nullable String context,
      Condition condition,
      @Nullable IdempotencyKey key,
      boolean first) {
    List<WriteOutcome> answers = new ArrayList<>();
    WriteRequest request =
        new WriteRequest(
            "r",
            "b",
            "k".getBytes(StandardCharsets.UTF_8),
            content,
            context,
            condition,
            RequestOptions.NONE,
            key,
            first);
    cluster.write(node, request, answers::add);
    return answers;
  }

  private String written(List<WriteOutcome> answers) {
    cluster.until("an answer", 10_000, () -> !answers.isEmpty());
    assertThat(answers.get(0)).isInstanceOf(WriteOutcome.Written.class);
    return ((WriteOutcome.Written) answers.get(0)).context();
  }

  private static Content json(String value) {
    return Content.json(value.getBytes(StandardCharsets.UTF_8));
  }

  /** The values after a retry, a write that replaced it, and then the first attempt. */
  private Set<Integer> afterLateFirstAttempt(
      Content replacement, @Nullable String context, Condition condition) {
    cluster.awaitReady();
    cluster.isolate(BEHIND);
    String retried = written(send(1, json("1"), context, condition, KEY, false));
    String replaced = written(send(2, replacement, retried, Condition.NONE, null, false));
    assertThat(replaced).isNotEqualTo(retried);
    cluster.healAll();
    List<WriteOutcome> late = send(BEHIND, json("1"), context, condition, KEY, true);
    for (int i = 0;
        i < 100 && late.stream().allMatch(WriteOutcome.Rejected.class::isInstance);
        i++) {
      late = send(BEHIND, json("1"), context, condition, KEY, true);
      cluster.runFor(50);
    }
    written(late);
    cluster.runFor(5_000);
    for (int node = 0; node < 3; node++) {
      ReadOutcome all = cluster.get(node, "b", "k");
      assertThat(Workload.shown(all)).isEqualTo(Workload.shown(cluster.get(0, "b", "k")));
    }
    return Workload.shown(cluster.get(0, "b", "k"));
  }

  @Test
  void aBlindFirstAttemptAfterItsRetryWasReplacedReplacesNothing() {
    assertThat(afterLateFirstAttempt(json("2"), null, Condition.NONE)).containsExactly(2);
  }

  @Test
  void aFirstAttemptWithAContextAfterItsRetryWasReplacedIsHidden() {
    assertThat(afterLateFirstAttempt(json("2"), "", Condition.NONE)).containsExactly(2);
  }

  @Test
  void aFirstAttemptAfterItsRetryWasDeletedBringsNothingBack() {
    assertThat(afterLateFirstAttempt(Content.tombstone(), "", Condition.NONE)).isEmpty();
  }

  @Test
  void aConditionalFirstAttemptAfterItsRetryWasReplacedReplacesNothing() {
    assertThat(afterLateFirstAttempt(json("2"), null, Condition.ABSENT)).containsExactly(2);
  }

  @Test
  void whereQueriesCarryNoKeyABlindFirstAttemptReplacesWhatReplacedItsRetry() {
    SimWiring broken = PlantedBug.queriesCarryNoIdempotencyKey();
    cluster = new SimCluster(1, 3, broken, SimCluster.Options.PLAIN);
    assertThat(afterLateFirstAttempt(json("2"), null, Condition.NONE)).doesNotContain(2);
  }

  @Test
  void onlyTheFirstNodeThatReceivesAForwardedWriteIsToldThatItIsTheFirstAttempt() {
    List<List<Boolean>> forwardedTwice = new ArrayList<>();
    for (int primary = 0; primary < 3; primary++) {
      List<Boolean> marks = marksOfForwards(primary);
      if (marks.size() > 1) {
        forwardedTwice.add(marks);
      }
    }
    assertThat(forwardedTwice).isNotEmpty().containsOnly(List.of(true, false));
  }

  /** The marks of forwarded writes, where this primary is killed after the first was sent. */
  private List<Boolean> marksOfForwards(int primary) {
    List<Boolean> marks = new ArrayList<>();
    SimWiring watched =
        BrokenTransport.changing(
            frame -> {
              if (String.valueOf(Tampering.ofWrite(frame)).startsWith("ForwardWrite")) {
                marks.add(Tampering.forwardsFirstAttempt(frame));
              }
              return frame;
            });
    cluster = new SimCluster(1, 5, watched, SimCluster.Options.PLAIN).awaitReady();
    List<Integer> primaries = cluster.primaries("b", "k");
    int other = cluster.others(primaries).get(0);
    List<WriteOutcome> answers = send(other, json("1"), "", Condition.NONE, KEY, true);
    cluster.until("it was forwarded", 1_000, () -> !marks.isEmpty());
    cluster.crash(primaries.get(primary));
    written(answers);
    return marks;
  }

  @Test
  void aFirstAttemptCostsAsManyMessagesAsAWriteWithoutAKey() {
    for (String context : new String[] {null, ""}) {
      int without = messages(context, null, false);
      assertThat(messages(context, KEY, true)).as("with context %s", context).isEqualTo(without);
    }
    assertThat(messages("", KEY, false)).isGreaterThan(messages("", null, false));
  }

  /** The frames of one write between nodes, until nothing of it is on its way. */
  private int messages(@Nullable String context, @Nullable IdempotencyKey key, boolean first) {
    List<String> sent = new ArrayList<>();
    SimWiring watched =
        BrokenTransport.changing(
            frame -> {
              String says = Tampering.ofWrite(frame);
              if (says != null) {
                sent.add(says);
              }
              return frame;
            });
    cluster = new SimCluster(1, 3, watched, SimCluster.Options.PLAIN).awaitReady();
    written(send(1, json("1"), context, Condition.NONE, key, first));
    cluster.runFor(1_000);
    return sent.size();
  }
}
