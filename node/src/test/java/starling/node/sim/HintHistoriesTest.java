package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import starling.node.config.NodeLimits;
import starling.node.peer.Tampering;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.sim.fault.BrokenStorage;
import starling.node.sim.fault.BrokenTransport;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.ClientBehavior;
import starling.node.sim.workload.Workload;
import starling.node.version.Content;
import starling.sim.NetworkFaults;
import starling.wire.ProblemKind;

/** Histories of five nodes in which primaries are down and fallbacks take their writes. */
class HintHistoriesTest {
  private static final RequestOptions ONE =
      new RequestOptions(Quorum.ONE, Quorum.ONE, null, null, null, null);

  private static final RequestOptions ALL =
      new RequestOptions(Quorum.ALL, null, null, null, null, null);

  private List<Integer> primaries = List.of();
  private List<Integer> others = List.of();

  private SimCluster cluster(long seed) {
    return cluster(seed, SimWiring.PLAIN, SimCluster.Options.PLAIN);
  }

  private SimCluster cluster(long seed, SimWiring wiring, SimCluster.Options options) {
    SimCluster cluster = new SimCluster(seed, 5, wiring, options).awaitReady();
    primaries = cluster.primaries("b", "k");
    others = cluster.others(primaries);
    assertThat(primaries).hasSize(3);
    return cluster;
  }

  private static String written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
    return ((WriteOutcome.Written) outcome).context();
  }

  private static Rejection refusal(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Rejected.class);
    return ((WriteOutcome.Rejected) outcome).rejection();
  }

  private static Rejection refusal(ReadOutcome outcome) {
    assertThat(outcome).isInstanceOf(ReadOutcome.Rejected.class);
    return ((ReadOutcome.Rejected) outcome).rejection();
  }

  private static void awaitHome(SimCluster cluster) {
    cluster.until(
        "all hints are delivered",
        60_000,
        () ->
            IntStream.range(0, cluster.size())
                .allMatch(
                    i -> !cluster.up(i) || cluster.node(i).statistics().hintPartitions() == 0));
    // A hint that was let go is seen until its removal is durable.
    cluster.runFor(1_000);
  }

  private static long hints(SimCluster cluster) {
    long hints = 0;
    for (int i = 0; i < cluster.size(); i++) {
      hints += cluster.up(i) ? cluster.node(i).statistics().hintsHeld() : 0;
    }
    return hints;
  }

  /** Names of those that hold these values and nothing else, primaries first. */
  private static List<String> holders(SimCluster cluster, int node, Integer... tokens) {
    ReplicaReport report = cluster.replicas(node, "b", "k");
    List<String> holders = new ArrayList<>();
    for (ReplicaReport.Holding holding : report.replicas()) {
      if (holding.siblings() != null
          && Workload.tokens(holding.siblings().values()).equals(Set.of(tokens))) {
        holders.add(holding.node() + (holding.primary() ? "" : " for another"));
      }
    }
    return holders;
  }

  @Test
  void whatFallbacksTookForPrimariesThatWereAwayComesHome() {
    SimCluster cluster = cluster(1);
    cluster.crash(primaries.get(1));
    cluster.crash(primaries.get(2));
    cluster.runFor(1_000);
    for (int node : List.of(primaries.get(0), others.get(0), others.get(1))) {
      written(cluster.put(node, "b", "k", Integer.toString(node), null));
      assertThat(Workload.shown(cluster.get(node, "b", "k"))).containsExactly(node);
    }
    int last = others.get(1);
    cluster.runFor(4_000);
    assertThat(holders(cluster, last, last))
        .containsExactlyInAnyOrder(
            cluster.home(primaries.get(0)).name,
            cluster.home(others.get(0)).name + " for another",
            cluster.home(others.get(1)).name + " for another");
    assertThat(hints(cluster)).isEqualTo(2);
    cluster.restart(primaries.get(1));
    cluster.restart(primaries.get(2));
    cluster.awaitReady();
    awaitHome(cluster);
    assertThat(holders(cluster, last, last))
        .containsExactlyInAnyOrderElementsOf(
            primaries.stream().map(i -> cluster.home(i).name).toList());
  }

  @Test
  void whereTheFallbackFallsSilentTheNextOneKeepsTheHint() {
    for (int silent = 0; silent < 2; silent++) {
      SimCluster cluster = cluster(12);
      cluster.crash(primaries.get(2));
      cluster.runFor(1_000);
      cluster.isolate(others.get(silent));
      written(cluster.put(primaries.get(0), "b", "k", "1", ""));
      cluster.runFor(10_000);
      assertThat(hints(cluster)).isEqualTo(1);
      cluster.healAll();
      cluster.restart(primaries.get(2));
      cluster.awaitReady();
      awaitHome(cluster);
      assertThat(holders(cluster, primaries.get(0), 1))
          .containsExactlyInAnyOrderElementsOf(
              primaries.stream().map(i -> cluster.home(i).name).toList());
    }
  }

  @Test
  void withEveryPrimaryAwayFallbacksMakeTheEventAndAnswerReads() {
    SimCluster cluster = cluster(2);
    written(cluster.put(0, "b", "k", "1", ""));
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    String context = written(cluster.put(others.get(0), "b", "k", "2", ""));
    assertThat(Workload.shown(cluster.get(others.get(1), "b", "k"))).containsExactly(2);
    written(cluster.put(others.get(1), "b", "k", "3", context));
    assertThat(Workload.shown(cluster.get(others.get(0), "b", "k"))).containsExactly(3);
    primaries.forEach(cluster::restart);
    cluster.awaitReady();
    awaitHome(cluster);
    assertThat(Workload.shown(cluster.get(primaries.get(0), "b", "k"))).containsExactly(1, 3);
  }

  @Test
  void hintsSurviveARestartOfWhoKeepsThem() {
    SimCluster cluster = cluster(3);
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    written(cluster.put(others.get(0), "b", "k", "1", ""));
    others.forEach(cluster::powerLoss);
    cluster.runFor(1_000);
    others.forEach(cluster::restart);
    primaries.forEach(cluster::restart);
    cluster.awaitReady();
    awaitHome(cluster);
    assertThat(holders(cluster, 0, 1)).as("each of two had a hint for one primary").hasSize(3);
  }

  @Test
  void aHintGoesWhenItIsHeldWhereItBelongsAndNotBefore() {
    assertThat(afterAllPrimariesWereAway(PlantedBug.firstHintsAreLost(false))).containsExactly(1);
    assertThat(afterAllPrimariesWereAway(PlantedBug.firstHintsAreLost(true)))
        .as("the planted bug shows")
        .isEmpty();
  }

  private Set<Integer> afterAllPrimariesWereAway(SimWiring wiring) {
    SimCluster cluster = cluster(11, wiring, SimCluster.Options.PLAIN);
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    written(cluster.put(others.get(0), "b", "k", "1", ""));
    primaries.forEach(cluster::restart);
    cluster.awaitReady();
    awaitHome(cluster);
    return Workload.shown(cluster.get(primaries.get(0), "b", "k", null, ALL));
  }

  @Test
  void aHintThatHasChangedSinceItWasSentStays() {
    assertThat(afterItChangedOnItsWay(PlantedBug.firstHintsAreLost(false))).containsExactly(1, 2);
    assertThat(afterItChangedOnItsWay(PlantedBug.changedHintsAreLetGo()))
        .as("the planted bug shows")
        .containsExactly(1);
  }

  /** Primaries come, a hint sets out, they go before they have it, and it is added to. */
  private Set<Integer> afterItChangedOnItsWay(SimWiring wiring) {
    SimCluster cluster = cluster(11, wiring, SimCluster.Options.PLAIN);
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    written(cluster.put(others.get(0), "b", "k", "1", ""));
    primaries.forEach(cluster::restart);
    cluster.awaitReady();
    cluster.runFor(3_000);
    assertThat(hints(cluster)).as("two fallbacks took it, and wait for an answer").isEqualTo(2);
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    written(cluster.put(others.get(0), "b", "k", "2", ""));
    primaries.forEach(cluster::restart);
    cluster.awaitReady();
    awaitHome(cluster);
    return Workload.shown(cluster.get(primaries.get(0), "b", "k", null, ALL));
  }

  @Test
  void anEmptyFallbackNeverSaysThatNothingIsThere() {
    SimCluster cluster = cluster(4);
    written(cluster.put(0, "b", "k", "1", ""));
    cluster.runFor(100);
    cluster.crash(primaries.get(0));
    cluster.crash(primaries.get(1));
    cluster.runFor(1_000);
    for (int node : List.of(primaries.get(2), others.get(0), others.get(1))) {
      assertThat(refusal(cluster.get(node, "b", "k")).kind()).isEqualTo(ProblemKind.UNAVAILABLE);
      assertThat(Workload.shown(cluster.get(node, "b", "k", null, ONE))).containsExactly(1);
    }
  }

  @Test
  void whereAllWhoHoldItAreAwayAnEmptyFallbackDoesNotMakeItMissing() {
    assertThat(missedAtThoseWhoNeverHadIt(SimWiring.PLAIN)).isFalse();
    SimWiring bug = BrokenTransport.changing(Tampering::nothingCounts);
    assertThat(missedAtThoseWhoNeverHadIt(bug)).as("the planted bug shows").isTrue();
  }

  /** Two primaries took a write and went away with it; the third and the fallbacks are there. */
  private boolean missedAtThoseWhoNeverHadIt(SimWiring wiring) {
    SimCluster cluster = cluster(4, wiring, SimCluster.Options.PLAIN);
    int without = primaries.get(2);
    cluster.isolate(without);
    written(cluster.put(primaries.get(0), "b", "k", "1", ""));
    cluster.crash(primaries.get(0));
    cluster.crash(primaries.get(1));
    cluster.healAll();
    cluster.runFor(10_000);
    assertThat(hints(cluster)).as("no fallback took it").isZero();
    boolean missed = false;
    for (int node : List.of(without, others.get(0), others.get(1))) {
      missed |= cluster.get(node, "b", "k") instanceof ReadOutcome.Missing;
    }
    return missed;
  }

  @Test
  void withEveryPrimaryCutOffForTenTimesTheirAgeHintsStillComeHome() {
    assertThat(afterTenAges(SimWiring.PLAIN)).isTrue();
    assertThat(afterTenAges(PlantedBug.hintsMakeRoomForHints()))
        .as("they do with the planted bug")
        .isFalse();
  }

  /** Whether all that was written on either side of a cut is there when the cut is long over. */
  private boolean afterTenAges(SimWiring wiring) {
    int age = 20_000;
    NodeLimits limits = new NodeLimits(4096, 1 << 16, 50, 1 << 20, age);
    SimCluster cluster = cluster(7, wiring, SimCluster.Options.PLAIN.withLimits(limits));
    int keys = 10;
    for (int primary : primaries) {
      others.forEach(other -> cluster.cut(primary, other));
    }
    cluster.runFor(10_000);
    for (int i = 0; i < keys; i++) {
      String key = i == 0 ? "k" : "key" + i;
      written(cluster.put(others.get(i % 2), "b", key, "1", ""));
      written(cluster.put(primaries.get(i % 3), "b", key, "2", ""));
      cluster.runFor(age);
    }
    others.forEach(cluster::powerLoss);
    others.forEach(cluster::restart);
    cluster.healAll();
    cluster.awaitReady();
    awaitHome(cluster);
    boolean all = true;
    for (int i = 0; i < keys; i++) {
      String key = i == 0 ? "k" : "key" + i;
      ReadOutcome read = cluster.get(i % 5, "b", key, null, ALL);
      all &= Workload.shown(read).equals(Set.of(1, 2));
    }
    return all;
  }

  @Test
  void hintsThatCannotBeReadKeepNoOthersFromHome() {
    SimWiring wiring =
        SimWiring.withStorage(
            log ->
                new BrokenStorage.HasUnreadableHints(
                    log, key -> key.bytes()[key.bytes().length - 1] == '7'));
    SimCluster cluster = cluster(13, wiring, SimCluster.Options.PLAIN);
    int away = primaries.get(0);
    cluster.crash(away);
    cluster.runFor(1_000);
    int keys = 60;
    for (int i = 0; i < keys; i++) {
      written(cluster.put(others.get(0), "b", "key" + i, "1", ""));
    }
    cluster.runFor(5_000);
    assertThat(hints(cluster)).isGreaterThan(keys / 4);
    // The nodes that hold them count them again, too.
    others.forEach(cluster::crash);
    others.forEach(cluster::restart);
    cluster.restart(away);
    cluster.awaitReady();
    cluster.runFor(30_000);
    assertThat(hints(cluster)).as("of keys that end so").isBetween(1L, keys / 10L);
    for (int i = 0; i < keys; i++) {
      if (i % 10 != 7) {
        for (ReplicaReport.Holding holding : cluster.replicas(away, "b", "key" + i).replicas()) {
          assertThat(holding.primary()).as("of key %d", i).isTrue();
          assertThat(holding.siblings()).isNotNull();
          assertThat(Workload.tokens(holding.siblings().values())).containsExactly(1);
        }
      }
    }
  }

  @Test
  void whoBringsItsContextReadsItsWriteOrHearsThatItCannotYet() {
    for (long seed = 1; seed <= 10; seed++) {
      SimCluster cluster = cluster(seed);
      primaries.forEach(cluster::crash);
      cluster.runFor(1_000);
      String context = written(cluster.put(others.get(0), "b", "k", "1", "", ONE));
      boolean gone = seed % 2 == 0;
      if (gone) {
        others.forEach(cluster::crash);
      }
      primaries.forEach(cluster::restart);
      cluster.until(
          "a primary is ready", 30_000, () -> cluster.node(primaries.get(0)).notReady() == null);
      ReadOutcome read = cluster.get(primaries.get(0), "b", "k", context, RequestOptions.NONE);
      if (read instanceof ReadOutcome.Rejected refused) {
        assertThat(refused.rejection().kind())
            .as("seed %d", seed)
            .isIn(ProblemKind.BEHIND, ProblemKind.UNAVAILABLE, ProblemKind.TIMEOUT);
      } else {
        assertThat(Workload.shown(read)).as("seed %d", seed).containsExactly(1);
      }
    }
  }

  @Test
  void oneDeadAndOneSilentPrimaryCostAWriteNoMoreThanAHedge() {
    SimCluster cluster = cluster(5);
    int dead = primaries.get(0);
    int silent = primaries.get(1);
    cluster.crash(dead);
    cluster.isolate(silent);
    long slowest = 0;
    for (int i = 0; i < 60; i++) {
      int node = List.of(primaries.get(2), others.get(0), others.get(1)).get(i % 3);
      long begun = cluster.sim().nanoTime();
      written(cluster.put(node, "b", "k", Integer.toString(i), null));
      slowest = Math.max(slowest, cluster.sim().nanoTime() - begun);
      cluster.runFor(100);
    }
    assertThat(slowest).isLessThan(400_000_000L);
    Rejection refusal =
        refusal(
            cluster.put(
                primaries.get(2),
                "b",
                "k",
                "100",
                "",
                new RequestOptions(null, null, null, Quorum.ALL, null, null)));
    assertThat(refusal.kind()).isIn(ProblemKind.UNAVAILABLE, ProblemKind.TIMEOUT);
    if (refusal.outcome() == Rejection.Outcome.UNKNOWN) {
      assertThat(refusal.acknowledged()).contains(cluster.home(primaries.get(2)).name);
    }
    cluster.healAll();
    cluster.restart(dead);
    cluster.awaitReady();
    awaitHome(cluster);
    List<String> home = primaries.stream().map(i -> cluster.home(i).name).toList();
    ReadOutcome read = cluster.get(others.get(0), "b", "k");
    assertThat(holders(cluster, others.get(0), Workload.shown(read).toArray(new Integer[0])))
        .containsExactlyInAnyOrderElementsOf(home);
  }

  @Test
  void atItsQuotaAFallbackRefusesAndKeepsWhatItHas() {
    NodeLimits limits = new NodeLimits(4096, 1 << 16, 50, 400, 3_600_000);
    SimCluster cluster = cluster(6, SimWiring.PLAIN, SimCluster.Options.PLAIN.withLimits(limits));
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    written(cluster.put(others.get(0), "b", "k", "1", ""));
    int refused = 0;
    for (int i = 2; i < 20; i++) {
      WriteOutcome outcome = cluster.put(others.get(0), "b", "k", Integer.toString(i), "");
      refused += outcome instanceof WriteOutcome.Rejected ? 1 : 0;
    }
    assertThat(refused).isPositive();
    primaries.forEach(cluster::restart);
    cluster.awaitReady();
    awaitHome(cluster);
    assertThat(Workload.shown(cluster.get(0, "b", "k"))).contains(1);
  }

  @Test
  void manyHintsAtOnceDoNotPassTheQuotaTogether() {
    NodeLimits limits = new NodeLimits(4096, 1 << 16, 50, 400, 3_600_000);
    SimCluster cluster = cluster(6, SimWiring.PLAIN, SimCluster.Options.PLAIN.withLimits(limits));
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    for (int i = 1; i <= 30; i++) {
      Content content = Content.json(SimCluster.bytes(Integer.toString(i)));
      int node = others.get(i % 2);
      cluster.write(
          node, "b", "k", content, "", Condition.NONE, RequestOptions.NONE, outcome -> {});
    }
    cluster.runFor(5_000);
    for (int node : others) {
      assertThat(cluster.node(node).statistics().hintBytes()).isBetween(1L, 400L);
    }
  }

  @Test
  void tenMinutesOfWritesComeHomeSoon() {
    SimCluster cluster = cluster(8);
    int away = primaries.get(0);
    cluster.crash(away);
    cluster.runFor(1_000);
    int keys = 2_000;
    for (int i = 0; i < keys; i++) {
      written(cluster.put(others.get(0), "b", "key" + i, "1", ""));
    }
    assertThat(hints(cluster)).isGreaterThan(keys / 4);
    cluster.restart(away);
    cluster.awaitReady();
    awaitHome(cluster);
  }

  @Test
  void aBlindDeleteOfWhatOnlyHintsHoldIsWritten() {
    assertThat(afterABlindDelete(ClientBehavior.HONEST)).isEmpty();
    assertThat(afterABlindDelete(PlantedBug.sparesDeletesOfNothing()))
        .as("the planted bug shows")
        .containsExactly(1);
  }

  /** Two fallbacks take a put; the primaries come back and are asked to delete it at once. */
  private Set<Integer> afterABlindDelete(ClientBehavior habits) {
    SimCluster cluster = cluster(71);
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    written(cluster.put(others.get(0), "b", "k", "1", null));
    primaries.forEach(cluster::restart);
    int a = primaries.get(0);
    cluster.until("it serves", 60_000, () -> cluster.node(a).notReady() == null);
    WriteRequest delete =
        cluster.request(
            "b", "k", Content.tombstone(), null, Condition.NONE, RequestOptions.NONE, null);
    WriteOutcome deleted = cluster.ask(done -> habits.write(cluster, a, delete, done));
    assertThat(deleted).isInstanceOf(WriteOutcome.Written.class);
    awaitHome(cluster);
    return Workload.shown(cluster.get(a, "b", "k", null, ALL));
  }

  @Test
  void aDeleteThatHasSeenWhatOnlyHintsHoldIsWritten() {
    for (Conflict conflict : Conflict.values()) {
      SimCluster cluster = cluster(9);
      if (conflict != BucketProperties.DEFAULT.conflict()) {
        assertThat(
                cluster.changeBucket(
                    0, "b", new BucketChange(null, null, null, null, null, null, null, conflict)))
            .isInstanceOf(BucketOutcome.Changed.class);
      }
      primaries.forEach(cluster::crash);
      cluster.runFor(1_000);
      String context = written(cluster.put(others.get(0), "b", "k", "1", ""));
      others.forEach(cluster::crash);
      primaries.forEach(cluster::restart);
      cluster.awaitReady();
      written(cluster.delete(primaries.get(0), "b", "k", context));
      others.forEach(cluster::restart);
      cluster.awaitReady();
      awaitHome(cluster);
      assertThat(Workload.shown(cluster.get(primaries.get(0), "b", "k", null, ALL)))
          .as("%s", conflict)
          .isEmpty();
    }
  }

  @Test
  void whileHintsForEverMorePartitionsBeginNoneWaitsForTheLast() {
    SimCluster.Options many =
        new SimCluster.Options(
            BucketProperties.DEFAULT,
            1024,
            1 << 20,
            0,
            20_000_000,
            NetworkFaults.NONE,
            NodeLimits.DEFAULT);
    SimCluster cluster = new SimCluster(10, 5, SimWiring.PLAIN, many).awaitReady();
    cluster.crash(0);
    cluster.crash(1);
    cluster.runFor(10_000);
    long[] slowest = {0};
    int[] answers = {0};
    List<WriteOutcome> refused = new ArrayList<>();
    int writes = 1_500;
    for (int i = 0; i < writes; i++) {
      long begun = cluster.sim().nanoTime();
      cluster.write(
          2 + i % 3,
          "b",
          "key" + i,
          Content.json(SimCluster.bytes("1")),
          "",
          Condition.NONE,
          RequestOptions.NONE,
          outcome -> {
            answers[0]++;
            slowest[0] = Math.max(slowest[0], cluster.sim().nanoTime() - begun);
            if (!(outcome instanceof WriteOutcome.Written)) {
              refused.add(outcome);
            }
          });
      cluster.runFor(1);
    }
    cluster.until("all answers", 10_000, () -> answers[0] == writes);
    assertThat(refused).isEmpty();
    assertThat(slowest[0] / 1_000_000).as("milliseconds of the slowest").isLessThan(400);
  }
}
