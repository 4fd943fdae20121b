package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.coordinator.Condition;
import starling.node.coordinator.RequestOptions;
import starling.node.replica.NodeLimits;
import starling.node.replica.ReadOutcome;
import starling.node.replica.Refusal;
import starling.node.replica.WriteOutcome;
import starling.node.version.Content;
import starling.sim.Faults;
import starling.wire.ProblemKind;

/** Histories in which a node is asked for more than it can do, and says so before it tries. */
class OverloadHistoriesTest {
  private static final RequestOptions HURRY = new RequestOptions(null, null, null, null, 20, null);

  private static List<Refusal> refusals(List<ReadOutcome> outcomes) {
    List<Refusal> refusals = new ArrayList<>();
    for (ReadOutcome outcome : outcomes) {
      if (outcome instanceof ReadOutcome.Refused refused) {
        refusals.add(refused.refusal());
      }
    }
    return refusals;
  }

  @Test
  void beyondTheBoundRequestsAreRefusedAtOnceAndNothingIsWritten() {
    NodeLimits limits = new NodeLimits(3, 1 << 16, 50, 1 << 20, 3_600_000);
    SimCluster cluster =
        new SimCluster(21, 3, SimWiring.PLAIN, SimCluster.Options.PLAIN.withLimits(limits))
            .awaitReady();
    List<ReadOutcome> reads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      cluster.read(0, "b", "k", null, RequestOptions.NONE, reads::add);
    }
    List<WriteOutcome> writes = new ArrayList<>();
    Content content = Content.json(SimCluster.bytes("1"));
    cluster.write(0, "b", "k", content, null, Condition.NONE, RequestOptions.NONE, writes::add);
    assertThat(writes).hasSize(1);
    Refusal refusal = ((WriteOutcome.Refused) writes.get(0)).refusal();
    assertThat(refusal.kind()).isEqualTo(ProblemKind.OVERLOADED);
    assertThat(refusal.fate()).isEqualTo(Refusal.Fate.NONE);
    assertThat(refusal.acknowledged()).isEmpty();
    cluster.until("the reads are answered", 5_000, () -> reads.size() == 3);
    assertThat(reads).allMatch(read -> read instanceof ReadOutcome.Missing);
    assertThat(cluster.get(1, "b", "k")).isInstanceOf(ReadOutcome.Missing.class);
  }

  @Test
  void aRequestThatCouldOnlyBeAnsweredTooLateIsRefusedAtOnce() {
    SimCluster cluster = new SimCluster(22, 3).awaitReady();
    cluster.network().faults(Faults.NONE.withDelay(40_000_000, 1_000_000));
    for (int i = 0; i < 200; i++) {
      cluster.get(0, "b", "k" + i);
    }
    List<ReadOutcome> patient = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      cluster.read(0, "b", "k" + i, null, RequestOptions.NONE, patient::add);
    }
    List<ReadOutcome> hurried = new ArrayList<>();
    cluster.read(0, "b", "k", null, HURRY, hurried::add);
    assertThat(refusals(hurried))
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.kind()).isEqualTo(ProblemKind.OVERLOADED);
              assertThat(refusal.fate()).isEqualTo(Refusal.Fate.NONE);
            });
    assertThat(cluster.node(0).counters().refusedAsTooLate).isEqualTo(1);
    cluster.until("the others are answered", 5_000, () -> patient.size() == 80);
    assertThat(refusals(patient)).isEmpty();
  }
}
