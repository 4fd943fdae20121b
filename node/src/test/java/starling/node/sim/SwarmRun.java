package starling.node.sim;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import starling.node.coordinator.Quorum;
import starling.node.coordinator.RequestOptions;
import starling.node.replica.Node;
import starling.node.replica.ReadOutcome;
import starling.node.replica.ReplicaReport;
import starling.node.version.Siblings;
import starling.sim.Faults;
import starling.sim.Simulation;

/**
 * One seed from its first event to its verdict: trouble while clients work, then calm, in which all
 * replicas must come to agree, and what they agree on is judged.
 */
final class SwarmRun {
  private static final long CALM_MILLIS = 60_000;
  private static final long LOOK_NANOS = 1_000_000_000;
  private static final int LEAST_ACKNOWLEDGED = 5;

  /** What a run came to. */
  record Result(
      long acknowledged, long reads, long troubles, long virtualMillis, long events, String hash) {}

  private final long seed;
  private final SwarmPlan plan;
  private final SimWiring wiring;
  private final ClientHabits habits;

  SwarmRun(long seed) {
    this(seed, SwarmPlan.draw(seed), SimWiring.PLAIN, ClientHabits.HONEST);
  }

  SwarmRun(long seed, SwarmPlan plan, SimWiring wiring, ClientHabits habits) {
    this.seed = seed;
    this.plan = plan;
    this.wiring = wiring;
    this.habits = habits;
  }

  /** Runs; whatever is wrong is thrown with the seed and the command that shows it again. */
  Result run(@Nullable Consumer<String> reader) {
    Simulation sim = new Simulation(seed);
    if (reader != null) {
      sim.trace().tellTo(reader);
    }
    try {
      return run(sim);
    } catch (RuntimeException | AssertionError wrong) {
      throw new AssertionError(
          "seed "
              + seed
              + " at "
              + sim.nanoTime() / 1_000_000
              + " ms, "
              + plan
              + "\nagain, with its trace:  ./mvnw -pl node -am test -Dtest=SwarmTest"
              + " -Dsurefire.failIfNoSpecifiedTests=false -Dstarling.sim.seed="
              + seed
              + "\n"
              + wrong,
          wrong);
    }
  }

  private Result run(Simulation sim) {
    SimCluster cluster = new SimCluster(sim, plan.nodes(), wiring, plan.options());
    if (plan.settled()) {
      cluster.network().faults(Faults.NONE);
      cluster.awaitReady();
      cluster.network().faults(plan.weather());
    }
    DotsAreUnique dots = new DotsAreUnique(cluster);
    look(sim, dots);
    Workload workload = new Workload(cluster, plan, habits);
    Mischief mischief = new Mischief(cluster, plan);
    workload.onAcknowledged(mischief::onAcknowledged);
    workload.begin();
    mischief.begin();
    cluster.runFor(plan.chaosMillis());
    mischief.end();
    calm(cluster);
    // Clients go on for a moment in the calm: a store that never recovers must not pass.
    cluster.runFor(2_000);
    workload.end();
    cluster.until("no request is open", CALM_MILLIS, workload::quiet);
    atHome(cluster);
    nobodyGaveUp(cluster);
    for (int key = 0; key < plan.keys(); key++) {
      judge(cluster, workload.history(), Workload.keyName(key));
    }
    dots.check();
    notVacuous(cluster, workload.history(), mischief);
    return new Result(
        workload.history().acknowledged(),
        workload.history().reads(),
        mischief.done(),
        sim.nanoTime() / 1_000_000,
        sim.events(),
        sim.trace().hash());
  }

  private static void look(Simulation sim, DotsAreUnique dots) {
    sim.after(
        LOOK_NANOS,
        "look at all dots",
        () -> {
          dots.check();
          look(sim, dots);
        });
  }

  private static void calm(SimCluster cluster) {
    cluster.network().faults(Faults.NONE);
    cluster.healAll();
    nobodyGaveUp(cluster);
    for (int i = 0; i < cluster.size(); i++) {
      cluster.home(i).skew(0);
      if (!cluster.up(i)) {
        cluster.restart(i);
      }
    }
    cluster.until("the cluster is ready after the trouble", CALM_MILLIS, cluster::serving);
    cluster.until(
        "every partition is complete",
        CALM_MILLIS,
        () -> everywhere(cluster, node -> node.incompletePartitions() == 0));
  }

  /** Only without writers: on slow disks, primaries are stood in for in calm times too. */
  private static void atHome(SimCluster cluster) {
    // A write whose client was answered looks for stand-ins until its time is over.
    cluster.runFor(5_000);
    cluster.until(
        "every partition is complete and no hint is left",
        CALM_MILLIS,
        () ->
            everywhere(
                cluster, node -> node.incompletePartitions() == 0 && node.hintPartitions() == 0));
  }

  private static boolean everywhere(SimCluster cluster, Predicate<Node> holds) {
    return IntStream.range(0, cluster.size()).allMatch(i -> holds.test(cluster.node(i)));
  }

  private static void nobodyGaveUp(SimCluster cluster) {
    if (!cluster.halts().isEmpty()) {
      throw new AssertionError("nodes gave up: " + cluster.halts());
    }
  }

  /** Reads through every node mend what differs; then all replicas hold the same. */
  private void judge(SimCluster cluster, History history, String key) {
    RequestOptions all = new RequestOptions(Quorum.ALL, null, Quorum.ALL, null, null, null);
    for (int i = 0; i < cluster.size(); i++) {
      Set<Integer> shown = Workload.shown(answered(cluster, i, key, all));
      verdict(history, key, shown, "a read of all replicas at node " + i);
    }
    cluster.runFor(1_000);
    ReplicaReport report = cluster.replicas(0, Workload.BUCKET, key);
    Set<Long> hashes = new TreeSet<>();
    for (ReplicaReport.Holding holding : report.replicas()) {
      Siblings held = holding.siblings();
      if (held == null) {
        throw new AssertionError(holding.node() + " does not tell what it holds of " + key);
      }
      hashes.add(held.hash());
      verdict(
          history,
          key,
          Workload.tokens(held.values()),
          "what " + holding.node() + (holding.primary() ? "" : ", no primary,") + " holds");
    }
    if (hashes.size() > 1) {
      throw new AssertionError("replicas of " + key + " differ after all was read: " + report);
    }
  }

  /** A link may stand still for a while after the trouble; an answer must come all the same. */
  private static ReadOutcome answered(
      SimCluster cluster, int node, String key, RequestOptions options) {
    ReadOutcome outcome = cluster.get(node, Workload.BUCKET, key, null, options);
    for (int again = 0; again < 10 && outcome instanceof ReadOutcome.Refused; again++) {
      cluster.runFor(1_000);
      outcome = cluster.get(node, Workload.BUCKET, key, null, options);
    }
    if (outcome instanceof ReadOutcome.Refused refused) {
      throw new AssertionError("node " + node + " does not answer in calm: " + refused);
    }
    return outcome;
  }

  private void verdict(History history, String key, Set<Integer> standing, String where) {
    List<String> wrong = Oracles.judge(plan, history, key, standing);
    if (!wrong.isEmpty()) {
      throw new AssertionError(where + " shows " + standing + ": " + wrong);
    }
  }

  private static void notVacuous(SimCluster cluster, History history, Mischief mischief) {
    if (history.acknowledged() < LEAST_ACKNOWLEDGED) {
      throw new AssertionError("only " + history.acknowledged() + " writes were acknowledged");
    }
    boolean weather = !cluster.options().weather().equals(Faults.NONE);
    if (mischief.possible() ? mischief.done() == 0 : !weather) {
      throw new AssertionError("nothing happened in this run");
    }
  }
}
