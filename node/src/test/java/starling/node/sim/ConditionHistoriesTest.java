package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.ClientBehavior;
import starling.node.sim.workload.Workload;
import starling.node.storage.Durability;
import starling.node.version.Content;
import starling.wire.ProblemKind;

/** Histories in which a condition is judged on replicas that have not seen what it speaks of. */
class ConditionHistoriesTest {
  /** Reads and conditions ask one replica, where the other options do not ask for more. */
  private static SimCluster cluster() {
    BucketProperties readsOne =
        new BucketProperties(
            3,
            Quorum.ONE,
            Quorum.QUORUM,
            Quorum.ZERO,
            Quorum.ZERO,
            Durability.SYNCED,
            2000,
            Conflict.SIBLINGS,
            0);
    return new SimCluster(41, 3, SimWiring.PLAIN, SimCluster.Options.PLAIN.withDefaults(readsOne))
        .awaitReady();
  }

  private static void written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
  }

  private static Rejection refusal(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Rejected.class);
    return ((WriteOutcome.Rejected) outcome).rejection();
  }

  @Test
  void aHigherWIsNeverTheWeakerCondition() {
    for (Quorum w : List.of(Quorum.ONE, Quorum.QUORUM, Quorum.ALL)) {
      SimCluster cluster = missedByNode2();
      RequestOptions asked = new RequestOptions(null, w, null, null, null, null);
      // At w=one all primaries are judged, and one of them is out of reach.
      assertThat(refusal(create(cluster, 2, "2", asked)).kind())
          .as("w=%s", w)
          .isEqualTo(
              w.equals(Quorum.ONE) ? ProblemKind.UNAVAILABLE : ProblemKind.PRECONDITION_FAILED);
      cluster.healAll();
      cluster.runFor(1_000);
      assertThat(refusal(create(cluster, 2, "2", asked)).kind())
          .isEqualTo(ProblemKind.PRECONDITION_FAILED);
      written(cluster.delete(2, "b", "k", null));
      written(create(cluster, 2, "3", asked));
    }
  }

  /** Two take a creation, and the one that has coordinated it cannot reach the third. */
  private static SimCluster missedByNode2() {
    SimCluster cluster = cluster();
    cluster.isolate(2);
    written(create(cluster, 0, "1", RequestOptions.NONE));
    cluster.healAll();
    cluster.cut(0, 2);
    cluster.runFor(10_000);
    return cluster;
  }

  @Test
  void aRefusalSaysWhatStandsInTheWay() {
    SimCluster cluster = cluster();
    written(create(cluster, 0, "1", RequestOptions.NONE));
    assertThat(refusal(create(cluster, 1, "2", RequestOptions.NONE)).detail())
        .isEqualTo("something is stored under this key");
    Condition other = new Condition.Matches(Set.of(1L));
    assertThat(refusal(put(cluster, 1, "2", other, RequestOptions.NONE)).detail())
        .isEqualTo("the key is stored with another version");
    written(cluster.delete(2, "b", "k", null));
    assertThat(refusal(put(cluster, 1, "2", other, RequestOptions.NONE)).detail())
        .isEqualTo("nothing is stored under this key");
  }

  @Test
  void aFailedConditionNamesWhatARetryHasToMatchAtWhateverNode() {
    SimCluster cluster = new SimCluster(6, 5).awaitReady();
    written(cluster.put(0, "b", "k", "1", null));
    for (int node = 0; node < cluster.size(); node++) {
      Rejection.Present present =
          refusal(create(cluster, node, "x", RequestOptions.NONE)).present();
      assertThat(present).as("at node %d", node).isNotNull();
      Condition matches = new Condition.Matches(Set.of(present.versionHash()));
      written(put(cluster, node, Integer.toString(10 + node), matches, RequestOptions.NONE));
      Rejection.Present next = refusal(create(cluster, node, "x", RequestOptions.NONE)).present();
      written(cluster.put(node, "b", "k", Integer.toString(20 + node), next.context()));
      assertThat(Workload.shown(cluster.get(node, "b", "k"))).containsExactly(20 + node);
    }
    written(cluster.delete(0, "b", "k", null));
    Rejection.Present deleted =
        refusal(put(cluster, 1, "x", Condition.PRESENT, RequestOptions.NONE)).present();
    assertThat(deleted.versionHash()).isNull();
    assertThat(deleted.context()).isNotEmpty();
  }

  @Test
  void aConditionThatIsJudgedByItsOwnWIsFound() {
    SimCluster cluster = missedByNode2();
    cluster.healAll();
    RequestOptions all = new RequestOptions(null, Quorum.ALL, null, null, null, null);
    WriteRequest second =
        cluster.request(
            "b", "k", Content.json(SimCluster.bytes("2")), null, Condition.ABSENT, all, null);
    ClientBehavior bug = PlantedBug.judgesByOwnW();
    assertThat(cluster.<WriteOutcome>ask(done -> bug.write(cluster, 2, second, done)))
        .as("the planted bug shows")
        .isInstanceOf(WriteOutcome.Written.class);
  }

  private static WriteOutcome create(
      SimCluster cluster, int node, String value, RequestOptions options) {
    return put(cluster, node, value, Condition.ABSENT, options);
  }

  private static WriteOutcome put(
      SimCluster cluster, int node, String value, Condition condition, RequestOptions options) {
    return cluster.ask(
        done ->
            cluster.write(
                node,
                "b",
                "k",
                Content.json(SimCluster.bytes(value)),
                null,
                condition,
                options,
                done));
  }
}
