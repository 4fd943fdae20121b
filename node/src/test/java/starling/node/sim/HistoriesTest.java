package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import starling.node.peer.Tampering;
import starling.node.request.BucketProperties;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.check.FrontierOracle;
import starling.node.sim.disk.SimDisk;
import starling.node.sim.fault.BrokenTransport;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.History;
import starling.node.sim.workload.Promise;
import starling.node.sim.workload.Workload;
import starling.node.storage.Durability;
import starling.node.version.Content;
import starling.node.version.Limits;
import starling.node.version.Siblings;
import starling.ring.Positions;
import starling.ring.Ring;
import starling.wire.ProblemKind;

/** Histories in which plausible stores lose a write, or bring back what was deleted. */
class HistoriesTest {
  private static final RequestOptions ALL =
      new RequestOptions(Quorum.ALL, null, null, null, null, null);

  private static final RequestOptions ALL_TAKE =
      new RequestOptions(null, Quorum.ALL, null, null, null, null);

  private static final RequestOptions ONE_TAKES =
      new RequestOptions(null, Quorum.ONE, null, null, null, null);

  private static Set<Integer> read(SimCluster cluster, int node) {
    ReadOutcome outcome = cluster.get(node, "b", "k", null, ALL);
    assertThat(outcome).isNotInstanceOf(ReadOutcome.Rejected.class);
    return Workload.shown(outcome);
  }

  private static String written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
    return ((WriteOutcome.Written) outcome).context();
  }

  @Test
  void manyWritesOfOneKeyInsideOneFsyncGroupAreAllThere() {
    for (long seed = 1; seed <= 10; seed++) {
      SimCluster cluster =
          new SimCluster(seed, 3, SimWiring.PLAIN, SimCluster.Options.PLAIN.withDisk(40_000_000))
              .awaitReady();
      List<WriteOutcome> outcomes = new ArrayList<>();
      for (int token = 1; token <= 6; token++) {
        cluster.write(
            token % 3,
            "b",
            "k",
            Content.json(SimCluster.bytes(Integer.toString(token))),
            "",
            Condition.NONE,
            RequestOptions.NONE,
            outcomes::add);
      }
      cluster.until("all are written", 10_000, () -> outcomes.size() == 6);
      outcomes.forEach(HistoriesTest::written);
      assertThat(read(cluster, 0)).as("seed %d", seed).containsExactly(1, 2, 3, 4, 5, 6);
    }
  }

  @Test
  void aFullDiskTakesNoWritesUntilThereIsRoomAndReadsGoOn() {
    SimCluster cluster = new SimCluster(3, 3).awaitReady();
    written(cluster.put(0, "b", "k", "1", ""));
    SimDisk disk = cluster.home(0).disk();
    disk.capacity(disk.usedBytes());
    for (int i = 0; cluster.home(0).process().node.warning() == null; i++) {
      assertThat(i).as("writes before the disk is full").isLessThan(2_000);
      written(cluster.put(1, "b", "other" + i, "\"" + "x".repeat(500) + "\"", ""));
      cluster.runFor(20);
    }
    // Files that go make no room either.
    disk.capacity(0);
    written(cluster.put(0, "b", "k", "2", ""));
    assertThat(cluster.home(0).process().node.warning()).contains("storage.minFreeBytes");
    assertThat(cluster.home(0).process().node.notReady()).isNull();
    assertThat(Workload.shown(cluster.get(0, "b", "k"))).containsExactly(1, 2);
    String context = written(cluster.put(1, "b", "k", "3", ""));
    Rejection missed = refusal(cluster.put(1, "b", "k", "4", context, ALL_TAKE));
    assertThat(missed.detail()).contains("1 had no room on the disk");
    assertThat(missed.outcome()).isEqualTo(Rejection.Outcome.UNKNOWN);

    disk.capacity(Long.MAX_VALUE);
    cluster.runFor(2_000);
    assertThat(cluster.home(0).process().node.warning()).isNull();
    written(cluster.put(0, "b", "k", "5", ""));
    assertThat(read(cluster, 0)).contains(1, 4, 5);
  }

  private static Rejection refusal(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Rejected.class);
    return ((WriteOutcome.Rejected) outcome).rejection();
  }

  @Test
  void theContextOfAWriteClaimsNoSiblingThatWasNotShown() {
    SimCluster cluster = new SimCluster(1, 3).awaitReady();
    written(cluster.put(0, "b", "k", "1", ""));
    String mine = written(cluster.put(0, "b", "k", "2", ""));
    written(cluster.put(0, "b", "k", "3", mine));
    assertThat(read(cluster, 1)).containsExactly(1, 3);
  }

  @Test
  void theAnswerToAWriteNamesNoStateOfWhichMoreStandsThanItsWriterKnows() {
    SimCluster cluster = new SimCluster(1, 3).awaitReady();
    WriteOutcome alone = cluster.put(0, "b", "k", "1", "");
    long hash = ((WriteOutcome.Written) alone).versionHash();
    assertThat(((ReadOutcome.Found) cluster.get(1, "b", "k")).versionHash()).isEqualTo(hash);
    WriteOutcome beside = cluster.put(0, "b", "k", "2", "");
    assertThat(((WriteOutcome.Written) beside).versionHash())
        .isEqualTo(WriteOutcome.Written.UNNAMED);
    assertThat(read(cluster, 1)).containsExactly(1, 2);
  }

  @Test
  void thatSomethingIsThereIsNoClaimToHaveSeenIt() {
    SimCluster cluster = new SimCluster(1, 3).awaitReady();
    String first = written(cluster.put(0, "b", "k", "1", ""));
    written(cluster.put(0, "b", "k", "2", ""));
    List<WriteOutcome> outcomes = new ArrayList<>();
    cluster.write(
        1,
        "b",
        "k",
        Content.json(SimCluster.bytes("3")),
        first,
        Condition.PRESENT,
        RequestOptions.NONE,
        outcomes::add);
    cluster.until("it is written", 10_000, () -> !outcomes.isEmpty());
    written(outcomes.get(0));
    assertThat(read(cluster, 2)).containsExactly(2, 3);
  }

  @Test
  void theContextOfOneKeyIsNoneForAnother() {
    SimCluster cluster = new SimCluster(7, 3).awaitReady();
    String other = anotherKeyOfThePartition(cluster);
    written(cluster.put(0, "b", "k", "1", ""));
    String context = written(cluster.put(0, "b", other, "2", ""));
    Rejection refusal = refusal(cluster.put(0, "b", "k", "3", context));
    assertThat(refusal.kind()).isEqualTo(ProblemKind.BAD_CONTEXT);
    assertThat(refusal.outcome()).isEqualTo(Rejection.Outcome.NONE);
    assertThat(read(cluster, 1)).containsExactly(1);

    SimProcess process = cluster.home(0).process();
    String carried = Tampering.carriedOver(process.storage, process.node, "b", other, "k", context);
    written(cluster.put(0, "b", "k", "3", carried));
    assertThat(read(cluster, 1)).as("bound to no key").containsExactly(3);
  }

  /** Actors are drawn for partitions, so here a context of one key could say much of the other. */
  private static String anotherKeyOfThePartition(SimCluster cluster) {
    Ring ring = cluster.node(0).ring();
    for (int i = 0; ; i++) {
      if (partition(ring, "other" + i) == partition(ring, "k")) {
        return "other" + i;
      }
    }
  }

  private static int partition(Ring ring, String key) {
    return ring.partition(Positions.position(SimCluster.bytes("b"), SimCluster.bytes(key)));
  }

  @Test
  void moreSiblingsThanAClientMayLeaveComeTogetherFromThreeSides() {
    assertThat(comeTogether(SimWiring.PLAIN)).isTrue();
    assertThat(comeTogether(PlantedBug.limitsApplyToMerges()))
        .as("they do with the planted bug")
        .isFalse();
  }

  /** Each side makes siblings until a client may leave no more; then all three meet. */
  private static boolean comeTogether(SimWiring wiring) {
    SimCluster cluster = new SimCluster(8, 3, wiring, SimCluster.Options.PLAIN).awaitReady();
    for (int node = 0; node < 3; node++) {
      cluster.isolate(node);
    }
    Set<Integer> all = new TreeSet<>();
    for (int token = 0; token < 3 * Limits.MAX_VERSIONS; token++) {
      written(cluster.put(token % 3, "b", "k", Integer.toString(token), "", ONE_TAKES));
      all.add(token);
    }
    for (int node = 0; node < 3; node++) {
      assertThat(refusal(cluster.put(node, "b", "k", "999", "", ONE_TAKES)).kind())
          .isEqualTo(ProblemKind.TOO_MANY_SIBLINGS);
    }
    cluster.healAll();
    cluster.runFor(5_000);
    assertThat(read(cluster, 1)).isEqualTo(all);
    cluster.runFor(5_000);
    for (ReplicaReport.Holding holding : cluster.replicas(1, "b", "k").replicas()) {
      Siblings held = Objects.requireNonNull(holding.siblings());
      if (!Workload.tokens(held.values()).equals(all)) {
        return false;
      }
    }
    ReadOutcome.Found found = (ReadOutcome.Found) cluster.get(2, "b", "k");
    written(cluster.put(2, "b", "k", "1000", found.context()));
    assertThat(read(cluster, 0)).containsExactly(1000);
    return true;
  }

  @Test
  void aNodeThatForgotItsOwnWriteDoesNotClaimToHaveSeenIt() {
    int bugShows = 0;
    for (long seed = 1; seed <= 20; seed++) {
      assertThat(losesWhatItForgot(seed, SimWiring.PLAIN)).as("seed %d", seed).isFalse();
      bugShows += losesWhatItForgot(seed, PlantedBug.oldActors()) ? 1 : 0;
    }
    assertThat(bugShows).as("seeds in which the planted bug shows").isPositive();
  }

  /** A set is sent before it is on its sender's own disk, and the sender's power fails between. */
  private static boolean losesWhatItForgot(long seed, SimWiring wiring) {
    SimCluster cluster =
        new SimCluster(seed, 3, wiring, SimCluster.Options.PLAIN.withDisk(20_000_000)).awaitReady();
    cluster.write(
        0,
        "b",
        "k",
        Content.json(SimCluster.bytes("1")),
        "",
        Condition.NONE,
        RequestOptions.NONE,
        outcome -> {});
    cluster.runFor(2);
    cluster.powerLoss(0);
    cluster.runFor(500);
    Set<Integer> before = Workload.shown(cluster.get(1, "b", "k"));
    cluster.restart(0);
    cluster.awaitReady();
    written(cluster.put(0, "b", "k", "2", ""));
    ReadOutcome after = cluster.get(1, "b", "k", null, ALL);
    return !cluster.halts().isEmpty() || !Workload.shown(after).containsAll(before);
  }

  @Test
  void aLaterBlindWriteLeavesNoSiblingEvenThroughAStaleNode() {
    SimCluster cluster = new SimCluster(2, 3).awaitReady();
    cluster.isolate(2);
    written(cluster.put(0, "b", "k", "1", null));
    cluster.healAll();
    cluster.runFor(2_000);
    written(cluster.put(2, "b", "k", "2", null));
    assertThat(read(cluster, 0)).containsExactly(2);
  }

  @Test
  void twoCrossingBlindWritesAreBothKeptOrOneReplacesTheOther() {
    for (long seed = 1; seed <= 20; seed++) {
      SimCluster cluster = new SimCluster(seed, 3).awaitReady();
      List<WriteOutcome> outcomes = new ArrayList<>();
      for (int node = 0; node < 2; node++) {
        cluster.write(
            node,
            "b",
            "k",
            Content.json(SimCluster.bytes(Integer.toString(node + 1))),
            null,
            Condition.NONE,
            RequestOptions.NONE,
            outcomes::add);
      }
      cluster.until("both are written", 10_000, () -> outcomes.size() == 2);
      Set<Integer> standing = read(cluster, 2);
      assertThat(standing).as("seed %d", seed).isNotEmpty().isSubsetOf(1, 2);
      assertThat(read(cluster, 0)).isEqualTo(standing);
    }
  }

  @Test
  void aBlindDeleteThroughANodeThatHoldsNothingIsWritten() {
    SimCluster cluster = new SimCluster(3, 3).awaitReady();
    cluster.isolate(2);
    written(cluster.put(0, "b", "k", "1", ""));
    cluster.healAll();
    cluster.runFor(2_000);
    written(cluster.delete(2, "b", "k", null));
    assertThat(read(cluster, 0)).isEmpty();
  }

  @Test
  void aReplicaThatLostPowerDoesNotSayThatThereIsNothing() {
    int bugShows = 0;
    for (long seed = 1; seed <= 20; seed++) {
      assertThat(missesAfterPowerLoss(seed, SimWiring.PLAIN)).as("seed %d", seed).isFalse();
      SimWiring bug = BrokenTransport.changing(Tampering::claimToBeComplete);
      bugShows += missesAfterPowerLoss(seed, bug) ? 1 : 0;
    }
    assertThat(bugShows).as("seeds in which the planted bug shows").isPositive();
  }

  /** Two took a write that was not fsynced; one of them loses it, the third never had it. */
  private static boolean missesAfterPowerLoss(long seed, SimWiring wiring) {
    BucketProperties replicated =
        new BucketProperties(
            3,
            Quorum.QUORUM,
            Quorum.QUORUM,
            Quorum.ZERO,
            Quorum.ZERO,
            Durability.REPLICATED,
            2000,
            BucketProperties.Conflict.SIBLINGS,
            0);
    SimCluster cluster =
        new SimCluster(seed, 3, wiring, SimCluster.Options.PLAIN.withDefaults(replicated))
            .awaitReady();
    cluster.isolate(2);
    written(cluster.put(0, "b", "k", "1", ""));
    cluster.powerLoss(1);
    cluster.healAll();
    cluster.isolate(0);
    cluster.restart(1);
    cluster.runFor(500);
    return cluster.get(2, "b", "k") instanceof ReadOutcome.Missing;
  }

  @Test
  void aWriteIsHandedOnASecondTimeOnlyIfItWasSurelyNotTaken() {
    SimCluster cluster = new SimCluster(5, 5).awaitReady();
    for (int node = 0; node < 5; node++) {
      String context = written(cluster.put(node, "b", "k", Integer.toString(node), null));
      assertThat(read(cluster, (node + 1) % 5)).containsExactly(node);
      written(cluster.delete(node, "b", "k", context));
      assertThat(read(cluster, (node + 2) % 5)).isEmpty();
    }
  }

  @Test
  void ofManyCreationsInARowOnlyTheFirstSucceeds() {
    SimCluster cluster = new SimCluster(6, 3).awaitReady();
    written(create(cluster, 0, "1"));
    for (int node = 0; node < 3; node++) {
      WriteOutcome second = create(cluster, node, "2");
      assertThat(second).isInstanceOf(WriteOutcome.Rejected.class);
      assertThat(((WriteOutcome.Rejected) second).rejection().outcome())
          .isEqualTo(Rejection.Outcome.NONE);
    }
    assertThat(read(cluster, 2)).containsExactly(1);
  }

  private static WriteOutcome create(SimCluster cluster, int node, String value) {
    return cluster.ask(
        done ->
            cluster.write(
                node,
                "b",
                "k",
                Content.json(SimCluster.bytes(value)),
                null,
                Condition.ABSENT,
                RequestOptions.NONE,
                done));
  }

  @Test
  void aWriteThatRacesWithTheFoundingIsRefusedOrKept() {
    long kept = 0;
    for (long seed = 1; seed <= 30; seed++) {
      SimCluster cluster = new SimCluster(seed, 3);
      History history = new History();
      for (int millis = 0; millis < 1_500; millis += 20) {
        cluster.runFor(20);
        History.Write write =
            history.begin("k", false, false, Set.of(), cluster.sim().nanoTime(), Promise.QUORUM);
        cluster.write(
            millis / 20 % 3,
            "b",
            "k",
            Content.json(SimCluster.bytes(Integer.toString(write.token))),
            "",
            Condition.NONE,
            RequestOptions.NONE,
            outcome ->
                write.end(
                    outcome instanceof WriteOutcome.Written
                        ? History.Fate.ACKNOWLEDGED
                        : History.Fate.UNKNOWN,
                    cluster.sim().nanoTime()));
      }
      cluster.until("all serve", 60_000, cluster::serving);
      cluster.runFor(3_000);
      assertThat(FrontierOracle.judge(history, "k", read(cluster, 0)))
          .as("seed %d", seed)
          .isEmpty();
      kept += history.acknowledged();
    }
    assertThat(kept).as("writes that were acknowledged").isPositive();
  }
}
