package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import starling.node.config.NodeLimits;
import starling.node.request.Condition;
import starling.node.request.MemberView;
import starling.node.request.Quorum;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.disk.SimDisk;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.Workload;
import starling.node.version.Content;

/** Histories in which a hint is one of the few copies of an acknowledged write. */
class HandoffHistoriesTest {
  private static final int AGE_MILLIS = 20_000;

  private static final RequestOptions ALL =
      new RequestOptions(Quorum.ALL, null, null, null, null, null);

  private static final SimCluster.Options SHORT_AGE =
      SimCluster.Options.PLAIN.withLimits(new NodeLimits(4096, 1 << 16, 50, 1 << 20, AGE_MILLIS));

  private List<Integer> primaries = List.of();
  private List<Integer> others = List.of();

  private SimCluster cluster(long seed, SimWiring wiring, SimCluster.Options options) {
    SimCluster cluster = new SimCluster(seed, 5, wiring, options).awaitReady();
    primaries = cluster.primaries("b", "k");
    others = cluster.others(primaries);
    return cluster;
  }

  private static String written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
    return ((WriteOutcome.Written) outcome).context();
  }

  private static void awaitDelivered(SimCluster cluster) {
    cluster.until(
        "no hint is left and all is complete",
        200_000,
        () ->
            IntStream.range(0, cluster.size())
                .allMatch(
                    i ->
                        !cluster.up(i)
                            || (cluster.node(i).statistics().hintPartitions() == 0
                                && cluster.node(i).statistics().incompletePartitions() == 0)));
    cluster.runFor(5_000);
  }

  private static long hints(SimCluster cluster) {
    return IntStream.range(0, cluster.size())
        .filter(cluster::up)
        .mapToLong(i -> cluster.node(i).statistics().hintsHeld())
        .sum();
  }

  /** The primaries that hold something. */
  private static Set<String> holders(SimCluster cluster, int node) {
    Set<String> holders = new TreeSet<>();
    for (ReplicaReport.Holding holding : cluster.replicas(node, "b", "k").replicas()) {
      if (holding.primary()
          && holding.siblings() != null
          && !holding.siblings().values().isEmpty()) {
        holders.add(holding.node());
      }
    }
    return holders;
  }

  /** One primary and two fallbacks take a write, and two primaries are away for two ages. */
  private SimCluster twoAwayForLong(SimWiring wiring) {
    SimCluster cluster = cluster(7, wiring, SHORT_AGE);
    cluster.crash(primaries.get(1));
    cluster.crash(primaries.get(2));
    cluster.runFor(1_000);
    written(cluster.put(primaries.get(0), "b", "k", "1", ""));
    cluster.runFor(2L * AGE_MILLIS + 10_000);
    return cluster;
  }

  private void allReturn(SimCluster cluster) {
    primaries.stream().filter(i -> !cluster.up(i)).forEach(cluster::restart);
    cluster.awaitReady();
    awaitDelivered(cluster);
  }

  @Test
  void aWriteIsOnEveryPrimaryOnceHintsOlderThanTheirAgeAreDelivered() {
    SimCluster cluster = twoAwayForLong(SimWiring.PLAIN);
    assertThat(hints(cluster)).as("both primaries are still away").isEqualTo(2);
    allReturn(cluster);
    assertThat(holders(cluster, primaries.get(0))).hasSize(3);
    cluster = twoAwayForLong(PlantedBug.ageRemovesHints(AGE_MILLIS));
    allReturn(cluster);
    assertThat(holders(cluster, primaries.get(0))).as("the planted bug shows").hasSize(1);
  }

  @Test
  void aQuorumReadOfThePrimariesThatWereAwayForLongSeesTheWrite() {
    SimCluster cluster = twoAwayForLong(SimWiring.PLAIN);
    allReturn(cluster);
    cluster.crash(primaries.get(0));
    cluster.runFor(10_000);
    assertThat(Workload.shown(cluster.get(primaries.get(1), "b", "k"))).containsExactly(1);
  }

  @Test
  void aWriteSurvivesTheLossOfTheOnePrimaryThatTookItHoweverOldItsHintsAre() {
    SimCluster cluster = twoAwayForLong(SimWiring.PLAIN);
    cluster.wipe(primaries.get(0), true);
    allReturn(cluster);
    assertThat(Workload.shown(cluster.get(others.get(0), "b", "k", null, ALL))).containsExactly(1);
  }

  @Test
  void aClockThatJumpsADayAheadRemovesNoHint() {
    SimCluster cluster = cluster(7, SimWiring.PLAIN, SimCluster.Options.PLAIN);
    cluster.crash(primaries.get(1));
    cluster.crash(primaries.get(2));
    cluster.runFor(1_000);
    written(cluster.put(primaries.get(0), "b", "k", "1", ""));
    cluster.runFor(4_000);
    others.forEach(other -> cluster.home(other).skew(86_400_000));
    cluster.runFor(10_000);
    cluster.wipe(primaries.get(0), true);
    allReturn(cluster);
    assertThat(Workload.shown(cluster.get(others.get(0), "b", "k", null, ALL))).containsExactly(1);
  }

  @Test
  void aHintOfOnePrimaryReachesTheOthersToo() {
    assertThat(afterAllWereAway(SimWiring.PLAIN)).hasSize(3);
    assertThat(afterAllWereAway(PlantedBug.oneTakerIsEnough()))
        .as("the planted bug shows: each of two hints was for one primary")
        .hasSize(2);
  }

  private Set<String> afterAllWereAway(SimWiring wiring) {
    SimCluster cluster = cluster(3, wiring, SimCluster.Options.PLAIN);
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    written(cluster.put(others.get(0), "b", "k", "1", ""));
    cluster.runFor(1_000);
    allReturn(cluster);
    return holders(cluster, others.get(0));
  }

  @Test
  void aHintStaysWhenTheFirstPrimaryHasTakenIt() {
    assertThat(afterEachTakerLostItsDisk()).hasSize(3);
  }

  /** All primaries are away; each returns, takes the hints, and its disk is lost. */
  private Set<String> afterEachTakerLostItsDisk() {
    SimCluster cluster = cluster(7, SimWiring.PLAIN, SimCluster.Options.PLAIN);
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    written(cluster.put(others.get(0), "b", "k", "1", ""));
    for (int primary : primaries) {
      cluster.restart(primary);
      cluster.runFor(30_000);
      cluster.wipe(primary, true);
    }
    allReturn(cluster);
    return holders(cluster, others.get(0));
  }

  @Test
  void aHolderThatHasLostTheSetSinceItSaidSoIsBroughtItAgain() {
    assertThat(afterAHolderLostItsDisk(SimWiring.PLAIN)).hasSize(3);
    assertThat(afterAHolderLostItsDisk(PlantedBug.oneTakerIsEnough()))
        .as("the planted bug shows")
        .hasSizeLessThan(3);
  }

  /**
   * A primary takes a hint, its disk is lost, and it is refilled while the node with the hint is
   * dead.
   */
  private Set<String> afterAHolderLostItsDisk(SimWiring wiring) {
    SimCluster cluster = cluster(7, wiring, SimCluster.Options.PLAIN);
    int fallback = others.get(0);
    primaries.forEach(cluster::crash);
    cluster.runFor(1_000);
    cluster.isolate(others.get(1));
    RequestOptions one = new RequestOptions(null, Quorum.ONE, null, null, null, null);
    written(cluster.put(fallback, "b", "k", "1", "", one));
    cluster.runFor(3_000);
    int holder = -1;
    for (int primary : primaries) {
      cluster.restart(primary);
      cluster.runFor(30_000);
      if (cluster.node(fallback).statistics().counters().hintsDelivered > 0) {
        holder = primary;
        break;
      }
      cluster.crash(primary);
    }
    // The other nodes hear of this process incarnation: the fallback alone must not know of it.
    cluster.healAll();
    cluster.runFor(10_000);
    cluster.crash(fallback);
    cluster.wipe(holder, true);
    cluster.runFor(1_000);
    primaries.stream().filter(i -> !cluster.up(i)).forEach(cluster::restart);
    cluster.awaitReady();
    cluster.runFor(100_000);
    cluster.restart(fallback);
    cluster.awaitReady();
    awaitDelivered(cluster);
    return holders(cluster, fallback);
  }

  /** The primaries that are there hold newer sets, which cover the hint, and are never equal. */
  @Test
  void hintsEndThoughPrimariesAreWrittenToAllTheTime() {
    SimCluster cluster = cluster(7, SimWiring.PLAIN, SimCluster.Options.PLAIN);
    cluster.crash(primaries.get(2));
    cluster.runFor(1_000);
    written(cluster.put(primaries.get(0), "b", "k", "1", ""));
    cluster.restart(primaries.get(2));
    cluster.awaitReady();
    String context = "";
    for (int i = 2; i < 40 && hints(cluster) > 0; i++) {
      context = written(cluster.put(primaries.get(0), "b", "k", Integer.toString(i), context));
      cluster.runFor(500);
    }
    assertThat(hints(cluster)).isZero();
  }

  // ---- damage

  @Test
  void aDamagedHintKeepsItsPartitionListedUntilAllPrimariesHaveWhatAnyOfThemHas() {
    assertThat(afterHintsWereDamaged(PlantedBug.hintsAreDamaged()))
        .as("from the one primary that was left")
        .hasSize(3);
    assertThat(afterHintsWereDamaged(PlantedBug.lostHintsAreNotRepaired()))
        .as("the planted bug shows")
        .hasSize(1);
  }

  /** Two fallbacks keep the write for two primaries; what they keep cannot be read any more. */
  private Set<String> afterHintsWereDamaged(SimWiring wiring) {
    SimCluster cluster = cluster(81, wiring, SimCluster.Options.PLAIN);
    cluster.crash(primaries.get(1));
    cluster.crash(primaries.get(2));
    cluster.runFor(1_000);
    written(cluster.put(primaries.get(0), "b", "k", "1", ""));
    cluster.runFor(8_000);
    // Each start reads the hints.
    for (int start = 1; start <= 2; start++) {
      others.forEach(cluster::crash);
      others.forEach(cluster::restart);
      cluster.runFor(60_000);
      for (int other : others) {
        assertThat(cluster.node(other).statistics().hintPartitions())
            .as("start %d", start)
            .isEqualTo(1);
        assertThat(cluster.node(other).statistics().counters().hintsLost)
            .as("said once")
            .isEqualTo(1);
      }
    }
    allReturn(cluster);
    others.forEach(cluster::crash);
    others.forEach(cluster::restart);
    cluster.awaitReady();
    cluster.runFor(10_000);
    for (int other : others) {
      assertThat(cluster.node(other).statistics().hintPartitions()).isZero();
      assertThat(cluster.node(other).statistics().counters().hintsLost).isZero();
    }
    return holders(cluster, primaries.get(0));
  }

  @Test
  void aDebtWhoseRecordIsDamagedIsPaidAfterTheRecordWasFetchedAgain() throws IOException {
    assertThat(afterADebtWasDamaged(SimWiring.PLAIN)).hasSize(3);
    assertThat(afterADebtWasDamaged(PlantedBug.debtsAreNotRecorded()))
        .as("the planted bug shows")
        .hasSize(2);
  }

  /** Two of three nodes take a write, and the record of the one that owes it rots. */
  private static Set<String> afterADebtWasDamaged(SimWiring wiring) throws IOException {
    SimCluster cluster = new SimCluster(5, 3, wiring, SimCluster.Options.PLAIN).awaitReady();
    cluster.crash(2);
    cluster.runFor(20_000);
    String value = "\"a value that rots\"";
    written(cluster.put(0, "b", "k", value, ""));
    cluster.runFor(1_000);
    for (int i = 0; i < 20; i++) {
      written(cluster.put(0, "b", "key" + i, "1", ""));
    }
    cluster.runFor(10_000);
    cluster.crash(0);
    rotLast(cluster.home(0).disk(), value);
    cluster.restart(0);
    cluster.runFor(5_000);
    cluster.restart(2);
    cluster.awaitReady();
    awaitDelivered(cluster);
    cluster.runFor(30_000);
    return holders(cluster, 0);
  }

  /** Turns a bit in the last record that has this in it. */
  private static void rotLast(SimDisk disk, String text) throws IOException {
    boolean found = false;
    for (String name : disk.files()) {
      if (name.endsWith(".seg")) {
        int at = new String(disk.bytes(name), StandardCharsets.ISO_8859_1).lastIndexOf(text);
        if (at >= 0) {
          disk.flip(name, at, 1);
          found = true;
        }
      }
    }
    assertThat(found).isTrue();
  }

  @Test
  void aReadOfAHintThatFailsOnceForgetsNothing() {
    for (int nth = 1; nth <= 4; nth++) {
      SimCluster cluster = afterReadsFailed(SimWiring.PLAIN, nth);
      boolean reported =
          others.stream()
              .allMatch(
                  i ->
                      cluster.node(i).statistics().hintPartitions() == 0
                          || cluster.node(i).statistics().counters().hintsLost > 0);
      boolean listed =
          others.stream().anyMatch(i -> cluster.node(i).statistics().hintPartitions() > 0);
      assertThat(holders(cluster, primaries.get(0)).size() == 3 || (listed && reported))
          .as("the hint was delivered, or its partition is listed and the loss reported")
          .isTrue();
    }
    SimCluster cluster = afterReadsFailed(PlantedBug.readsThatFailForgetHints(), 0);
    assertThat(holders(cluster, primaries.get(0))).as("the planted bug shows").hasSize(1);
  }

  /** The nth read of each fallback's disk fails while it delivers; 0 for none. */
  private SimCluster afterReadsFailed(SimWiring wiring, int nth) {
    SimCluster cluster = cluster(81, wiring, SimCluster.Options.PLAIN);
    cluster.crash(primaries.get(1));
    cluster.crash(primaries.get(2));
    cluster.runFor(1_000);
    written(cluster.put(primaries.get(0), "b", "k", "1", ""));
    cluster.runFor(8_000);
    if (nth > 0) {
      others.forEach(other -> cluster.home(other).disk().failReadAt(nth));
    }
    cluster.restart(primaries.get(1));
    cluster.restart(primaries.get(2));
    cluster.awaitReady();
    cluster.runFor(60_000);
    others.forEach(other -> cluster.home(other).disk().failNothing());
    return cluster;
  }

  // ---- stop

  @Test
  void aNodeThatStopsWhileItDeliversHintsLogsNoError() {
    SimCluster cluster = cluster(8, SimWiring.PLAIN, SimCluster.Options.PLAIN);
    int away = primaries.get(0);
    cluster.crash(away);
    cluster.runFor(1_000);
    for (int i = 0; i < 2_000; i++) {
      written(cluster.put(others.get(0), "b", "key" + i, "1", ""));
    }
    cluster.restart(away);
    cluster.awaitReady();
    cluster.until(
        "hints are being delivered",
        60_000,
        () ->
            others.stream()
                .allMatch(i -> cluster.node(i).statistics().counters().hintsDelivered > 0));
    assertThat(hints(cluster)).as("many are left").isGreaterThan(300);
    List<String> errors = new ArrayList<>();
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
              errors.add(event.getFormattedMessage());
            }
          }
        };
    Logger logger = (Logger) LoggerFactory.getLogger("starling");
    appender.start();
    logger.addAppender(appender);
    logger.setLevel(Level.ERROR);
    try {
      int[] closed = {0};
      for (int other : others) {
        SimProcess process = cluster.home(other).process();
        process.outside(
            () -> {
              process.node.stop();
              process.storage.close(() -> closed[0]++);
            });
      }
      cluster.runFor(20_000);
      assertThat(closed[0]).isEqualTo(others.size());
    } finally {
      logger.setLevel(null);
      logger.detachAppender(appender);
    }
    assertThat(errors).isEmpty();
  }

  // ---- debts

  private static final RequestOptions ONE =
      new RequestOptions(Quorum.ONE, Quorum.ONE, null, null, null, null);

  private static final int KEYS = 60;

  @Test
  void whatAKilledMajorityMissedIsOnAllPrimariesWithoutAnyRead() {
    assertThat(unequalAfterAMajorityWasKilled(3, SimWiring.PLAIN, false)).isZero();
    assertThat(unequalAfterAMajorityWasKilled(5, SimWiring.PLAIN, false)).isZero();
    assertThat(unequalAfterAMajorityWasKilled(3, PlantedBug.debtsAreNotRecorded(), false))
        .as("the planted bug shows")
        .isPositive();
  }

  @Test
  void debtsSurviveARestartOfTheNodesThatHaveThem() {
    assertThat(unequalAfterAMajorityWasKilled(3, SimWiring.PLAIN, true)).isZero();
    assertThat(unequalAfterAMajorityWasKilled(5, SimWiring.PLAIN, true)).isZero();
  }

  /**
   * Writes go on while a majority is killed and is away; how many keys differ when all are back.
   */
  private static int unequalAfterAMajorityWasKilled(int size, SimWiring wiring, boolean restarted) {
    SimCluster cluster = new SimCluster(21, size, wiring, SimCluster.Options.PLAIN).awaitReady();
    int killed = size / 2 + 1;
    for (int i = 0; i < killed; i++) {
      cluster.crash(i);
    }
    // Some before it is known that they are down, and some after.
    List<WriteOutcome> outcomes = new ArrayList<>();
    for (int k = 0; k < KEYS; k++) {
      cluster.write(
          killed + k % (size - killed),
          "b",
          "key" + k,
          Content.json(SimCluster.bytes("1")),
          "",
          Condition.NONE,
          k % 3 == 0 ? RequestOptions.NONE : ONE,
          outcomes::add);
      cluster.runFor(100);
    }
    cluster.until("all answers", 70_000, () -> outcomes.size() == KEYS);
    assertThat(outcomes).anyMatch(outcome -> outcome instanceof WriteOutcome.Written);
    cluster.runFor(30_000);
    if (restarted) {
      for (int i = killed; i < size; i++) {
        cluster.crash(i);
        cluster.restart(i);
      }
      cluster.runFor(10_000);
    }
    for (int i = 0; i < killed; i++) {
      cluster.restart(i);
    }
    cluster.awaitReady();
    awaitDelivered(cluster);
    cluster.runFor(30_000);
    for (int i = 0; i < size; i++) {
      assertThat(cluster.node(i).statistics().debts()).as("debts of %d", i).isZero();
    }
    int unequal = 0;
    for (int k = 0; k < KEYS; k++) {
      Set<Long> hashes = new TreeSet<>();
      for (ReplicaReport.Holding holding : cluster.replicas(k % size, "b", "key" + k).replicas()) {
        assertThat(holding.siblings()).isNotNull();
        hashes.add(holding.siblings().hash());
      }
      unequal += hashes.size() == 1 ? 0 : 1;
    }
    return unequal;
  }

  @Test
  void beyondTheirBoundDebtsAreOnlyCounted() {
    NodeLimits limits = new NodeLimits(4096, 1 << 16, 50, 10, 1 << 20, AGE_MILLIS, 5);
    SimCluster cluster =
        new SimCluster(22, 3, SimWiring.PLAIN, SimCluster.Options.PLAIN.withLimits(limits))
            .awaitReady();
    cluster.crash(0);
    cluster.runFor(10_000);
    for (int k = 0; k < 20; k++) {
      written(cluster.put(1, "b", "key" + k, "1", ""));
      // A key that has a debt may be written again.
      written(cluster.put(1, "b", "key" + k, "2", null));
    }
    cluster.runFor(10_000);
    assertThat(cluster.node(1).statistics().debts()).isEqualTo(5);
    assertThat(cluster.node(1).statistics().counters().debtsRefused).isPositive();
    assertThat(hints(cluster)).as("a debt is no hint").isZero();
    cluster.restart(0);
    cluster.awaitReady();
    cluster.until("debts are paid", 60_000, () -> cluster.node(1).statistics().debts() == 0);
  }

  // ---- overdue

  @Test
  void hintsAndDebtsForAMemberThatIsAwayForLongAreReportedWithItsName() {
    SimCluster cluster = cluster(7, SimWiring.PLAIN, SHORT_AGE);
    int away = primaries.get(1);
    cluster.crash(away);
    cluster.runFor(1_000);
    written(cluster.put(primaries.get(0), "b", "k", "1", ""));
    cluster.runFor(10_000);
    assertThat(overdue(cluster)).as("not yet").isEmpty();
    cluster.runFor(AGE_MILLIS);
    assertThat(overdue(cluster)).containsExactly(cluster.home(away).name + " 1");
    cluster.restart(away);
    cluster.awaitReady();
    awaitDelivered(cluster);
    assertThat(overdue(cluster)).isEmpty();
  }

  /** Members that hints or debts are overdue for, and how many, as each node reports them. */
  private static List<String> overdue(SimCluster cluster) {
    List<String> overdue = new ArrayList<>();
    for (int i = 0; i < cluster.size(); i++) {
      if (!cluster.up(i)) {
        continue;
      }
      long sum = 0;
      for (MemberView member : cluster.node(i).members()) {
        long count = member.hintsOverdue() + member.debtsOverdue();
        sum += count;
        if (count > 0) {
          overdue.add(member.name() + " " + count);
        }
      }
      assertThat(
              cluster.node(i).statistics().hintsOverdue()
                  + cluster.node(i).statistics().debtsOverdue())
          .isEqualTo(sum);
    }
    return overdue;
  }
}
