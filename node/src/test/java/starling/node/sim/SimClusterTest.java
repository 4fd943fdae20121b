package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import starling.node.request.ReadOutcome;
import starling.node.request.ReplicaReport;
import starling.node.request.WriteOutcome;

/** First steps of whole nodes in one thread. */
class SimClusterTest {
  @Test
  void threeNodesFoundAClusterAndKeepAValue() {
    SimCluster cluster = new SimCluster(1, 3).awaitReady();
    assertThat(cluster.put(0, "b", "k", "1", "")).isInstanceOf(WriteOutcome.Written.class);
    for (int i = 0; i < 3; i++) {
      ReadOutcome.Found found = (ReadOutcome.Found) cluster.get(i, "b", "k");
      assertThat(found.values()).hasSize(1);
    }
    cluster.runFor(1000);
    ReplicaReport report = cluster.replicas(1, "b", "k");
    assertThat(report.replicas()).hasSize(3);
    assertThat(cluster.halts()).isEmpty();
  }

  @Test
  void aValueOutlivesTheCrashOfAllNodesAtOnce() {
    SimCluster cluster = new SimCluster(2, 3).awaitReady();
    assertThat(cluster.put(1, "b", "k", "1", null)).isInstanceOf(WriteOutcome.Written.class);
    for (int i = 0; i < 3; i++) {
      cluster.powerLoss(i);
    }
    for (int i = 0; i < 3; i++) {
      cluster.restart(i);
    }
    cluster.awaitReady();
    ReadOutcome.Found found = (ReadOutcome.Found) cluster.get(2, "b", "k");
    assertThat(found.values()).hasSize(1);
  }

  @Test
  void aNodeThatIsDownDoesNotStopTheOthers() {
    SimCluster cluster = new SimCluster(3, 3).awaitReady();
    cluster.crash(2);
    assertThat(cluster.put(0, "b", "k", "1", null)).isInstanceOf(WriteOutcome.Written.class);
    assertThat(cluster.get(1, "b", "k")).isInstanceOf(ReadOutcome.Found.class);
    cluster.restart(2);
    cluster.awaitReady();
    assertThat(cluster.get(2, "b", "k")).isInstanceOf(ReadOutcome.Found.class);
  }
}
