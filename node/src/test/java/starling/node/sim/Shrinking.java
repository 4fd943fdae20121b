package starling.node.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.sim.check.Finding;
import starling.node.sim.check.Violation;
import starling.node.sim.fault.InjectedFault;
import starling.node.sim.workload.ClientBehavior;
import starling.sim.NetworkFaults;

/**
 * Cuts a plan that goes wrong down to one that is small and goes wrong in the same way. Faults are
 * left out first, by delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input"): whole parts are left out while what remains still fails, in ever finer
 * parts. Then everything else that makes a run long or hard to read is tried without. Every try is
 * a whole run, so their number is bounded.
 */
final class Shrinking {
  private final long seed;
  private final SimWiring wiring;
  private final ClientBehavior habits;
  private final int mostRuns;
  private final Consumer<String> progress;
  private int runs;
  private Finding.@Nullable Kind kind;
  private String last = "";

  Shrinking(
      long seed, SimWiring wiring, ClientBehavior habits, int mostRuns, Consumer<String> progress) {
    this.seed = seed;
    this.wiring = wiring;
    this.habits = habits;
    this.mostRuns = mostRuns;
    this.progress = progress;
  }

  /** The small plan, or null if this one does not go wrong. */
  @Nullable SwarmPlan shrink(SwarmPlan plan) {
    Throwable wrong = wrong(plan);
    if (wrong == null) {
      return null;
    }
    kind = kindOf(wrong);
    last = String.valueOf(wrong.getMessage());
    SwarmPlan small = fewerTroubles(plan);
    small = simpler(small, sketch -> sketch.weather = NetworkFaults.NONE);
    small = simpler(small, sketch -> sketch.settled = true);
    small = simpler(small, sketch -> sketch.hintBytes = 1 << 30);
    small = simpler(small, sketch -> sketch.mixed = false);
    small = simpler(small, sketch -> sketch.sloppy = false);
    for (int keys = 1; keys < small.keys(); keys++) {
      int fewer = keys;
      small = simpler(small, sketch -> sketch.keys = fewer);
    }
    small = simpler(small, sketch -> sketch.coldKeys = 0);
    for (int halves = 0; halves < 8; halves++) {
      small = simpler(small, sketch -> sketch.coldKeys /= 2);
    }
    for (int clients = 1; clients < small.clients(); clients++) {
      int fewer = clients;
      small = simpler(small, sketch -> sketch.clients = fewer);
    }
    for (int halves = 0; halves < 8; halves++) {
      small = simpler(small, sketch -> sketch.chaosMillis /= 2);
      small = shorterTroubles(small);
    }
    return fewerTroubles(small);
  }

  /** What the run of the small plan says. */
  String failure() {
    return last;
  }

  int runs() {
    return runs;
  }

  private SwarmPlan fewerTroubles(SwarmPlan plan) {
    List<InjectedFault> rest = plan.troubles();
    int parts = 2;
    while (!rest.isEmpty() && parts <= rest.size() + 1) {
      boolean less = false;
      int size = Math.max(1, (rest.size() + parts - 1) / parts);
      for (int from = 0; from < rest.size(); from += size) {
        List<InjectedFault> without = new ArrayList<>(rest.subList(0, from));
        without.addAll(rest.subList(Math.min(rest.size(), from + size), rest.size()));
        if (stillWrong(plan.with(sketch -> sketch.troubles = without))) {
          rest = without;
          less = true;
          break;
        }
      }
      if (less) {
        parts = Math.max(2, parts - 1);
      } else if (size == 1) {
        break;
      } else {
        parts = Math.min(2 * parts, rest.size());
      }
    }
    List<InjectedFault> least = rest;
    return plan.with(sketch -> sketch.troubles = least);
  }

  private SwarmPlan shorterTroubles(SwarmPlan plan) {
    return simpler(
        plan,
        sketch -> {
          List<InjectedFault> shorter = new ArrayList<>();
          for (InjectedFault trouble : sketch.troubles) {
            shorter.add(
                new InjectedFault(
                    trouble.kind(),
                    trouble.atMillis(),
                    trouble.forMillis() / 2,
                    trouble.nodes(),
                    trouble.amount()));
          }
          sketch.troubles = shorter;
        });
  }

  private SwarmPlan simpler(SwarmPlan plan, Consumer<SwarmPlan.Sketch> change) {
    SwarmPlan changed = plan.with(change);
    return !changed.equals(plan) && stillWrong(changed) ? changed : plan;
  }

  private boolean stillWrong(SwarmPlan plan) {
    if (runs >= mostRuns) {
      return false;
    }
    Throwable wrong = wrong(plan);
    boolean same = wrong != null && kindOf(wrong) == kind;
    if (same) {
      last = String.valueOf(wrong.getMessage());
      String what = kind == null ? "something else" : kind.name();
      progress.accept("run " + runs + ": " + plan.troubles().size() + " troubles, " + what);
    }
    return same;
  }

  private @Nullable Throwable wrong(SwarmPlan plan) {
    runs++;
    try {
      var unused = new SwarmRun(seed, plan, wiring, habits).run(null);
      return null;
    } catch (AssertionError failed) {
      Throwable cause = failed.getCause();
      return cause == null ? failed : cause;
    }
  }

  /** What the check found first; null where something else than a check ended the run. */
  private static Finding.@Nullable Kind kindOf(Throwable wrong) {
    Violation violation = Violation.in(wrong);
    return violation == null ? null : violation.kind();
  }
}
