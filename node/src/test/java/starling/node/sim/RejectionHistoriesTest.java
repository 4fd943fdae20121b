package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.request.Rejection;
import starling.node.request.WriteOutcome;
import starling.node.sim.disk.SimDisk;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.Workload;
import starling.wire.ProblemKind;

/** Histories in which one node cannot take a write that others can. */
class RejectionHistoriesTest {
  private static void written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
  }

  /** Fills a node's disk until it takes no more. */
  private static void fill(SimCluster cluster, int node, int writer) {
    SimDisk disk = cluster.home(node).disk();
    disk.capacity(disk.usedBytes());
    for (int i = 0; cluster.node(node).warning() == null; i++) {
      assertThat(i).as("writes before the disk is full").isLessThan(2_000);
      WriteOutcome unused =
          cluster.put(writer, "b", "filler" + i, "\"" + "x".repeat(500) + "\"", "");
      cluster.runFor(20);
    }
    disk.capacity(0);
  }

  @Test
  void aFullNodeForwardsTheWritesOfItsClients() {
    SimCluster cluster = new SimCluster(13, 3).awaitReady();
    fill(cluster, 0, 1);
    written(cluster.put(0, "b", "k", "1", ""));
    written(cluster.put(0, "b", "k", "2", null));
    assertThat(Workload.shown(cluster.get(1, "b", "k"))).containsExactly(2);
  }

  @Test
  void thatTheDiskIsFullIsSaidIfAllThatCouldCoordinateAreFull() {
    SimCluster cluster = new SimCluster(14, 3).awaitReady();
    for (int node = 0; node < 3; node++) {
      fill(cluster, node, node == 2 ? 2 : node + 1);
    }
    for (int node = 0; node < 3; node++) {
      WriteOutcome outcome = cluster.put(node, "b", "k", "1", "");
      assertThat(outcome).isInstanceOf(WriteOutcome.Rejected.class);
      Rejection refusal = ((WriteOutcome.Rejected) outcome).rejection();
      assertThat(refusal.kind()).isEqualTo(ProblemKind.STORAGE_FULL);
      assertThat(refusal.outcome()).isEqualTo(Rejection.Outcome.NONE);
    }
  }

  /** Takes a node's free descriptors until its store has met their lack. */
  private static void starve(SimCluster cluster, int node) {
    cluster.home(node).disk().failOpens();
    cluster.until("it waits", 20_000, () -> cluster.node(node).warning() != null);
  }

  @Test
  void aNodeWithoutDescriptorsForwardsWritesAndGoesOnWhenThereAreSome() {
    SimCluster cluster = new SimCluster(15, 3).awaitReady();
    written(cluster.put(0, "b", "k", "1", ""));
    starve(cluster, 0);
    // Longer than a lease of the clock, and than a memtable grows.
    cluster.runFor(30_000);
    assertThat(cluster.node(0).warning()).contains("too many open files");
    assertThat(cluster.node(0).notReady()).isNull();
    written(cluster.put(0, "b", "k", "2", null));
    written(cluster.put(1, "b", "k", "3", null));
    assertThat(Workload.shown(cluster.get(0, "b", "k"))).containsExactly(3);
    cluster.home(0).disk().failNothing();
    cluster.until("it goes on", 10_000, () -> cluster.node(0).warning() == null);
    written(cluster.put(0, "b", "k", "4", null));
    assertThat(Workload.shown(cluster.get(0, "b", "k"))).containsExactly(4);
    assertThat(cluster.home(0).process().storage.failure()).isNull();
  }

  @Test
  void aWriteIsRejectedAtOnceAndCertainlyNotMadeIfAllThatCouldCoordinateItLackDescriptors() {
    SimCluster cluster = new SimCluster(16, 3).awaitReady();
    for (int node = 0; node < 3; node++) {
      starve(cluster, node);
    }
    cluster.runFor(30_000);
    for (int node = 0; node < 3; node++) {
      long begun = cluster.sim().nanoTime();
      WriteOutcome outcome = cluster.put(node, "b", "k", "1", "");
      assertThat(outcome).isInstanceOf(WriteOutcome.Rejected.class);
      Rejection refusal = ((WriteOutcome.Rejected) outcome).rejection();
      assertThat(refusal.kind()).isEqualTo(ProblemKind.NOT_READY);
      assertThat(refusal.detail()).contains("accepts no writes at present");
      assertThat(refusal.outcome()).isEqualTo(Rejection.Outcome.NONE);
      assertThat(cluster.sim().nanoTime() - begun).as("nanoseconds").isLessThan(500_000_000);
    }
    for (int node = 0; node < 3; node++) {
      cluster.home(node).disk().failNothing();
    }
    cluster.runFor(10_000);
    written(cluster.put(0, "b", "k", "2", ""));
    assertThat(Workload.shown(cluster.get(1, "b", "k"))).containsExactly(2);
  }

  @Test
  void oneFullDiskOfFiveRejectsNoWrite() {
    assertThat(rejectedBesideAFullDisk(SimWiring.PLAIN, 500)).isEmpty();
  }

  @Test
  void aRejectionThatIsPassedOnAsTheClustersIsNoticed() {
    assertThat(rejectedBesideAFullDisk(PlantedBug.rejectionsSpeakForAll(), 100)).isNotEmpty();
  }

  /** The writes that four nodes of five reject although they could take them. */
  private static List<String> rejectedBesideAFullDisk(SimWiring wiring, int writes) {
    SimCluster cluster = new SimCluster(12, 5, wiring, SimCluster.Options.PLAIN).awaitReady();
    fill(cluster, 4, 0);
    List<String> rejected = new ArrayList<>();
    for (int i = 0; i < writes; i++) {
      WriteOutcome outcome = cluster.put(i % 4, "b", "key" + i, "1", i % 2 == 0 ? "" : null);
      if (!(outcome instanceof WriteOutcome.Written)) {
        rejected.add("key" + i + ": " + outcome);
      }
    }
    return rejected;
  }
}
