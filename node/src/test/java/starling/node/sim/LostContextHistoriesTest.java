package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.ClientBehavior;
import starling.node.sim.workload.Workload;
import starling.wire.ProblemKind;

/** Histories in which the only copy of what a reader has seen is gone. */
class LostContextHistoriesTest {
  private static final RequestOptions ONE =
      new RequestOptions(null, Quorum.ONE, null, null, null, null);

  @Test
  void aReadWhoseContextNobodyCoversIsToldThatItIsLost() {
    SimCluster cluster = new SimCluster(15, 3).awaitReady();
    String context = lostWrite(cluster);
    for (int node = 0; node < 3; node++) {
      ReadOutcome read = cluster.get(node, "b", "k", context, RequestOptions.NONE);
      assertThat(read).isInstanceOf(ReadOutcome.Rejected.class);
      Rejection refusal = ((ReadOutcome.Rejected) read).rejection();
      assertThat(refusal.kind()).isEqualTo(ProblemKind.BEHIND);
      assertThat(refusal.lost()).isTrue();
      assertThat(Workload.shown(cluster.get(node, "b", "k"))).containsExactly(1);
    }
  }

  @Test
  void whatANodeThatIsDownMayHoldIsNotLost() {
    SimCluster cluster = new SimCluster(16, 3).awaitReady();
    cluster.isolate(0);
    String context = written(cluster.put(0, "b", "k", "2", "", ONE));
    cluster.crash(0);
    cluster.healAll();
    cluster.runFor(10_000);
    ReadOutcome read = cluster.get(1, "b", "k", context, RequestOptions.NONE);
    assertThat(((ReadOutcome.Rejected) read).rejection().lost()).isFalse();
    cluster.restart(0);
    cluster.awaitReady();
    read = cluster.get(1, "b", "k", context, RequestOptions.NONE);
    assertThat(Workload.shown(read)).containsExactly(2);
  }

  @Test
  void aReadThatEnoughAnswerIsToldThatTheyAreBehindAndNotThatTheyAreTooFew() {
    SimCluster cluster = new SimCluster(17, 3).awaitReady();
    cluster.runFor(2_000);
    cluster.clog(0, 1, 20_000);
    cluster.clog(0, 2, 20_000);
    String context = written(cluster.put(0, "b", "k", "2", "", ONE));
    ReadOutcome read = cluster.get(1, "b", "k", context, RequestOptions.NONE);
    assertThat(read).isInstanceOf(ReadOutcome.Rejected.class);
    Rejection refusal = ((ReadOutcome.Rejected) read).rejection();
    assertThat(refusal.kind()).isEqualTo(ProblemKind.BEHIND);
    assertThat(refusal.lost()).isFalse();
    assertThat(refusal.outcome()).isEqualTo(Rejection.Outcome.NONE);
  }

  @Test
  void anAnswerThatLeavesTheContextOutIsFound() {
    SimCluster cluster = new SimCluster(15, 3).awaitReady();
    String context = lostWrite(cluster);
    ReadRequest read = cluster.request("b", "k", context, RequestOptions.NONE);
    ClientBehavior bug = PlantedBug.lostContextsAreLeftOut();
    ReadOutcome answer = cluster.ask(done -> bug.read(cluster, 1, read, done));
    assertThat(Workload.shown(answer)).as("the planted bug shows").isEqualTo(Set.of(1));
  }

  /** One node alone takes a second write, and its disk is lost. */
  private static String lostWrite(SimCluster cluster) {
    String first = written(cluster.put(0, "b", "k", "1", ""));
    cluster.runFor(1_000);
    cluster.isolate(0);
    String context = written(cluster.put(0, "b", "k", "2", first, ONE));
    cluster.wipe(0, true);
    cluster.healAll();
    cluster.restart(0);
    cluster.awaitReady();
    cluster.until(
        "it is refilled", 60_000, () -> cluster.node(0).statistics().incompletePartitions() == 0);
    return context;
  }

  private static String written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
    return ((WriteOutcome.Written) outcome).context();
  }
}
