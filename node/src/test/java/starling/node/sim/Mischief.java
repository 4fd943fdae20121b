package starling.node.sim;

import java.util.ArrayList;
import java.util.List;
import starling.sim.Simulation;
import starling.sim.SplitMix;

/** Does to a cluster, at random moments, what the plan of a run allows; undoes it later. */
final class Mischief {
  private static final long MEAN_PAUSE_NANOS = 1_200_000_000L;
  private static final long MEAN_TROUBLE_NANOS = 2_500_000_000L;

  private final SimCluster cluster;
  private final Simulation sim;
  private final SplitMix chance;
  private final SwarmPlan plan;
  private final List<Runnable> kinds = new ArrayList<>();
  private boolean armed;
  private boolean over;
  private long done;

  Mischief(SimCluster cluster, SwarmPlan plan) {
    this.cluster = cluster;
    this.sim = cluster.sim();
    this.chance = sim.stream("mischief");
    this.plan = plan;
    if (plan.crashes()) {
      kinds.add(() -> down(chance.nextInt(cluster.size()), false));
    }
    if (plan.powerLosses()) {
      kinds.add(() -> down(chance.nextInt(cluster.size()), true));
    }
    if (plan.allAtOnce() && (plan.crashes() || plan.powerLosses())) {
      kinds.add(this::allDown);
      kinds.add(() -> armed = true);
    }
    if (plan.cuts()) {
      kinds.add(this::cutPair);
      kinds.add(this::isolate);
      kinds.add(this::oneWay);
    }
    if (plan.skews()) {
      kinds.add(this::skew);
    }
  }

  /** Whether this run can have any trouble but the weather. */
  boolean possible() {
    return !kinds.isEmpty();
  }

  long done() {
    return done;
  }

  void begin() {
    if (possible()) {
      next();
    }
  }

  /** From now on nothing is done any more. */
  void end() {
    over = true;
  }

  /** The worst moment to fall is just after a promise was made. */
  void onAcknowledged() {
    if (armed && !over) {
      armed = false;
      sim.after(0, "all down after an answer", this::allDown);
    }
  }

  private void next() {
    sim.after(
        (long) (MEAN_PAUSE_NANOS * chance.nextExponential()),
        "mischief",
        () -> {
          if (!over) {
            done++;
            kinds.get(chance.nextInt(kinds.size())).run();
            next();
          }
        });
  }

  private void later(String label, Runnable undo) {
    sim.after(
        (long) (MEAN_TROUBLE_NANOS * chance.nextExponential()),
        label,
        () -> {
          if (!over) {
            undo.run();
          }
        });
  }

  private void down(int node, boolean power) {
    if (!cluster.up(node)) {
      return;
    }
    if (power) {
      cluster.powerLoss(node);
    } else {
      cluster.crash(node);
    }
    later("mend", () -> up(node));
  }

  private void up(int node) {
    if (!cluster.up(node)) {
      cluster.restart(node);
    }
  }

  private void allDown() {
    boolean power = plan.powerLosses() && chance.nextBoolean();
    for (int i = 0; i < cluster.size(); i++) {
      down(i, power);
    }
  }

  private void cutPair() {
    int a = chance.nextInt(cluster.size());
    int b = (a + chance.nextInt(1, cluster.size())) % cluster.size();
    sim.note("cut " + a + " " + b);
    cluster.cut(a, b);
    later("heal", cluster::healAll);
  }

  private void oneWay() {
    int a = chance.nextInt(cluster.size());
    int b = (a + chance.nextInt(1, cluster.size())) % cluster.size();
    sim.note("deaf " + a + " " + b);
    cluster.network().cut(cluster.home(a).peer.toString(), cluster.home(b).peer.toString());
    later("heal", cluster::healAll);
  }

  private void isolate() {
    int alone = chance.nextInt(cluster.size());
    sim.note("isolate " + alone);
    cluster.isolate(alone);
    later("heal", cluster::healAll);
  }

  private void skew() {
    long most = chance.nextInt(4) == 0 ? 86_400_000 : 5_000;
    long skew = chance.nextLong(-most, most + 1);
    int node = chance.nextInt(cluster.size());
    sim.note("skew " + node + " " + skew);
    cluster.home(node).skew(skew);
  }
}
