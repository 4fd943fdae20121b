package starling.node.sim.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.sim.SimCluster;
import starling.node.sim.SimNode;
import starling.node.sim.SwarmPlan;
import starling.node.sim.check.Exemptions.Observation;
import starling.node.sim.check.Exemptions.Where;
import starling.node.sim.check.Finding.Kind;
import starling.node.sim.workload.History;
import starling.node.sim.workload.History.View;
import starling.node.sim.workload.Promise;
import starling.node.sim.workload.Workload;
import starling.node.version.Siblings;

/**
 * Judges a cluster that has nothing left to do, in the order in which no look repairs what the next
 * one is to find:
 *
 * <ol>
 *   <li>what each primary holds, and what each set of primaries holds together;
 *   <li>what each node answers at the bucket's own quorums;
 *   <li>what is answered while one primary is cut off, so that the two others must know everything;
 *   <li>what all replicas answer together, which repairs them;
 *   <li>then all replicas hold the same.
 * </ol>
 */
public final class AtRest {
  private static final long ANSWERS_MILLIS = 70_000;
  private static final long CALM_MILLIS = 60_000;
  private static final int MAX_TRIES = 12;

  /** So many requests at a time: a node does not turn them away. */
  private static final int BATCH = 64;

  private static final RequestOptions DEFAULT = RequestOptions.NONE;
  private static final RequestOptions ALL =
      new RequestOptions(Quorum.ALL, null, Quorum.ALL, null, null, null);

  private final SimCluster cluster;
  private final SwarmPlan plan;
  private final History history;
  private final Exemptions exemptions;
  private final List<String> keys;

  public AtRest(SimCluster cluster, SwarmPlan plan, Workload workload) {
    this.cluster = cluster;
    this.plan = plan;
    this.history = workload.history();
    this.exemptions = workload.exemptions();
    this.keys = List.copyOf(history.keys());
  }

  public void judge() {
    int n = plan.properties().n();
    int quorum = plan.properties().r().resolve(n);
    List<ReplicaReport> reports = inspected();
    for (int i = 0; i < keys.size(); i++) {
      judgeHeld(keys.get(i), reports.get(i), n);
    }
    nobodyIsSpared(reports);
    for (int node = 0; node < cluster.size(); node++) {
      judged(node, keys, DEFAULT, quorum, "a read at node " + node);
    }
    for (int away = 0; away < cluster.size(); away++) {
      answersWithout(away, reports, quorum);
    }
    judged(0, keys, ALL, n, "a read of all replicas at node 0");
    for (int node = 1; node < cluster.size(); node++) {
      List<String> hot = keys.subList(0, Math.min(keys.size(), plan.keys()));
      judged(node, hot, ALL, n, "a read of all replicas at node " + node);
    }
    sameEverywhere();
  }

  /** What each replica holds, for every key; nothing is repaired by that. */
  private List<ReplicaReport> inspected() {
    return asked(
        keys,
        (i, done) ->
            cluster
                .node(i % cluster.size())
                .replicas(
                    "look-" + i,
                    Workload.BUCKET,
                    SimCluster.bytes(keys.get(i)),
                    RequestOptions.NONE,
                    done),
        report -> report.replicas().stream().allMatch(holding -> holding.siblings() != null));
  }

  private void judgeHeld(String key, ReplicaReport report, int n) {
    List<Siblings> held = new ArrayList<>();
    for (ReplicaReport.Holding holding : report.replicas()) {
      Siblings siblings = holding.siblings();
      if (siblings == null) {
        throw new Violation(
            Kind.NOT_JUDGED, holding.node() + " does not tell what it holds of " + key);
      }
      Where where = holding.primary() ? Where.ONE_PRIMARY : Where.SOME_PRIMARIES;
      if (holding.primary()) {
        held.add(siblings);
        verdict(where, 1, key, siblings, "what " + holding.node() + " holds of " + key);
      }
    }
    if (held.size() != n) {
      throw new Violation(Kind.NOT_JUDGED, key + " has " + held.size() + " primaries: " + report);
    }
    for (int without = 0; without < n; without++) {
      Siblings joined = Siblings.EMPTY;
      for (int i = 0; i < n; i++) {
        if (i != without) {
          joined =
              plan.lastWriterWins() ? joined.joinLatest(held.get(i)) : joined.join(held.get(i));
        }
      }
      String others = "what all primaries but " + without + " hold of " + key;
      verdict(Where.SOME_PRIMARIES, n - 1, key, joined, others);
    }
  }

  /** Every member of the ring is a primary of something that was judged. */
  private void nobodyIsSpared(List<ReplicaReport> reports) {
    Set<String> judged = new TreeSet<>();
    for (ReplicaReport report : reports) {
      report.replicas().stream()
          .filter(ReplicaReport.Holding::primary)
          .forEach(holding -> judged.add(holding.node()));
    }
    for (int i = 0; plan.coldKeys() > 0 && i < cluster.size(); i++) {
      SimNode home = cluster.home(i);
      if (cluster.node(i).ring().contains(home.id) && !judged.contains(home.name)) {
        throw new Violation(Kind.NOT_JUDGED, home.name + " is judged no more: " + judged);
      }
    }
  }

  private void verdict(Where where, int primaries, String key, Siblings set, String what) {
    boolean deletes = set.versions().stream().anyMatch(version -> version.content().isTombstone());
    verdict(where, primaries, key, Workload.tokens(set.values()), deletes, what);
  }

  private void verdict(
      Where where, int primaries, String key, Set<Integer> shown, boolean deletes, String what) {
    List<Finding> findings =
        Oracles.findings(plan, history, View.END, key, shown, deletes || plan.lastWriterWins());
    Promise answered = Promise.ofPrimaries(plan.properties().n(), primaries);
    List<Finding> wrong = exemptions.unexcused(findings, new Observation(where, answered, true));
    if (!wrong.isEmpty()) {
      throw new Violation(
          wrong,
          "at rest, "
              + what
              + " shows "
              + shown
              + ": "
              + wrong
              + "; now "
              + cluster.replicas(0, Workload.BUCKET, key));
    }
  }

  /**
   * What one node answers, for each of these keys.
   *
   * @return false if that cannot be judged now: a read or the scrub has found damage meanwhile, so
   *     a primary is incomplete, and it may need one that is cut off to become complete again
   */
  private boolean answers(
      int node, List<String> of, RequestOptions options, int primaries, String what) {
    List<ReadOutcome> outcomes =
        asked(
            of,
            (i, done) -> cluster.read(node, Workload.BUCKET, of.get(i), null, options, done),
            outcome -> !(outcome instanceof ReadOutcome.Rejected));
    boolean all = primaries == plan.properties().n();
    if (!complete() && outcomes.stream().anyMatch(ReadOutcome.Rejected.class::isInstance)) {
      return false;
    }
    for (int i = 0; i < of.size(); i++) {
      if (outcomes.get(i) instanceof ReadOutcome.Rejected refused) {
        throw new Violation(
            Kind.NO_ANSWER,
            "node " + node + " does not answer in calm: " + of.get(i) + " " + refused);
      }
      verdict(
          all ? Where.ALL_PRIMARIES : Where.SOME_PRIMARIES,
          primaries,
          of.get(i),
          Workload.shown(outcomes.get(i)),
          true,
          what + " of " + of.get(i));
    }
    return true;
  }

  /** With all nodes there, what a primary has lost comes back, and its answers can be judged. */
  private void judged(
      int node, List<String> of, RequestOptions options, int primaries, String what) {
    for (int round = 0; round < MAX_TRIES; round++) {
      cluster.until(Kind.INCOMPLETE, "every partition is complete", CALM_MILLIS, this::complete);
      if (answers(node, of, options, primaries, what)) {
        return;
      }
    }
    throw new Violation(Kind.INCOMPLETE_AGAIN, what + ": primaries lose something again and again");
  }

  /** While a node is cut off, the other primaries of its keys must know all that it knows. */
  private void answersWithout(int away, List<ReplicaReport> reports, int primaries) {
    String name = cluster.home(away).name;
    TreeMap<Integer, List<String>> readers = new TreeMap<>();
    int next = 0;
    for (int i = 0; i < keys.size(); i++) {
      boolean mine =
          reports.get(i).replicas().stream()
              .anyMatch(holding -> holding.primary() && holding.node().equals(name));
      if (mine) {
        int reader = (away + 1 + next++ % (cluster.size() - 1)) % cluster.size();
        readers.computeIfAbsent(reader, unused -> new ArrayList<>()).add(keys.get(i));
      }
    }
    for (int round = 0; round < MAX_TRIES && !readers.isEmpty(); round++) {
      cluster.until(
          Kind.INCOMPLETE, "every partition is complete before a cut", CALM_MILLIS, this::complete);
      cluster.isolate(away);
      readers
          .entrySet()
          .removeIf(
              each -> {
                int reader = each.getKey();
                String what = "a read at node " + reader + " without " + name;
                return answers(reader, each.getValue(), DEFAULT, primaries, what);
              });
      cluster.healAll();
      cluster.until(
          Kind.NOT_READY, "the cluster is ready after a cut", CALM_MILLIS, cluster::serving);
    }
    if (!readers.isEmpty()) {
      throw new Violation(
          Kind.INCOMPLETE_AGAIN, "without " + name + " primaries lose something again and again");
    }
  }

  private boolean complete() {
    for (int i = 0; i < cluster.size(); i++) {
      if (cluster.node(i).statistics().incompletePartitions() > 0) {
        return false;
      }
    }
    return true;
  }

  private void sameEverywhere() {
    cluster.runFor(1_000);
    cluster.until("what was repaired is on disk", CALM_MILLIS, this::disksAreIdle);
    List<ReplicaReport> reports = inspected();
    for (int i = 0; i < keys.size(); i++) {
      Set<Long> hashes = new TreeSet<>();
      for (ReplicaReport.Holding holding : reports.get(i).replicas()) {
        Siblings held = holding.siblings();
        if (held == null) {
          throw new Violation(
              Kind.NOT_JUDGED, holding.node() + " does not tell what it holds of " + keys.get(i));
        }
        hashes.add(held.hash());
        verdict(Where.ALL_PRIMARIES, 3, keys.get(i), held, "in the end, " + holding.node());
      }
      if (hashes.size() > 1) {
        throw new Violation(
            Kind.REPLICAS_DIFFER,
            "replicas of " + keys.get(i) + " differ after all was read: " + reports.get(i));
      }
    }
  }

  private boolean disksAreIdle() {
    for (int i = 0; i < cluster.size(); i++) {
      if (!cluster.home(i).process().diskIsIdle()) {
        return false;
      }
    }
    return true;
  }

  private interface Question<T> {
    void ask(int index, Consumer<T> done);
  }

  /**
   * Asks something of each key, some at a time, and lets time pass until all are answered. A link
   * may be blocked for a while after the faults, so what is not answered well is asked again.
   */
  private <T> List<T> asked(List<String> of, Question<T> question, Predicate<T> well) {
    List<@Nullable T> answers = new ArrayList<>();
    of.forEach(unused -> answers.add(null));
    for (int tries = 0; tries < MAX_TRIES; tries++) {
      List<Integer> open = new ArrayList<>();
      for (int i = 0; i < of.size(); i++) {
        T answer = answers.get(i);
        if (answer == null || !well.test(answer)) {
          open.add(i);
        }
      }
      if (open.isEmpty()) {
        break;
      }
      if (tries > 0) {
        cluster.runFor(1_000);
      }
      for (int from = 0; from < open.size(); from += BATCH) {
        List<Integer> batch = open.subList(from, Math.min(open.size(), from + BATCH));
        int[] missing = {batch.size()};
        for (int i : batch) {
          question.ask(
              i,
              answer -> {
                answers.set(i, answer);
                missing[0]--;
              });
        }
        cluster.until(Kind.NO_ANSWER, "answers at rest", ANSWERS_MILLIS, () -> missing[0] <= 0);
      }
    }
    return answers;
  }
}
