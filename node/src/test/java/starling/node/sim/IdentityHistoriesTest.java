package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import starling.gossip.ProcessIncarnation;
import starling.node.peer.Tampering;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.disk.SimDisk;
import starling.node.sim.fault.BrokenStorage;
import starling.node.sim.fault.BrokenTransport;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.Workload;
import starling.node.storage.CorruptRange;
import starling.node.storage.Durability;
import starling.node.storage.Storage;
import starling.node.version.Actor;
import starling.node.version.Content;
import starling.node.version.Siblings;
import starling.sim.NetworkFaults;
import starling.sim.SplitMix;

/** Histories of data directories that are wiped, replaced by older copies, or run twice. */
class IdentityHistoriesTest {
  private static final int KEYS = 40;

  private static final RequestOptions ONE =
      new RequestOptions(Quorum.ONE, Quorum.ONE, null, null, null, null);

  private static String written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
    return ((WriteOutcome.Written) outcome).context();
  }

  private static void put(SimCluster cluster, int node, String key, int value) {
    written(cluster.put(node, "b", key, Integer.toString(value), null));
  }

  private static void delete(SimCluster cluster, int node, String key) {
    ReadOutcome read = cluster.get(node, "b", key);
    assertThat(read).isInstanceOf(ReadOutcome.Found.class);
    written(cluster.delete(node, "b", key, ((ReadOutcome.Found) read).context()));
  }

  private static void awaitComplete(SimCluster cluster) {
    cluster.awaitReady();
    cluster.until(
        "every partition is complete",
        120_000,
        () -> {
          for (int i = 0; i < cluster.size(); i++) {
            if (cluster.up(i) && cluster.node(i).statistics().incompletePartitions() > 0) {
              return false;
            }
          }
          return true;
        });
  }

  private static long rolledBack(SimCluster cluster, int node) {
    return cluster.node(node).statistics().counters().rolledBack;
  }

  /** Even keys are deleted, odd ones get a new value. */
  private static void changeAll(SimCluster cluster, int node) {
    for (int i = 0; i < KEYS; i++) {
      if (i % 2 == 0) {
        delete(cluster, node, "k" + i);
      } else {
        put(cluster, node, "k" + i, 1000 + i);
      }
    }
  }

  private static void fill(SimCluster cluster) {
    for (int i = 0; i < KEYS; i++) {
      put(cluster, i % cluster.size(), "k" + i, i);
    }
  }

  private static void assertChanged(SimCluster cluster) {
    for (int node = 0; node < cluster.size(); node++) {
      if (!cluster.up(node)) {
        continue;
      }
      for (int i = 0; i < KEYS; i++) {
        List<Integer> expected = i % 2 == 0 ? List.of() : List.of(1000 + i);
        for (RequestOptions options : List.of(RequestOptions.NONE, ONE)) {
          assertThat(Workload.shown(cluster.get(node, "b", "k" + i, null, options)))
              .as("k%d at node %d with %s", i, node, options)
              .containsExactlyElementsOf(expected);
        }
      }
    }
  }

  @Test
  void aFounderWipedAtAnyMomentLeavesNoNodeThatKnowsItsClusterAndNotItsRing() {
    SimCluster.Options slow =
        SimCluster.Options.PLAIN.withWeather(NetworkFaults.NONE.withDelay(50_000_000, 10_000_000));
    for (long millis = 100; millis < 900; millis += 20) {
      SimCluster cluster = new SimCluster(1, 3, SimWiring.PLAIN, slow);
      cluster.runFor(millis);
      cluster.crash(0);
      cluster.wipe(0, true);
      cluster.restart(0);
      cluster.awaitReady();
    }
  }

  @Test
  void aWipedNodeWhoseLogFailsOnceToTellItsEndIsIncompleteAllTheSame() {
    for (int failing = 1; failing <= 4; failing++) {
      AtomicInteger calls = new AtomicInteger(Integer.MIN_VALUE);
      int fails = failing;
      SimWiring wiring =
          new SimWiring() {
            @Override
            public Storage storage(SimProcess process, Storage log) {
              return !process.home.name.equals("n1")
                  ? log
                  : new BrokenStorage(log) {
                    @Override
                    public long durableEnd() {
                      if (calls.incrementAndGet() == fails) {
                        throw new StackOverflowError("planted");
                      }
                      return super.durableEnd();
                    }
                  };
            }
          };
      SimCluster cluster = new SimCluster(7, 3, wiring, SimCluster.Options.PLAIN).awaitReady();
      fill(cluster);
      cluster.runFor(3_000);
      cluster.wipe(1, true);
      calls.set(0);
      cluster.restart(1);
      awaitComplete(cluster);
      for (int i = 0; i < KEYS; i++) {
        assertThat(Workload.shown(cluster.get(1, "b", "k" + i, null, ONE)))
            .as("where call %d fails", failing)
            .containsExactly(i);
      }
    }
  }

  @Test
  void aDirectoryOfAnEarlierLifeRevivesAndLosesNothing() {
    for (long seed = 1; seed <= 5; seed++) {
      SimCluster cluster = new SimCluster(seed, 3).awaitReady();
      fill(cluster);
      SimDisk past = cluster.snapshot(1);
      cluster.runFor(3_000);
      cluster.crash(1);
      cluster.restart(1);
      awaitComplete(cluster);
      changeAll(cluster, 0);
      cluster.runFor(3_000);
      cluster.rollBack(1, past);
      cluster.restart(1);
      awaitComplete(cluster);
      assertThat(rolledBack(cluster, 1)).as("seed %d", seed).isEqualTo(1);
      assertChanged(cluster);
      // Once more from the same copy, and once from its own directory: neither is rolled back.
      cluster.crash(1);
      cluster.restart(1);
      awaitComplete(cluster);
      assertThat(rolledBack(cluster, 1)).isZero();
      cluster.rollBack(1, past);
      cluster.restart(1);
      awaitComplete(cluster);
      assertThat(rolledBack(cluster, 1)).isEqualTo(1);
      assertChanged(cluster);
    }
  }

  @Test
  void aDirectoryOfTheSameLifeIsKnownByItsLog() {
    SimCluster cluster = new SimCluster(7, 3).awaitReady();
    fill(cluster);
    SimDisk past = cluster.snapshot(1);
    changeAll(cluster, 0);
    cluster.runFor(5_000);
    cluster.rollBack(1, past);
    cluster.restart(1);
    awaitComplete(cluster);
    assertThat(rolledBack(cluster, 1)).isEqualTo(1);
    assertChanged(cluster);
  }

  @Test
  void aRollbackWithinOneLifeIsKnownAlsoBesideDamage() throws IOException {
    assertThat(rollbacksBesideDamage(SimWiring.PLAIN)).isEqualTo(1);
    assertThat(rollbacksBesideDamage(PlantedBug.damageHidesARollback())).isZero();
  }

  private static long rollbacksBesideDamage(SimWiring wiring) throws IOException {
    SimCluster cluster = new SimCluster(20, 3, wiring, SimCluster.Options.PLAIN).awaitReady();
    fill(cluster);
    cluster.runFor(5_000);
    // Behind what the index covers, so that opening reads it; and not the last that was written.
    put(cluster, 1, "rots", 77_665_544);
    cluster.runFor(100);
    put(cluster, 1, "later", 1);
    cluster.runFor(100);
    put(cluster, 1, "last", 1);
    cluster.runFor(100);
    SimDisk past = cluster.snapshot(1);
    RecoveryHistoriesTest.rot(past, "77665544");
    changeAll(cluster, 0);
    cluster.runFor(5_000);
    cluster.rollBack(1, past);
    cluster.restart(1);
    assertThat(cluster.home(1).process().storage.recovery().corruptRanges()).isNotEmpty();
    awaitComplete(cluster);
    assertChanged(cluster);
    return rolledBack(cluster, 1);
  }

  @Test
  void anOldCopyThatHearsNobodyServesAfterAWhileAndIsComparedWhenItHears() {
    SimCluster cluster = new SimCluster(8, 3).awaitReady();
    fill(cluster);
    SimDisk past = cluster.snapshot(1);
    changeAll(cluster, 0);
    cluster.runFor(5_000);
    cluster.rollBack(1, past);
    cluster.isolate(1);
    cluster.restart(1);
    cluster.runFor(4_000);
    assertThat(cluster.node(1).notReady()).contains("peers remember");
    assertThat(cluster.get(1, "b", "k0", null, ONE)).isInstanceOf(ReadOutcome.Rejected.class);
    cluster.runFor(2_000);
    assertThat(cluster.node(1).notReady()).isNull();
    assertThat(rolledBack(cluster, 1)).isZero();
    cluster.healAll();
    cluster.until("it is noticed", 60_000, () -> rolledBack(cluster, 1) == 1);
    awaitComplete(cluster);
    cluster.runFor(10_000);
    assertThat(rolledBack(cluster, 1)).isEqualTo(1);
    assertChanged(cluster);
    cluster.crash(1);
    cluster.restart(1);
    awaitComplete(cluster);
    assertThat(rolledBack(cluster, 1)).isZero();
    assertThat(cluster.halts()).isEmpty();
  }

  @Test
  void aDirectoryOfNothingButItsIdIsFilledAgain() {
    SimCluster cluster = new SimCluster(9, 3).awaitReady();
    fill(cluster);
    changeAll(cluster, 0);
    UUID id = cluster.home(1).id;
    cluster.wipe(1, true);
    cluster.restart(1);
    awaitComplete(cluster);
    assertThat(cluster.home(1).id).isEqualTo(id);
    assertThat(rolledBack(cluster, 1)).isEqualTo(1);
    assertChanged(cluster);
    // What was filled in is as good as what was there: the others may go.
    cluster.crash(0);
    cluster.runFor(1_000);
    assertThat(Workload.shown(cluster.get(1, "b", "k1"))).containsExactly(1001);
  }

  @Test
  void aNodeThatLostItsDirectoryComesBackAsAnother() {
    SimCluster cluster = new SimCluster(10, 3).awaitReady();
    fill(cluster);
    changeAll(cluster, 0);
    UUID id = cluster.home(1).id;
    cluster.wipe(1, false);
    cluster.restart(1);
    cluster.runFor(10_000);
    assertThat(cluster.home(1).id).isNotEqualTo(id);
    assertThat(cluster.node(1).notReady()).contains("owns no part of the ring");
    assertChanged(cluster);
  }

  @Test
  void aClusterThatWentBackTogetherDropsNothing() {
    SimCluster cluster = new SimCluster(11, 3).awaitReady();
    fill(cluster);
    cluster.runFor(5_000);
    List<SimDisk> past = List.of(cluster.snapshot(0), cluster.snapshot(1), cluster.snapshot(2));
    changeAll(cluster, 0);
    for (int i = 0; i < 3; i++) {
      cluster.crash(i);
    }
    for (int i = 0; i < 3; i++) {
      cluster.rollBack(i, past.get(i));
      cluster.restart(i);
    }
    awaitComplete(cluster);
    for (int i = 0; i < KEYS; i++) {
      assertThat(Workload.shown(cluster.get(i % 3, "b", "k" + i))).containsExactly(i);
    }
    for (int i = 0; i < 3; i++) {
      assertThat(rolledBack(cluster, i)).isZero();
    }
  }

  @Test
  void anOldCopyIsKeptAndComparedWhereTheOthersAreNotComplete() {
    SimCluster cluster = new SimCluster(12, 3).awaitReady();
    fill(cluster);
    SimDisk past = cluster.snapshot(1);
    cluster.runFor(3_000);
    cluster.crash(1);
    cluster.restart(1);
    awaitComplete(cluster);
    changeAll(cluster, 0);
    cluster.runFor(3_000);
    cluster.crash(2);
    cluster.rollBack(1, past);
    cluster.restart(1);
    cluster.runFor(8_000);
    assertThat(cluster.node(1).notReady()).contains("was rolled back");
    cluster.until("it serves", 10_000, () -> cluster.node(1).notReady() == null);
    assertThat(cluster.home(1).process().storage.isEmpty()).isFalse();
    assertThat(cluster.node(1).statistics().incompletePartitions()).isPositive();
    // What it lacks is remembered: another start makes nothing better.
    cluster.crash(1);
    cluster.restart(1);
    cluster.until("it serves again", 10_000, () -> cluster.node(1).notReady() == null);
    assertThat(rolledBack(cluster, 1)).isZero();
    assertThat(cluster.node(1).statistics().incompletePartitions()).isPositive();
    cluster.restart(2);
    awaitComplete(cluster);
    assertChanged(cluster);
  }

  /** The loss of something of every partition, as a damaged record's head tells it. */
  private static void loseSomething(SimCluster cluster, int node) {
    cluster.node(node).onCorruptRange(new CorruptRange(1, 0, 1, null, "a test"));
  }

  private static SimCluster.Options keeping(int n) {
    BucketChange change = new BucketChange(n, null, null, null, null, null, null, null);
    return SimCluster.Options.PLAIN.withDefaults(change.apply(BucketProperties.DEFAULT));
  }

  @Test
  void whoWasNotHeardMayBeTheOnlyOtherOneThatTookAWrite() {
    RequestOptions two = new RequestOptions(null, Quorum.of(2), null, null, null, null);
    SimCluster cluster = new SimCluster(17, 5, SimWiring.PLAIN, keeping(5)).awaitReady();
    for (int other = 0; other < 3; other++) {
      cluster.cut(other, 3);
      cluster.cut(other, 4);
    }
    List<WriteOutcome> outcomes = new ArrayList<>();
    cluster.write(
        3, "b", "k", Content.json(SimCluster.bytes("1")), "", Condition.NONE, two, outcomes::add);
    cluster.until("two took it", 10_000, () -> !outcomes.isEmpty());
    assertThat(outcomes.get(0)).isInstanceOf(WriteOutcome.Written.class);
    cluster.crash(4);
    cluster.wipe(3, true);
    cluster.healAll();
    cluster.restart(3);
    cluster.runFor(30_000);
    assertThat(cluster.node(3).statistics().incompletePartitions()).isPositive();
    cluster.restart(4);
    awaitComplete(cluster);
    RequestOptions all = new RequestOptions(Quorum.of(5), null, null, null, null, null);
    assertThat(Workload.shown(cluster.get(0, "b", "k", null, all))).containsExactly(1);
    Map<String, Siblings> held = new HashMap<>();
    for (ReplicaReport.Holding each : cluster.replicas(0, "b", "k").replicas()) {
      held.put(each.node(), each.siblings());
    }
    assertThat(held.get("n3")).isNotNull().isEqualTo(held.get("n4"));
  }

  @Test
  void thoseThatAreComparedWithNeedNotAllBeThereAtOneTime() {
    SimCluster cluster = new SimCluster(18, 5, SimWiring.PLAIN, keeping(5)).awaitReady();
    cluster.cut(0, 1);
    cluster.runFor(20_000);
    loseSomething(cluster, 0);
    cluster.runFor(120_000);
    assertThat(cluster.node(0).statistics().incompletePartitions()).isPositive();
    cluster.healAll();
    cluster.cut(0, 2);
    cluster.until(
        "all have been heard",
        120_000,
        () -> cluster.node(0).statistics().incompletePartitions() == 0);
  }

  @Test
  void whoComparesKeepsTheHintsOfBucketsWithFewerReplicas() {
    for (long seed = 1; seed <= 5; seed++) {
      SimCluster cluster = new SimCluster(seed, 5, SimWiring.PLAIN, keeping(5)).awaitReady();
      BucketOutcome three =
          cluster.changeBucket(
              0, "b", new BucketChange(3, null, null, null, null, null, null, null));
      assertThat(three).isInstanceOf(BucketOutcome.Changed.class);
      List<Integer> primaries = cluster.primaries("b", "k");
      List<Integer> others = cluster.others(primaries);
      assertThat(primaries).hasSize(3);
      primaries.forEach(cluster::crash);
      cluster.runFor(1_000);
      // Each of the two keeps a write of its own for the primaries.
      cluster.isolate(others.get(0));
      one(cluster, others.get(0), 1);
      one(cluster, others.get(1), 2);
      cluster.healAll();
      others.forEach(other -> loseSomething(cluster, other));
      cluster.runFor(20_000);
      primaries.forEach(cluster::restart);
      cluster.awaitReady();
      awaitComplete(cluster);
      cluster.until(
          "all hints are delivered",
          60_000,
          () ->
              others.stream().allMatch(other -> cluster.node(other).statistics().hintsHeld() == 0));
      assertThat(Workload.shown(cluster.get(primaries.get(0), "b", "k")))
          .as("seed %d", seed)
          .containsExactly(1, 2);
    }
  }

  private static void one(SimCluster cluster, int node, int value) {
    List<WriteOutcome> outcomes = new ArrayList<>();
    cluster.write(
        node,
        "b",
        "k",
        Content.json(SimCluster.bytes(Integer.toString(value))),
        "",
        Condition.NONE,
        new RequestOptions(null, Quorum.ONE, null, null, null, null),
        outcomes::add);
    cluster.until("it is written", 10_000, () -> !outcomes.isEmpty());
    assertThat(outcomes.get(0)).isInstanceOf(WriteOutcome.Written.class);
  }

  @Test
  void whoHasLostAHintMakesItsNextEventAsAnother() {
    SimCluster cluster = new SimCluster(3, 5).awaitReady();
    List<Integer> primaries = cluster.primaries("b", "k");
    List<Integer> others = cluster.others(primaries);
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    one(cluster, others.get(0), 1);
    others.forEach(other -> loseSomething(cluster, other));
    one(cluster, others.get(0), 2);
    Set<Actor> actors = new HashSet<>();
    primaries.forEach(cluster::restart);
    awaitComplete(cluster);
    cluster.until(
        "all hints are delivered",
        60_000,
        () -> others.stream().allMatch(other -> cluster.node(other).statistics().hintsHeld() == 0));
    ReadOutcome read = cluster.get(others.get(1), "b", "k");
    assertThat(Workload.shown(read)).containsExactly(1, 2);
    ((ReadOutcome.Found) read).values().forEach(version -> actors.add(version.dot().actor()));
    assertThat(actors).hasSize(2);
  }

  @Test
  void aReplicaThatWentBackDoesNotSayThatThereIsNothing() {
    SimWiring trusting = PlantedBug.trustsOldCopies();
    SimWiring boasting = BrokenTransport.changing(Tampering::claimToBeComplete);
    for (boolean wiped : new boolean[] {false, true}) {
      int trustShows = 0;
      int boastShows = 0;
      for (long seed = 1; seed <= 10; seed++) {
        assertThat(missesAfterRollBack(seed, wiped, SimWiring.PLAIN))
            .as("seed %d, wiped %s", seed, wiped)
            .isFalse();
        trustShows += missesAfterRollBack(seed, wiped, trusting) ? 1 : 0;
        boastShows += missesAfterRollBack(seed, wiped, boasting) ? 1 : 0;
      }
      assertThat(trustShows).as("seeds in which an old copy is trusted").isPositive();
      assertThat(boastShows).as("seeds in which an incomplete one counts").isPositive();
    }
  }

  /** Two took a write; one of them went back before it, the third never had it. */
  private static boolean missesAfterRollBack(long seed, boolean wiped, SimWiring wiring) {
    SimCluster cluster = new SimCluster(seed, 3, wiring, SimCluster.Options.PLAIN).awaitReady();
    cluster.runFor(3_000);
    SimDisk past = cluster.snapshot(1);
    cluster.cut(0, 2);
    put(cluster, 0, "k", 1);
    cluster.runFor(4_000);
    cluster.isolate(0);
    if (wiped) {
      cluster.wipe(1, true);
    } else {
      cluster.rollBack(1, past);
    }
    cluster.restart(1);
    for (int i = 0; i < 20; i++) {
      cluster.runFor(1_000);
      if (cluster.get(2, "b", "k") instanceof ReadOutcome.Missing) {
        return true;
      }
    }
    cluster.healAll();
    awaitComplete(cluster);
    assertThat(Workload.shown(cluster.get(1, "b", "k"))).containsExactly(1);
    return false;
  }

  @Test
  void twoOfThreeThatWentBackLoseNothing() {
    SimCluster cluster = new SimCluster(15, 3).awaitReady();
    fill(cluster);
    List<SimDisk> past = List.of(cluster.snapshot(0), cluster.snapshot(1));
    changeAll(cluster, 2);
    cluster.runFor(5_000);
    for (int i = 0; i < 2; i++) {
      cluster.rollBack(i, past.get(i));
      cluster.restart(i);
    }
    cluster.runFor(1_000);
    awaitComplete(cluster);
    assertThat(rolledBack(cluster, 0)).isEqualTo(1);
    assertThat(rolledBack(cluster, 1)).isEqualTo(1);
    assertChanged(cluster);
  }

  @Test
  void aDamagedMemoryOfItselfIsNoProofOfThePast() throws IOException {
    SimCluster cluster = new SimCluster(16, 3).awaitReady();
    fill(cluster);
    changeAll(cluster, 0);
    cluster.runFor(3_000);
    cluster.crash(1);
    SimDisk disk = cluster.home(1).disk();
    String name =
        disk.files().stream().filter(file -> file.endsWith("meta/shown")).findAny().orElseThrow();
    byte[] bytes = disk.bytes(name);
    bytes[bytes.length / 2] ^= 1;
    disk.replace(name, bytes);
    cluster.restart(1);
    cluster.until("it serves", 10_000, () -> cluster.node(1).notReady() == null);
    assertThat(rolledBack(cluster, 1)).isZero();
    assertThat(cluster.home(1).process().storage.isEmpty()).isFalse();
    awaitComplete(cluster);
    assertChanged(cluster);
  }

  @Test
  void aTrustedCopyKeepsWhatItHoldsAndIsCompared() {
    SimCluster cluster = new SimCluster(13, 3).awaitReady();
    fill(cluster);
    SimDisk past = cluster.snapshot(1);
    changeAll(cluster, 0);
    cluster.runFor(5_000);
    cluster.crash(2);
    cluster.rollBack(1, past);
    cluster.home(1).acceptStaleData();
    cluster.restart(1);
    cluster.until("it serves", 60_000, () -> cluster.node(1).notReady() == null);
    assertThat(cluster.home(1).process().storage.isEmpty()).isFalse();
    assertThat(rolledBack(cluster, 1)).isEqualTo(1);
    cluster.restart(2);
    awaitComplete(cluster);
    assertChanged(cluster);
  }

  @Test
  void ofTwoProcessesOnOneDirectoryOneEndsAndNothingIsLost() {
    for (long seed = 1; seed <= 5; seed++) {
      SimCluster cluster = new SimCluster(seed, 3).awaitReady();
      fill(cluster);
      SimDisk past = cluster.snapshot(1);
      changeAll(cluster, 0);
      cluster.runFor(3_000);
      SimNode twin = cluster.twin(1, past);
      cluster.until("one of them ends", 60_000, () -> !cluster.halts().isEmpty());
      cluster.runFor(30_000);
      assertThat(cluster.halts()).as("seed %d", seed).hasSize(1);
      boolean original = cluster.halts().get(0).startsWith("n1:");
      assertThat(cluster.node(1).notReady() == null).isNotEqualTo(original);
      // The original is started again, alone.
      twin.kill();
      cluster.crash(1);
      cluster.runFor(1_000);
      cluster.restart(1);
      awaitComplete(cluster);
      assertChanged(cluster);
    }
  }

  @Test
  void aCopyThatRanWhileTheOriginalWasDownLosesNothing() {
    SimCluster cluster = new SimCluster(14, 3).awaitReady();
    fill(cluster);
    cluster.crash(1);
    SimNode twin = cluster.twin(1, cluster.snapshot(1));
    cluster.until("the copy serves", 60_000, () -> twin.process().node.notReady() == null);
    changeAll(cluster, 0);
    cluster.runFor(3_000);
    cluster.restart(1);
    cluster.until("one of them ends", 120_000, () -> !cluster.halts().isEmpty());
    cluster.runFor(10_000);
    assertThat(cluster.halts()).hasSize(1);
    if (twin.up()) {
      twin.kill();
    }
    cluster.crash(1);
    cluster.runFor(1_000);
    cluster.restart(1);
    awaitComplete(cluster);
    assertChanged(cluster);
  }

  @Test
  void aLateWordOfAnEarlierLifeIsNoSignThatItLives() {
    for (long seed = 1; seed <= 10; seed++) {
      SimCluster cluster = new SimCluster(seed, 5).awaitReady();
      SimDisk past = cluster.snapshot(0);
      for (int life = 0; life < 3; life++) {
        cluster.crash(0);
        cluster.restart(0);
        awaitComplete(cluster);
        cluster.runFor(3_000);
      }
      // Only one node gets the last durable marks of the process, and it is paused meanwhile.
      cluster.home(4).pause();
      for (int other = 1; other < 4; other++) {
        cluster.network().cut(cluster.address(0), cluster.address(other));
      }
      cluster.runFor(900);
      cluster.healAll();
      cluster.rollBack(0, past);
      cluster.restart(0);
      cluster.runFor(4_000);
      cluster.home(4).resume();
      cluster.runFor(20_000);
      assertThat(cluster.halts()).as("seed %d", seed).isEmpty();
      awaitComplete(cluster);
    }
  }

  /** How long a connection may be silent before its peer closes it. */
  private static final long CONNECTION_SILENCE_NANOS = 20_000_000_000L;

  /**
   * Kills a node, leaves nothing but its id, starts it again, and lets a peer reject it for as long
   * as it may hold the connection of the killed process.
   */
  private static SimCluster wipedAfter(long delayMillis, SimWiring wiring) {
    SimCluster cluster = new SimCluster(19, 3, wiring, SimCluster.Options.PLAIN).awaitReady();
    put(cluster, 0, "k", 1);
    cluster.crash(1);
    cluster.restart(1);
    awaitComplete(cluster);
    cluster.runFor(3_000);
    ProcessIncarnation killed = cluster.node(1).life();
    cluster.wipe(1, true);
    long killedNanos = cluster.sim().nanoTime();
    cluster.runFor(delayMillis);
    cluster.restart(1);
    while (cluster.sim().nanoTime() - killedNanos < CONNECTION_SILENCE_NANOS) {
      if (killed.outranks(cluster.node(1).life())) {
        cluster.home(1).process().rejectedFor(killed, CONNECTION_SILENCE_NANOS);
      }
      cluster.runFor(400);
    }
    return cluster;
  }

  @Test
  void aWipedNodeThatStartsAtOnceWaitsUntilItsLastProcessIsKnownToBeDead() {
    for (long delayMillis = 0; delayMillis <= 3_000; delayMillis += 100) {
      SimCluster cluster = wipedAfter(delayMillis, SimWiring.PLAIN);
      assertThat(cluster.halts()).as("started after %d ms", delayMillis).isEmpty();
      awaitComplete(cluster);
      assertThat(Workload.shown(cluster.get(1, "b", "k"))).containsExactly(1);
    }
    assertThat(wipedAfter(500, PlantedBug.staleRivalsCount()).halts()).hasSize(1);
  }

  @Test
  void noLossOfPowerLooksLikeThePast() {
    long seeds = Long.getLong("starling.identity.seeds", 200);
    for (long seed = 1; seed <= seeds; seed++) {
      SplitMix chance = new SplitMix(seed);
      SimCluster cluster = new SimCluster(seed, 3, SimWiring.PLAIN, optionsOf(seed)).awaitReady();
      for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 12; i++) {
          int node = chance.nextInt(3);
          cluster.put(node, "b", "k" + chance.nextInt(8), Integer.toString(i), null);
          if (chance.nextInt(3) == 0) {
            cluster.runFor(chance.nextInt(3_000));
          }
        }
        boolean all = chance.nextInt(3) == 0;
        for (int node = 0; node < 3; node++) {
          if (all || chance.nextInt(3) == 0) {
            if (chance.nextBoolean()) {
              cluster.powerLoss(node);
            } else {
              cluster.crash(node);
            }
          }
        }
        cluster.runFor(chance.nextInt(2_000));
        for (int node = 0; node < 3; node++) {
          if (!cluster.up(node)) {
            cluster.restart(node);
          }
        }
        cluster.awaitReady();
        for (int node = 0; node < 3; node++) {
          assertThat(rolledBack(cluster, node)).as("seed %d, node %d", seed, node).isZero();
        }
      }
      assertThat(cluster.halts()).as("seed %d", seed).isEmpty();
    }
  }

  /** Every other seed writes without waiting for an fsync. */
  private static SimCluster.Options optionsOf(long seed) {
    Durability durability = seed % 2 == 0 ? Durability.SYNCED : Durability.REPLICATED;
    return SimCluster.Options.PLAIN.withDefaults(
        BucketProperties.DEFAULT.with(
            new RequestOptions(null, null, null, null, null, durability)));
  }
}
