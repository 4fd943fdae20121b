package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.Node;
import starling.node.request.BucketChange;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.fault.BrokenStorage;
import starling.node.sim.fault.BrokenStorage.Call;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.Workload;
import starling.node.storage.Storage;
import starling.node.version.Content;

/** Histories in which a call of the storage throws once. */
class ErrorHistoriesTest {
  private static final RequestOptions ALL_READ =
      new RequestOptions(Quorum.ALL, null, null, null, null, null);
  private static final RequestOptions ALL_WRITE =
      new RequestOptions(null, Quorum.ALL, null, null, null, null);
  private static final int KEYS = 3;

  /** Strikes one node at the nth call of a kind from when it is armed. */
  private static final class Strike implements Predicate<Call> {
    private final Set<Call> calls;
    private int left;
    boolean armed;
    boolean struck;

    Strike(Set<Call> calls, int nth) {
      this.calls = calls;
      this.left = nth;
    }

    @Override
    public boolean test(Call call) {
      if (armed && !struck && calls.contains(call) && --left == 0) {
        struck = true;
        return true;
      }
      return false;
    }

    SimWiring at(String node) {
      return new SimWiring() {
        @Override
        public Storage storage(SimProcess process, Storage log) {
          return process.home.name.equals(node)
              ? new BrokenStorage.ThrowsAt(log, Strike.this)
              : log;
        }
      };
    }
  }

  private static WriteOutcome.Written written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
    return (WriteOutcome.Written) outcome;
  }

  /** The state of the log is asked at many places: wherever that throws, the client is answered. */
  @ParameterizedTest
  @ValueSource(strings = {"read", "write", "change of a bucket"})
  void anErrorBeforeARequestBeginsIsAnsweredToo(String request) {
    int struck = 0;
    for (int nth = 1; nth <= 12; nth++) {
      Strike strike = new Strike(EnumSet.of(Call.FAILURE), nth);
      SimCluster cluster =
          new SimCluster(55, 3, strike.at("n0"), SimCluster.Options.PLAIN).awaitReady();
      Node node = cluster.node(0);
      List<Object> answers = new ArrayList<>();
      strike.armed = true;
      switch (request) {
        case "read" -> node.read(cluster.request("b", "k", null, ALL_READ), answers::add);
        case "write" ->
            cluster.write(
                0,
                "b",
                "k",
                Content.json(SimCluster.bytes("1")),
                "",
                Condition.NONE,
                ALL_WRITE,
                answers::add);
        default ->
            node.changeBucket(
                "change",
                "b",
                new BucketChange(null, null, null, null, null, null, 2_000, null),
                answers::add);
      }
      cluster.until("the client is answered", 10_000, () -> !answers.isEmpty());
      struck += strike.struck ? 1 : 0;
      strike.armed = false;
      cluster.runFor(2_000);
      written(cluster.put(0, "b", "k", "2", "", ALL_WRITE));
    }
    assertThat(struck).isPositive();
  }

  private static long holders(SimCluster cluster, String key) {
    return cluster.replicas(0, "b", key).replicas().stream()
        .filter(holding -> holding.siblings() != null && !holding.siblings().values().isEmpty())
        .count();
  }

  /** A primary is away and no fallback lives: the coordinator saves its list of debts. */
  @Test
  void anErrorOfTheSaveOfTheListOfDebtsEndsNoRequest() {
    int struck = 0;
    for (int nth = 1; nth <= 8; nth++) {
      Strike strike = new Strike(EnumSet.of(Call.SAVE_META), nth);
      SimCluster cluster =
          new SimCluster(56, 3, strike.at("n0"), SimCluster.Options.PLAIN).awaitReady();
      cluster.crash(2);
      cluster.runFor(3_000);
      strike.armed = true;
      for (int key = 0; key < KEYS; key++) {
        written(cluster.put(0, "b", "k" + key, "1", ""));
        cluster.runFor(1_000);
      }
      struck += strike.struck ? 1 : 0;
      cluster.restart(2);
      cluster.awaitReady();
      // The debt of the write that was struck may be lost; later ones are recorded and delivered.
      String last = "k" + (KEYS - 1);
      cluster.until("the last write is delivered", 60_000, () -> holders(cluster, last) == 3);
    }
    assertThat(struck).isPositive();
  }

  /** One page of an index cannot be read once: the key is served again at once. */
  @Test
  void anErrorOfAReadLeavesItsKeyServed() {
    Strike strike = new Strike(EnumSet.of(Call.READ), 1);
    SimCluster cluster =
        new SimCluster(51, 3, strike.at("n1"), SimCluster.Options.PLAIN).awaitReady();
    written(cluster.put(0, "b", "k", "1", "", ALL_WRITE));
    strike.armed = true;
    WriteOutcome hit = cluster.put(0, "b", "k", "2", "", ALL_WRITE);
    assertThat(strike.struck).isTrue();
    assertThat(hit).isInstanceOf(WriteOutcome.Rejected.class);
    for (int i = 0; i < 3; i++) {
      written(cluster.put(i, "b", "k", "3", "", ALL_WRITE));
    }
    isIdle(cluster);
  }

  /** The bug that the history above is there to find. */
  @Test
  void aNodeThatSwallowsAnErrorOfAReadIsFound() {
    Strike strike = new Strike(EnumSet.of(Call.READ), 1);
    SimCluster cluster =
        new SimCluster(51, 3, PlantedBug.errorsAreSwallowed(strike), SimCluster.Options.PLAIN)
            .awaitReady();
    written(cluster.put(0, "b", "k", "1", "", ALL_WRITE));
    strike.armed = true;
    assertThat(cluster.put(0, "b", "k", "2", "", ALL_WRITE))
        .isInstanceOf(WriteOutcome.Rejected.class);
    assertThat(strike.struck).isTrue();
    cluster.runFor(60_000);
    assertThat(cluster.put(0, "b", "k", "3", "", ALL_WRITE))
        .isInstanceOf(WriteOutcome.Rejected.class);
  }

  /**
   * An error of the coordinator's own read ends its attempt at once; another replica takes over.
   */
  @Test
  void anErrorOfTheCoordinatorsReadLeavesTheWriteToAnother() {
    Strike strike = new Strike(EnumSet.of(Call.READ), 1);
    SimCluster cluster =
        new SimCluster(52, 3, strike.at("n1"), SimCluster.Options.PLAIN).awaitReady();
    strike.armed = true;
    long before = cluster.sim().nanoTime();
    written(cluster.put(1, "b", "k", "1", ""));
    assertThat(strike.struck).isTrue();
    assertThat(cluster.sim().nanoTime() - before).isLessThan(100_000_000);
    written(cluster.put(1, "b", "k", "1", ""));
    assertThat(cluster.get(1, "b", "k", null, ALL_READ)).isInstanceOf(ReadOutcome.Found.class);
    isIdle(cluster);
  }

  /** An append that throws may have been taken: no client is told that it was not. */
  @Test
  void anErrorOfTheCoordinatorsAppendLeavesItsOutcomeUnknown() {
    Strike strike = new Strike(EnumSet.of(Call.APPEND), 1);
    SimCluster cluster =
        new SimCluster(53, 3, strike.at("n1"), SimCluster.Options.PLAIN).awaitReady();
    strike.armed = true;
    long before = cluster.sim().nanoTime();
    WriteOutcome hit = cluster.put(1, "b", "k", "1", "");
    assertThat(strike.struck).isTrue();
    assertThat(cluster.sim().nanoTime() - before).isLessThan(100_000_000);
    assertThat(((WriteOutcome.Rejected) hit).rejection().outcome())
        .isEqualTo(Rejection.Outcome.UNKNOWN);
    written(cluster.put(1, "b", "k", "2", ""));
    isIdle(cluster);
  }

  /**
   * Each call of a small history throws once, one in each run; calls that it does not make, or that
   * the simulator makes itself, are left out.
   */
  @ParameterizedTest
  @EnumSource(
      value = Call.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {
        "META",
        "SYNC",
        "UNHANDLED_DAMAGE",
        "RECOVERY",
        "STATISTICS",
        "SNAPSHOT",
        "DROP",
        "RECOVERY_HANDLED",
        "IS_EMPTY",
        "HOLDS_BUCKET",
        "REAP"
      })
  void aCallThatThrowsOnceLosesNothingAndLeavesNobodyWaiting(Call call) {
    int nth = 1;
    while (nth <= 400 && throwsOnce(call, nth)) {
      // The first ones one by one, then ever fewer.
      nth += 1 + nth / 3;
    }
    assertThat(nth).as("calls of %s that were met", call).isGreaterThan(1);
  }

  private static boolean throwsOnce(Call call, int nth) {
    Strike strike = new Strike(EnumSet.of(call), nth);
    SimCluster cluster =
        new SimCluster(1_000 + nth, 4, strike.at("n1"), SimCluster.Options.PLAIN).awaitReady();
    strike.armed = true;
    List<List<Integer>> acknowledged = new ArrayList<>();
    for (int key = 0; key < KEYS; key++) {
      acknowledged.add(new ArrayList<>());
    }
    int value = 0;
    for (int i = 0; i < 4; i++) {
      value = writes(cluster, i, value, acknowledged);
    }
    // Fallbacks take the writes of a primary that is down, and deliver its hints.
    cluster.crash(2);
    cluster.runFor(3_000);
    value = writes(cluster, 1, value, acknowledged);
    value = writes(cluster, 0, value, acknowledged);
    cluster.restart(2);
    cluster.runFor(15_000);
    var unused = writes(cluster, 1, value, acknowledged);
    cluster.runFor(15_000);
    strike.armed = false;
    cluster.until("all serve", 60_000, cluster::ready);
    for (int key = 0; key < KEYS; key++) {
      for (int i = 0; i < 4; i++) {
        ReadOutcome read = cluster.get(i, "b", "k" + key, null, ALL_READ);
        assertThat(read)
            .as("%s %d, key %d at %d", call, nth, key, i)
            .isInstanceOf(ReadOutcome.Found.class);
        assertThat(Workload.shown(read))
            .as("%s %d, key %d at %d", call, nth, key, i)
            .containsAll(acknowledged.get(key));
        written(cluster.put(i, "b", "other" + key, "1", "", ALL_WRITE));
      }
    }
    isIdle(cluster);
    return strike.struck;
  }

  /** Siblings of all that is acknowledged: no write replaces another. */
  private static int writes(
      SimCluster cluster, int at, int from, List<List<Integer>> acknowledged) {
    int value = from;
    for (int key = 0; key < KEYS; key++) {
      ReadOutcome read = cluster.get(at, "b", "k" + key);
      if (read instanceof ReadOutcome.Rejected) {
        continue;
      }
      value++;
      List<Integer> standing = acknowledged.get(key);
      // With a context that has seen nothing it replaces nothing.
      WriteOutcome outcome = cluster.put(at, "b", "k" + key, Integer.toString(value), "");
      if (outcome instanceof WriteOutcome.Written) {
        standing.add(value);
      }
    }
    return value;
  }

  private static void isIdle(SimCluster cluster) {
    cluster.runFor(40_000);
    for (int i = 0; i < cluster.size(); i++) {
      Node node = cluster.node(i);
      assertThat(node.notReady()).isNull();
      assertThat(node.statistics().requestsInFlight()).as("requests of %d", i).isZero();
      assertThat(node.statistics().peerRequestsInFlight()).as("questions of %d", i).isZero();
      assertThat(node.statistics().callsInFlight()).as("calls of %d", i).isZero();
      assertThat(node.statistics().waitingBytes()).as("bytes that wait at %d", i).isZero();
      assertThat(node.statistics().hintsHeld()).as("hints at %d", i).isZero();
    }
  }
}
