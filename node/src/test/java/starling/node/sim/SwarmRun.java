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
  private static final long CALM_WORK_MILLIS = 3_000;

  /** So long after trouble a run ends at the earliest. */
  private static final long REST_MILLIS = 20_000;

  private static final int LEAST_ACKNOWLEDGED = 5;
  private static final double LEAST_ATTEMPTED = 0.2;
  private static final int MANY_REQUESTS = 500;

  /** What a run came to. */
  record Result(
      long acknowledged, long reads, Probes probes, long virtualMillis, long events, String hash) {}

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
              + "\nagain, with its trace:  mvn -pl node -am test -Dtest=SwarmTest"
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
    look(cluster, dots);
    Workload workload = new Workload(cluster, plan, habits);
    Mischief mischief = new Mischief(cluster, plan.troubles());
    workload.onAcknowledged(mischief::onAcknowledged);
    workload.begin();
    mischief.begin();
    cluster.runFor(plan.chaosMillis());
    calm(cluster, mischief);
    // Clients go on for a moment in the calm: a store that never recovers must not pass.
    cluster.runFor(CALM_WORK_MILLIS);
    workload.end();
    cluster.until("no request is open", CALM_MILLIS, workload::quiet);
    atHome(cluster);
    nobodyGaveUp(cluster);
    for (int key = 0; key < plan.keys(); key++) {
      judge(cluster, workload.history(), Workload.keyName(key));
    }
    dots.check();
    notVacuous(cluster, workload);
    for (int i = 0; i < cluster.size(); i++) {
      cluster.home(i).process().count();
    }
    cluster.runFor(Math.max(0, plan.chaosMillis() + REST_MILLIS - sim.nanoTime() / 1_000_000));
    return new Result(
        workload.history().acknowledged(),
        workload.history().reads(),
        cluster.probes(),
        sim.nanoTime() / 1_000_000,
        sim.events(),
        sim.trace().hash());
  }

  private void look(SimCluster cluster, DotsAreUnique dots) {
    cluster
        .sim()
        .after(
            LOOK_NANOS,
            "look at all dots",
            () -> {
              dots.check();
              lookAtNodes(cluster);
              look(cluster, dots);
            });
  }

  /** What must hold of every node at any time. */
  private void lookAtNodes(SimCluster cluster) {
    for (int i = 0; i < cluster.size(); i++) {
      if (cluster.up(i)) {
        Node node = cluster.node(i);
        cluster.probes().hit(Probe.REPLICA_INCOMPLETE, node.incompletePartitions());
        // A process counts what it keeps while it serves already.
        long lives = 1L + cluster.home(i).restarts();
        if (node.hintBytes() > lives * plan.hintBytes()) {
          throw new AssertionError(
              cluster.home(i).name
                  + " keeps "
                  + node.hintBytes()
                  + " bytes for others, more than "
                  + plan.hintBytes());
        }
      }
    }
  }

  private static void calm(SimCluster cluster, Mischief mischief) {
    cluster.network().faults(Faults.NONE);
    nobodyGaveUp(cluster);
    mischief.end();
    for (int i = 0; i < cluster.size(); i++) {
      if (!cluster.up(i)) {
        throw new AssertionError("a node does not start: " + cluster.failures());
      }
    }
    cluster.until("the cluster is ready after the trouble", CALM_MILLIS, cluster::serving);
    cluster.until(
        "every partition is complete",
        CALM_MILLIS,
        () -> everywhere(cluster, node -> node.incompletePartitions() == 0));
  }

  /** Only without writers: on slow disks, primaries are stood in for in calm times too. */
  private void atHome(SimCluster cluster) {
    // A link that stood still brings what was sent long before, hints among it.
    long moving = 0;
    for (Trouble trouble : plan.troubles()) {
      moving = Math.max(moving, trouble.atMillis() + trouble.forMillis());
    }
    cluster.runFor(Math.max(0, moving - cluster.sim().nanoTime() / 1_000_000));
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
    // A disk that was slow may not be done with what it began then.
    cluster.until(
        "what was mended is on disk",
        CALM_MILLIS,
        () ->
            IntStream.range(0, cluster.size())
                .allMatch(i -> cluster.home(i).process().diskIsIdle()));
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
    List<String> wrong = Oracles.judge(plan, history, History.View.END, key, standing);
    if (!wrong.isEmpty()) {
      throw new AssertionError(where + " shows " + standing + ": " + wrong);
    }
  }

  private void notVacuous(SimCluster cluster, Workload workload) {
    History history = workload.history();
    if (history.acknowledged() < LEAST_ACKNOWLEDGED) {
      throw new AssertionError("only " + history.acknowledged() + " writes were acknowledged");
    }
    // In a sick cluster patient clients send fewer than they would, and still many.
    if (workload.attempted() < LEAST_ATTEMPTED && workload.requests() < MANY_REQUESTS) {
      throw new AssertionError("only " + workload.attempted() + " of the requests were sent");
    }
    boolean weather = !plan.weather().equals(Faults.NONE);
    if (plan.troubles().isEmpty() ? !weather : !cluster.probes().troubled()) {
      throw new AssertionError("nothing happened in this run");
    }
  }
}
