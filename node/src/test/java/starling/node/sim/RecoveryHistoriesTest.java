package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import starling.node.request.BucketProperties;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.disk.SimDisk;
import starling.node.sim.fault.BrokenStorage;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.Workload;
import starling.node.storage.Completion;
import starling.node.storage.CorruptRange;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.Storage;
import starling.node.version.Content;
import starling.ring.Positions;

/** Histories of replicas that have lost something, and of what makes them complete again. */
class RecoveryHistoriesTest {
  private static final RequestOptions ALL =
      new RequestOptions(Quorum.ALL, null, null, null, null, null);

  private List<Integer> primaries = List.of();
  private List<Integer> others = List.of();

  private SimCluster five(long seed, SimWiring wiring, Durability durability) {
    BucketProperties defaults =
        BucketProperties.DEFAULT.with(new RequestOptions(null, null, null, null, null, durability));
    SimCluster cluster =
        new SimCluster(seed, 5, wiring, SimCluster.Options.PLAIN.withDefaults(defaults))
            .awaitReady();
    primaries = cluster.primaries("b", "k");
    others = cluster.others(primaries);
    return cluster;
  }

  private static void written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
  }

  private static boolean complete(SimCluster cluster, int node) {
    return cluster.up(node)
        && cluster.node(node).notReady() == null
        && cluster.node(node).statistics().incompletePartitions() == 0;
  }

  private static void awaitComplete(SimCluster cluster, int node) {
    cluster.until("node " + node + " is complete", 120_000, () -> complete(cluster, node));
  }

  private static void awaitAtRest(SimCluster cluster) {
    cluster.until(
        "all are complete and no hint is left",
        200_000,
        () ->
            IntStream.range(0, cluster.size())
                .filter(cluster::up)
                .allMatch(
                    i ->
                        complete(cluster, i)
                            && cluster.node(i).statistics().hintPartitions() == 0));
    cluster.runFor(3_000);
  }

  private static void send(SimCluster cluster, int node, String value) {
    List<WriteOutcome> outcomes = new ArrayList<>();
    cluster.write(
        node,
        "b",
        "k",
        Content.json(SimCluster.bytes(value)),
        "",
        Condition.NONE,
        RequestOptions.NONE,
        outcomes::add);
    cluster.until("it is written", 10_000, () -> !outcomes.isEmpty());
    written(outcomes.get(0));
  }

  private static List<Integer> missedBy(SimCluster cluster) {
    return IntStream.range(0, cluster.size())
        .filter(cluster::up)
        .filter(node -> Workload.shown(cluster.get(node, "b", "k")).isEmpty())
        .boxed()
        .toList();
  }

  // ---- the hints of others

  /**
   * A primary and a fallback take a write, and the primary loses it. The fallback reaches the
   * primary, and no other one.
   *
   * @param lose what takes the write from the primary's disk
   * @param meanwhile what happens to the fallback until the primary was compared
   */
  private SimCluster refilled(
      long seed, SimWiring wiring, Durability durability, Loss lose, Meanwhile meanwhile) {
    SimCluster cluster = five(seed, wiring, durability);
    int a = primaries.get(0);
    int b = primaries.get(1);
    int c = primaries.get(2);
    int d = others.get(0);
    int e = others.get(1);
    cluster.crash(c);
    cluster.runFor(3_000);
    cluster.cut(a, b);
    cluster.cut(a, e);
    cluster.cut(d, b);
    send(cluster, a, "1");
    lose.of(cluster, a);
    cluster.healAll();
    cluster.cut(d, b);
    cluster.cut(d, c);
    meanwhile.of(cluster, d);
    cluster.restart(a);
    cluster.restart(c);
    return cluster;
  }

  private interface Loss {
    void of(SimCluster cluster, int node);
  }

  private interface Meanwhile {
    void of(SimCluster cluster, int node);
  }

  private static void nothing(SimCluster cluster, int node) {}

  private static void wipe(SimCluster cluster, int node) {
    cluster.wipe(node, true);
  }

  @Test
  void aRefilledPrimaryHoldsWhatItHadAcknowledgedWithAFallback() {
    for (long seed = 21; seed <= 25; seed++) {
      assertRefilled(seed, Durability.SYNCED, RecoveryHistoriesTest::wipe);
    }
  }

  @Test
  void aPrimaryThatLostPowerHoldsWhatItHadAcknowledgedWithAFallback() {
    for (long seed = 1; seed <= 12; seed++) {
      assertRefilled(seed, Durability.REPLICATED, SimCluster::powerLoss);
    }
  }

  private void assertRefilled(long seed, Durability durability, Loss lose) {
    SimCluster cluster =
        refilled(seed, SimWiring.PLAIN, durability, lose, RecoveryHistoriesTest::nothing);
    awaitComplete(cluster, primaries.get(0));
    cluster.healAll();
    cluster.runFor(10_000);
    awaitAtRest(cluster);
    assertThat(missedBy(cluster)).as("seed %d: quorum reads that miss it", seed).isEmpty();
  }

  @Test
  void whereHintHoldersAreNotHeardAnAcknowledgedWriteIsMissed() {
    assertThat(missesUnheardHints(21, 25, Durability.SYNCED, RecoveryHistoriesTest::wipe))
        .isPositive();
    assertThat(missesUnheardHints(1, 12, Durability.REPLICATED, SimCluster::powerLoss))
        .isPositive();
  }

  private int missesUnheardHints(long first, long last, Durability durability, Loss lose) {
    int missed = 0;
    for (long seed = first; seed <= last; seed++) {
      SimCluster cluster =
          refilled(
              seed,
              PlantedBug.hintHoldersAreNotHeard(),
              durability,
              lose,
              RecoveryHistoriesTest::nothing);
      awaitComplete(cluster, primaries.get(0));
      cluster.crash(others.get(0));
      missed += Workload.shown(cluster.get(primaries.get(1), "b", "k")).isEmpty() ? 1 : 0;
    }
    return missed;
  }

  @Test
  void aSilentHintHolderIsWaitedForUntilItIsDeclaredDead() {
    SimCluster cluster =
        refilled(
            31, SimWiring.PLAIN, Durability.SYNCED, RecoveryHistoriesTest::wipe, SimCluster::crash);
    int a = primaries.get(0);
    int d = others.get(0);
    cluster.until("it serves", 30_000, () -> cluster.node(a).notReady() == null);
    cluster.runFor(2_000);
    assertThat(cluster.node(a).statistics().incompletePartitions())
        .as("the holder is silent")
        .isPositive();
    assertThat(cluster.node(a).warning()).contains(cluster.home(d).name);
    cluster.until(
        "the key's partition counts again",
        30_000,
        () -> cluster.get(a, "b", "k", null, ALL) instanceof ReadOutcome.Missing);
    // What the dead one holds arrives when it is back.
    cluster.restart(d);
    cluster.healAll();
    cluster.runFor(10_000);
    awaitAtRest(cluster);
    assertThat(Workload.shown(cluster.get(a, "b", "k", null, ALL))).containsExactly(1);
  }

  @Test
  void oneNodeThatIsDeadForEverBlocksNoOthersCompleteness() {
    SimCluster cluster = five(32, SimWiring.PLAIN, Durability.SYNCED);
    send(cluster, primaries.get(0), "1");
    cluster.crash(others.get(0));
    cluster.runFor(60_000);
    int a = primaries.get(0);
    cluster.wipe(a, true);
    cluster.restart(a);
    // It is a primary of other partitions; of this key's it is none.
    cluster.until(
        "the key's partition counts again",
        60_000,
        () ->
            cluster.node(a).notReady() == null
                && !Workload.shown(cluster.get(a, "b", "k", null, ALL)).isEmpty());
  }

  // ---- damage, from the report until it is handled

  /** Notes what a node says that it has handled. */
  private static final class NotesWhatIsHandled extends BrokenStorage {
    private final List<List<CorruptRange>> handled;

    NotesWhatIsHandled(Storage log, List<List<CorruptRange>> handled) {
      super(log);
      this.handled = handled;
    }

    @Override
    public void recoveryHandled(Collection<CorruptRange> ranges, boolean loss, Completion done) {
      handled.add(List.copyOf(ranges));
      super.recoveryHandled(ranges, loss, done);
    }
  }

  private static SimWiring noting(String node, List<List<CorruptRange>> handled) {
    return new SimWiring() {
      @Override
      public Storage storage(SimProcess process, Storage log) {
        return process.home.name.equals(node) ? new NotesWhatIsHandled(log, handled) : log;
      }
    };
  }

  private static Key key(String name) {
    byte[] bucket = SimCluster.bytes("b");
    byte[] bytes = SimCluster.bytes(name);
    return new Key("b", bytes, Positions.position(bucket, bytes));
  }

  private static CorruptRange range(long offset, String key) {
    return new CorruptRange(1, offset, 1, key(key), "a test");
  }

  @Test
  void damageThatIsFoundAtAnyMomentOfAStartIsNotForgotten() {
    for (long delayMillis : new long[] {0, 1, 5, 20, 50, 100, 200, 400, 800, 1_600, 5_000}) {
      CorruptRange found = range(delayMillis, "k");
      List<List<CorruptRange>> handled = new ArrayList<>();
      SimCluster cluster =
          new SimCluster(61, 3, noting("n1", handled), SimCluster.Options.PLAIN).awaitReady();
      written(cluster.put(0, "b", "k", "1", ""));
      cluster.runFor(1_000);
      cluster.crash(1);
      cluster.isolate(2);
      cluster.restart(1);
      cluster.runFor(delayMillis);
      cluster.node(1).onCorruptRange(found);
      cluster.until("it serves", 60_000, () -> cluster.node(1).notReady() == null);
      cluster.runFor(3_000);
      assertThat(cluster.node(1).statistics().incompletePartitions())
          .as("found %d ms after the start, and a primary is not heard", delayMillis)
          .isEqualTo(1);
      assertThat(handled).isEmpty();
      cluster.healAll();
      awaitComplete(cluster, 1);
      cluster.runFor(100);
      assertThat(handled).containsExactly(List.of(found));
    }
  }

  @Test
  void damageOfAnyKeyThatIsFoundBeforeTheRingIsKnownMarksEveryPartition() {
    SimCluster cluster = new SimCluster(62, 3).awaitReady();
    cluster.crash(1);
    cluster.isolate(2);
    cluster.restart(1);
    cluster.node(1).onCorruptRange(new CorruptRange(1, 0, 1, null, "a test"));
    cluster.until("it serves", 60_000, () -> cluster.node(1).notReady() == null);
    cluster.runFor(3_000);
    assertThat(cluster.node(1).statistics().incompletePartitions())
        .isEqualTo(cluster.options().partitions());
    cluster.healAll();
    awaitComplete(cluster, 1);
  }

  @Test
  void whereEarlyDamageIsDroppedNothingIsIncomplete() throws IOException {
    SimCluster cluster =
        new SimCluster(63, 3, PlantedBug.earlyDamageIsDropped(), SimCluster.Options.PLAIN)
            .awaitReady();
    assertThat(noticesRot(cluster)).isFalse();
    SimCluster plain = new SimCluster(63, 3).awaitReady();
    assertThat(noticesRot(plain)).isTrue();
  }

  /** Whether a node whose log has rotted while it was down is incomplete at its next start. */
  private static boolean noticesRot(SimCluster cluster) throws IOException {
    written(
        cluster.put(
            0,
            "b",
            "k",
            "\"some-value-that-rots\"",
            "",
            new RequestOptions(null, Quorum.ALL, null, null, null, null)));
    cluster.runFor(1_000);
    cluster.crash(1);
    rot(cluster, 1, "some-value-that-rots");
    cluster.isolate(2);
    cluster.restart(1);
    cluster.until("it serves", 60_000, () -> cluster.node(1).notReady() == null);
    cluster.runFor(3_000);
    boolean noticed = cluster.node(1).statistics().incompletePartitions() > 0;
    // A second start after a recovery that did not come to its end.
    cluster.crash(1);
    cluster.restart(1);
    cluster.until("it serves again", 60_000, () -> cluster.node(1).notReady() == null);
    cluster.runFor(3_000);
    assertThat(cluster.node(1).statistics().incompletePartitions() > 0).isEqualTo(noticed);
    return noticed;
  }

  private static void rot(SimCluster cluster, int node, String text) throws IOException {
    rot(cluster.home(node).disk(), text);
  }

  /** Turns a bit of some text in a segment. */
  static void rot(SimDisk disk, String text) throws IOException {
    for (String name : disk.files()) {
      byte[] bytes = disk.bytes(name);
      int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
      if (name.endsWith(".seg") && at >= 0) {
        bytes[at] ^= 1;
        disk.replace(name, bytes);
        return;
      }
    }
    throw new AssertionError("no segment holds " + text);
  }

  // ---- a hint that was let go, and the damaged record that said so

  /**
   * A fallback has delivered a hint and let it go; later, while it is down, the record of that rots
   * so that it cannot even name its key, and so does the index, which is rebuilt from the log. Its
   * primaries have taken another write meanwhile.
   *
   * @return the fallback; it is still down
   */
  private int forgetsThatItLetGo(SimCluster cluster) throws IOException {
    int away = primaries.get(2);
    cluster.crash(away);
    cluster.runFor(1_000);
    written(cluster.put(primaries.get(0), "b", "k", "1", ""));
    cluster.until(
        "a fallback keeps it",
        20_000,
        () -> others.stream().anyMatch(i -> cluster.node(i).statistics().hintsHeld() > 0));
    int fallback =
        others.stream()
            .filter(i -> cluster.node(i).statistics().hintsHeld() > 0)
            .findFirst()
            .orElseThrow();
    cluster.restart(away);
    cluster.awaitReady();
    awaitAtRest(cluster);
    for (int i = 0; i < 20; i++) {
      written(cluster.put(0, "b", "k" + i, "2", "", ALL));
    }
    cluster.runFor(3_000);
    cluster.crash(fallback);
    SimDisk disk = cluster.home(fallback).disk();
    rotRemoval(disk);
    String index =
        disk.files().stream()
            .filter(name -> name.startsWith("idx/") && name.endsWith(".stm"))
            .findFirst()
            .orElseThrow();
    disk.flip(index, disk.bytes(index).length / 2, 1);
    written(cluster.put(primaries.get(0), "b", "k", "3", null));
    cluster.runFor(1_000);
    return fallback;
  }

  /** Turns a bit in the head of the record that says that nothing is kept of the key k. */
  private static void rotRemoval(SimDisk disk) throws IOException {
    for (String name : disk.files()) {
      byte[] bytes = name.endsWith(".seg") ? disk.bytes(name) : new byte[0];
      for (int at = 0; at + 38 <= bytes.length; at++) {
        boolean removal = bytes[at + 3] == 38 && bytes[at + 8] == 4 && bytes[at + 9] == 0;
        if (removal && bytes[at + 36] == 'b' && bytes[at + 37] == 'k') {
          bytes[at + 5] ^= 1;
          disk.replace(name, bytes);
          return;
        }
      }
    }
    throw new AssertionError("no segment holds the removal of the hint");
  }

  @Test
  void aHintWhoseRemovalIsDamagedBeyondItsKeyDoesNotStandAgain() throws IOException {
    SimCluster cluster = five(71, SimWiring.PLAIN, Durability.SYNCED);
    int fallback = forgetsThatItLetGo(cluster);
    cluster.restart(fallback);
    cluster.awaitReady();
    awaitAtRest(cluster);
    assertThat(cluster.replicas(fallback, "b", "k").replicas())
        .as("nothing is kept that was delivered")
        .hasSize(3)
        .allMatch(holding -> Workload.tokens(holding.siblings().values()).equals(Set.of(3)));
    primaries.forEach(cluster::crash);
    cluster.runFor(5_000);
    RequestOptions one = new RequestOptions(Quorum.ONE, null, null, null, null, null);
    assertThat(Workload.shown(cluster.get(fallback, "b", "k", null, one)))
        .as("the fallback alone does not bring the value back that was replaced")
        .isEmpty();
  }

  /** The list of hints is not durable yet. */
  private static SimWiring keepsListsBack(
      String node, List<List<CorruptRange>> handled, List<Runnable> keptBack, boolean[] keepsBack) {
    return new SimWiring() {
      @Override
      public Storage storage(SimProcess process, Storage log) {
        if (!process.home.name.equals(node)) {
          return log;
        }
        return new BrokenStorage(new NotesWhatIsHandled(log, handled)) {
          @Override
          public void saveMeta(String name, byte[] bytes, Completion done) {
            if (keepsBack[0] && name.equals("hints")) {
              keptBack.add(() -> super.saveMeta(name, bytes, done));
            } else {
              super.saveMeta(name, bytes, done);
            }
          }
        };
      }
    };
  }

  @Test
  void damageOfAnyKeyIsHandledOnlyWhenThatListOfHintsIsDurableThatNamesAllPartitions() {
    List<List<CorruptRange>> handled = new ArrayList<>();
    List<Runnable> keptBack = new ArrayList<>();
    boolean[] keepsBack = {true};
    SimCluster cluster =
        new SimCluster(
                72, 3, keepsListsBack("n1", handled, keptBack, keepsBack), SimCluster.Options.PLAIN)
            .awaitReady();
    CorruptRange found = new CorruptRange(1, 0, 1, null, "a test");
    cluster.node(1).onCorruptRange(found);
    awaitComplete(cluster, 1);
    cluster.runFor(3_000);
    assertThat(handled).as("a crash now must not forget it").isEmpty();
    keepsBack[0] = false;
    keptBack.forEach(Runnable::run);
    cluster.until("it is handled", 10_000, () -> !handled.isEmpty());
    assertThat(handled).containsExactly(List.of(found));
    cluster.until(
        "nothing was found", 10_000, () -> cluster.node(1).statistics().hintPartitions() == 0);
  }

  @Test
  void aRangeThatIsFoundLaterIsHandledLater() {
    List<List<CorruptRange>> handled = new ArrayList<>();
    SimCluster cluster =
        new SimCluster(64, 3, noting("n1", handled), SimCluster.Options.PLAIN).awaitReady();
    CorruptRange first = range(1, "k");
    CorruptRange second = range(2, "other");
    cluster.node(1).onCorruptRange(first);
    awaitComplete(cluster, 1);
    cluster.runFor(100);
    cluster.isolate(2);
    cluster.node(1).onCorruptRange(second);
    cluster.runFor(5_000);
    assertThat(handled).containsExactly(List.of(first));
    cluster.healAll();
    awaitComplete(cluster, 1);
    cluster.runFor(100);
    assertThat(handled).containsExactly(List.of(first), List.of(second));
  }

  // ---- the last resort

  @Test
  void twoAndThreeOfThreeThatLosePowerKeepWhatAnyOfThemHolds() {
    for (int lost = 2; lost <= 3; lost++) {
      SimCluster cluster =
          new SimCluster(
                  70 + lost,
                  3,
                  SimWiring.PLAIN,
                  SimCluster.Options.PLAIN.withDefaults(
                      BucketProperties.DEFAULT.with(
                          new RequestOptions(null, null, null, null, null, Durability.REPLICATED))))
              .awaitReady();
      for (int i = 0; i < 20; i++) {
        written(cluster.put(i % 3, "b", "k" + i, Integer.toString(i), ""));
      }
      cluster.runFor(1_000);
      written(cluster.put(0, "b", "late", "1", ""));
      for (int node = 0; node < lost; node++) {
        cluster.powerLoss(node);
      }
      for (int node = 0; node < lost; node++) {
        cluster.restart(node);
      }
      cluster.awaitReady();
      for (int node = 0; node < 3; node++) {
        awaitComplete(cluster, node);
      }
      cluster.runFor(2_000);
      long belowQuorum = 0;
      for (int node = 0; node < 3; node++) {
        belowQuorum += cluster.node(node).statistics().counters().completedBelowQuorum;
        for (int i = 0; i < 20; i++) {
          assertThat(Workload.shown(cluster.get(node, "b", "k" + i))).containsExactly(i);
        }
      }
      assertThat(belowQuorum).as("%d lost power", lost).isPositive();
    }
  }

  @Test
  void onePrimaryThatLosesPowerIsWithinWhatTheDurabilityCovers() {
    SimCluster cluster =
        new SimCluster(
                74,
                3,
                SimWiring.PLAIN,
                SimCluster.Options.PLAIN.withDefaults(
                    BucketProperties.DEFAULT.with(
                        new RequestOptions(null, null, null, null, null, Durability.REPLICATED))))
            .awaitReady();
    written(cluster.put(0, "b", "k", "1", ""));
    cluster.powerLoss(0);
    cluster.restart(0);
    awaitComplete(cluster, 0);
    assertThat(cluster.node(0).statistics().counters().completedBelowQuorum).isZero();
  }

  /** A thousand partitions, or one: what happened is said once. */
  @Test
  void logsThatAreEmptiedAreOneLineEach() {
    SimCluster cluster = new SimCluster(76, 3).awaitReady();
    written(cluster.put(0, "b", "k", "1", ""));
    List<String> lines = new ArrayList<>();
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage());
          }
        };
    Logger logger = (Logger) LoggerFactory.getLogger("starling.node");
    Level before = logger.getLevel();
    appender.start();
    logger.addAppender(appender);
    logger.setLevel(Level.WARN);
    try {
      for (int node = 0; node < 3; node++) {
        cluster.crash(node);
        cluster.home(node).disk().deleteAll(name -> name.startsWith("log/"));
      }
      for (int node = 0; node < 3; node++) {
        cluster.restart(node);
      }
      for (int node = 0; node < 3; node++) {
        awaitComplete(cluster, node);
      }
      cluster.runFor(10_000);
    } finally {
      logger.detachAppender(appender);
      logger.setLevel(before);
    }
    assertThat(lines).filteredOn(line -> line.contains("the directory log is empty")).hasSize(3);
    assertThat(lines).noneMatch(line -> line.contains("went down with writes"));
    List<String> lost = lines.stream().filter(line -> line.contains("copies were lost")).toList();
    assertThat(lost).hasSizeBetween(1, 9);
    assertThat(lost.get(0)).contains("partitions (0").contains("-");
  }

  @Test
  void oneDamagedRecordAndAnotherNodeGoneWaitUntilStaleDataIsAccepted() {
    SimCluster cluster = new SimCluster(75, 3).awaitReady();
    written(
        cluster.put(
            0, "b", "k", "1", "", new RequestOptions(null, Quorum.ALL, null, null, null, null)));
    cluster.crash(2);
    cluster.node(1).onCorruptRange(range(1, "k"));
    cluster.runFor(60_000);
    assertThat(cluster.node(1).statistics().incompletePartitions()).isEqualTo(1);
    assertThat(cluster.node(1).warning())
        .contains("1 partitions")
        .contains("n2 (dead)")
        .contains("--accept-stale-data");
    assertThat(cluster.get(0, "b", "k")).isInstanceOf(ReadOutcome.Rejected.class);
    cluster.crash(1);
    cluster.home(1).acceptStaleData();
    cluster.restart(1);
    awaitComplete(cluster, 1);
    assertThat(cluster.node(1).warning()).isNull();
    assertThat(cluster.node(1).statistics().counters().completedUnheard).isPositive();
    assertThat(Workload.shown(cluster.get(0, "b", "k"))).containsExactly(1);
  }
}
