package starling.node.sim;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import starling.node.Node;
import starling.node.request.BucketProperties;
import starling.node.sim.check.AtRest;
import starling.node.sim.check.CoverageMark;
import starling.node.sim.check.CoverageMarks;
import starling.node.sim.check.DotsAreUnique;
import starling.node.sim.check.Exemption;
import starling.node.sim.check.Finding.Kind;
import starling.node.sim.check.Pace;
import starling.node.sim.check.Violation;
import starling.node.sim.fault.InjectedFault;
import starling.node.sim.fault.Nemesis;
import starling.node.sim.workload.ClientBehavior;
import starling.node.sim.workload.History;
import starling.node.sim.workload.Workload;
import starling.sim.NetworkFaults;
import starling.sim.Simulation;

/**
 * One seed from its first event to its verdict: faults while clients work, then calm, in which all
 * replicas must come to agree, and what they agree on is judged.
 */
final class SwarmRun {
  private static final long CALM_MILLIS = 60_000;
  private static final long LOOK_NANOS = 1_000_000_000;
  private static final long CALM_WORK_MILLIS = 3_000;

  /** So long after the faults a run ends at the earliest. */
  private static final long REST_MILLIS = 20_000;

  /** Mean time of a message between two nodes in the calm. */
  private static final double LINK_NANOS = 500_000;

  /** The store may take so many times as long as links and disks alone account for. */
  private static final double MAX_TIMES_SLOWER = 4;

  private static final double MIN_ANSWERED = 0.3;
  private static final int FEW = 5;

  /** Parts of the writes and of the cold keys of a run that are acknowledged at least. */
  private static final double MIN_ACKNOWLEDGED = 0.05;

  private static final double MIN_KEYS = 0.25;
  private static final double MIN_ATTEMPTED = 0.2;
  private static final double MIN_SENT = 0.8;

  /**
   * Where a quorum of nodes was ready with all partitions complete for a smaller part of the faulty
   * time than this, proportionally less needs to be acknowledged. A plan may take all primaries
   * down again before any of them was refilled, or has heard of the others, or wipe one after the
   * other, all the time (seeds 13063, 15161, 16016, 31432), or wipe the third of three nodes before
   * the ring has it (seed 64940).
   */
  private static final double ENOUGH_TIME_TO_SERVE = 0.5;

  /** What a run came to. */
  record Result(
      long acknowledged,
      long reads,
      CoverageMarks probes,
      Map<Exemption, Long> excused,
      long virtualMillis,
      long events,
      String hash) {}

  private final long seed;
  private final SwarmPlan plan;
  private final SimWiring wiring;
  private final ClientBehavior habits;
  private int looks;
  private int looksAtServing;

  SwarmRun(long seed) {
    this(seed, SwarmPlan.draw(seed), SimWiring.PLAIN, ClientBehavior.HONEST);
  }

  SwarmRun(long seed, SwarmPlan plan, SimWiring wiring, ClientBehavior habits) {
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
    } catch (RuntimeException | Error wrong) {
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
      cluster.network().faults(NetworkFaults.NONE);
      cluster.awaitReady();
      cluster.network().faults(plan.weather());
    }
    DotsAreUnique dots = new DotsAreUnique(cluster);
    look(cluster, dots);
    Workload workload = new Workload(cluster, plan, habits);
    Nemesis mischief = new Nemesis(cluster, plan.troubles());
    workload.onAcknowledged(mischief::onAcknowledged);
    workload.begin();
    mischief.begin();
    cluster.runFor(plan.chaosMillis());
    double served = (double) looksAtServing / Math.max(1, looks);
    calm(cluster, mischief);
    // What waits in a blocked link, or in a disk that was slow, is no fault of the store.
    long moving = cluster.network().cloggedUntilNanos();
    for (int i = 0; i < cluster.size(); i++) {
      moving = Math.max(moving, cluster.home(i).slowUntilNanos());
    }
    cluster.runFor(Math.max(0, (moving - sim.nanoTime()) / 1_000_000));
    // A client whose node ended waits for its time-out, however quick the others are.
    workload.beginPeriod();
    cluster.until(
        Kind.REQUESTS_OPEN,
        "what was sent during the faults is over",
        CALM_MILLIS,
        workload::earlierIsOver);
    // Clients go on for a moment in the calm: a store that never recovers must not pass.
    workload.pace().reset(sim.nanoTime());
    cluster.runFor(CALM_WORK_MILLIS);
    workload.end();
    cluster.until(Kind.REQUESTS_OPEN, "no request is open", CALM_MILLIS, workload::quiet);
    swift(workload.pace());
    atHome(cluster, workload);
    nobodyGaveUp(cluster);
    new AtRest(cluster, plan, workload).judge();
    dots.check();
    notVacuous(cluster, workload, served);
    for (int i = 0; i < cluster.size(); i++) {
      cluster.home(i).process().count();
    }
    cluster.runFor(Math.max(0, plan.chaosMillis() + REST_MILLIS - sim.nanoTime() / 1_000_000));
    return new Result(
        workload.history().acknowledged(),
        workload.history().reads(),
        cluster.probes(),
        workload.exemptions().counts(),
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
              dots.checkPart();
              lookAtNodes(cluster);
              long now = cluster.sim().nanoTime();
              cluster.damage().look(complete(cluster), now - LOOK_NANOS, now);
              look(cluster, dots);
            });
  }

  private static boolean complete(SimCluster cluster) {
    return cluster.nobodyForgets()
        && IntStream.range(0, cluster.size())
            .allMatch(
                i -> cluster.up(i) && cluster.node(i).statistics().incompletePartitions() == 0);
  }

  /** A node rejects every write to a bucket that has more replicas than the ring has nodes. */
  private static boolean serves(Node node) {
    return node.statistics().incompletePartitions() == 0
        && node.ring().nodes().size() >= BucketProperties.DEFAULT.n();
  }

  /** What must hold of every node at any time. */
  private void lookAtNodes(SimCluster cluster) {
    looks++;
    long whole =
        IntStream.range(0, cluster.size())
            .filter(i -> cluster.home(i).ready() && serves(cluster.node(i)))
            .count();
    looksAtServing += 2 * whole > cluster.size() ? 1 : 0;
    for (int i = 0; i < cluster.size(); i++) {
      if (cluster.up(i)) {
        Node node = cluster.node(i);
        cluster
            .probes()
            .hit(CoverageMark.REPLICA_INCOMPLETE, node.statistics().incompletePartitions());
        cluster.probes().hit(CoverageMark.DEBT_RECORDED, node.statistics().debts());
        // A process counts its hints while it serves, and again when placement has changed. Until a
        // count has ended the figure is an upper bound, so that no hint is missed.
        long lives = 1L + cluster.home(i).restarts();
        if (node.statistics().hintsCounted()
            && node.statistics().hintBytes() > lives * plan.hintBytes()) {
          throw new Violation(
              Kind.TOO_MANY_HINTS,
              cluster.home(i).name
                  + " keeps "
                  + node.statistics().hintBytes()
                  + " bytes for others, more than "
                  + plan.hintBytes());
        }
      }
    }
  }

  private static void calm(SimCluster cluster, Nemesis mischief) {
    cluster.network().faults(NetworkFaults.NONE);
    nobodyGaveUp(cluster);
    mischief.end();
    for (int i = 0; i < cluster.size(); i++) {
      if (!cluster.up(i)) {
        throw new Violation(
            Kind.NODE_DOES_NOT_START, "a node does not start: " + cluster.failures());
      }
    }
    cluster.until(
        Kind.NOT_READY, "the cluster is ready after the faults", CALM_MILLIS, cluster::serving);
    cluster.until(
        Kind.INCOMPLETE,
        "every partition is complete",
        CALM_MILLIS,
        () -> everywhere(cluster, node -> node.statistics().incompletePartitions() == 0));
  }

  /** Only without writers: on slow disks, fallbacks take writes in calm times too. */
  private void atHome(SimCluster cluster, Workload workload) {
    // A link that was blocked delivers what was sent long before, hints among it.
    long moving = 0;
    for (InjectedFault trouble : plan.troubles()) {
      moving = Math.max(moving, trouble.atMillis() + trouble.forMillis());
    }
    cluster.runFor(Math.max(0, moving - cluster.sim().nanoTime() / 1_000_000));
    // A write whose client was answered looks for fallbacks until its time is over.
    long open = workload.restNanos() - cluster.sim().nanoTime();
    cluster.runFor(Math.max(5_000, open / 1_000_000));
    cluster.until(
        Kind.HINTS_LEFT,
        "every partition is complete, and no hint is left",
        CALM_MILLIS,
        () ->
            everywhere(
                cluster,
                node -> node.statistics().incompletePartitions() == 0 && keepsNoHints(node)));
    // A node whose directory was changed is judged like any other in the end.
    cluster.until(
        Kind.DIRECTORY_NOT_RECOGNISED,
        "every node knows what it has forgotten",
        CALM_MILLIS,
        cluster::nobodyForgets);
  }

  /** The partition of a hint that rotted stays listed only until its primaries were asked. */
  private static boolean keepsNoHints(Node node) {
    return node.statistics().hintsHeld() == 0 && node.statistics().hintPartitions() == 0;
  }

  private static boolean everywhere(SimCluster cluster, Predicate<Node> holds) {
    return IntStream.range(0, cluster.size()).allMatch(i -> holds.test(cluster.node(i)));
  }

  private static void nobodyGaveUp(SimCluster cluster) {
    if (!cluster.halts().isEmpty()) {
      throw new Violation(Kind.NODE_GAVE_UP, "nodes gave up: " + cluster.halts());
    }
  }

  /** In the calm, requests are answered, and as fast as disks and links allow. */
  private void swift(Pace pace) {
    double readNanos = 2 * LINK_NANOS;
    double writeNanos = 4 * LINK_NANOS + 1.5 * plan.meanDiskNanos();
    if (pace.medianNanos(Pace.Kind.READ) > MAX_TIMES_SLOWER * readNanos
        || pace.medianNanos(Pace.Kind.WRITE) > MAX_TIMES_SLOWER * writeNanos) {
      throw new Violation(Kind.TOO_SLOW, "too slow in the calm: " + pace);
    }
    double wanted =
        plan.clients() * CALM_WORK_MILLIS / (plan.meanGapMillis() + writeNanos / 1_000_000);
    if (pace.answered() + FEW < MIN_ANSWERED * wanted || pace.refused() > pace.answered() + FEW) {
      throw new Violation(
          Kind.TOO_FEW_ANSWERS, "too few answers in the calm, of " + (long) wanted + ": " + pace);
    }
  }

  /**
   * @param served the part of the faulty time in which a quorum of nodes could serve every
   *     partition
   */
  private void notVacuous(SimCluster cluster, Workload workload, double served) {
    History history = workload.history();
    double part = Math.min(1, served / ENOUGH_TIME_TO_SERVE);
    long keys =
        history.keys().stream()
            .filter(key -> history.writesOf(key).stream().anyMatch(History.Write::acknowledged))
            .count();
    if (keys < part * MIN_KEYS * plan.coldKeys()
        || history.acknowledged() < part * MIN_ACKNOWLEDGED * history.writes().size()) {
      throw new Violation(
          Kind.VACUOUS,
          String.format(
              "only %d writes of %d keys were acknowledged, where %.0f %% of the faulty time left a"
                  + " quorum that could serve",
              history.acknowledged(), keys, 100 * served));
    }
    // A client that waits for its time-out at every request sends so many.
    double fewest =
        MIN_SENT
            * plan.clients()
            * plan.chaosMillis()
            / (plan.meanGapMillis() + Workload.TIMEOUT_MILLIS);
    if (workload.attempted() < MIN_ATTEMPTED && workload.requests() < fewest) {
      throw new Violation(
          Kind.VACUOUS, "only " + workload.attempted() + " of the requests were sent");
    }
    boolean weather = !plan.weather().equals(NetworkFaults.NONE);
    if (plan.troubles().isEmpty() ? !weather : !cluster.probes().troubled()) {
      throw new Violation(Kind.VACUOUS, "nothing happened in this run");
    }
  }
}
