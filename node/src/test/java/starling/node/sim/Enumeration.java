package starling.node.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import starling.node.sim.Interleaving.Choice;
import starling.node.sim.Interleaving.Mark;
import starling.sim.SplitMix;

/**
 * Walks through the interleavings of one history, depth first, each from its beginning: a path is
 * the list of its choices. The plain path does what has waited longest; a detour is any other
 * choice, and a path may make so many of them. What happens at different nodes in another order is
 * the same: of paths that differ in no node's own order one is walked.
 */
final class Enumeration {
  /** So many choices no path has. */
  private static final int MAX_CHOICES = 400;

  /** A path up to a choice that is no plain one. */
  private record Prefix(int[] choices, int detours) {}

  private final Interleaving.Victim victim;
  private final boolean power;
  private final SimWiring wiring;
  private final int mostDetours;
  private final long mostPaths;
  private final Map<Mark, Long> marks = new EnumMap<>(Mark.class);

  /** Least detours by which a state was reached, by what each node has gone through. */
  private final Map<Long, Integer> visited = new HashMap<>();

  private final Deque<Prefix> todo = new ArrayDeque<>();
  private long paths;
  private long cut;
  private int longest;
  private @Nullable String wrong;

  Enumeration(
      Interleaving.Victim victim,
      boolean power,
      SimWiring wiring,
      int mostDetours,
      long mostPaths) {
    this.victim = victim;
    this.power = power;
    this.wiring = wiring;
    this.mostDetours = mostDetours;
    this.mostPaths = mostPaths;
  }

  /** Walks until all is walked or something is wrong. */
  void walk() {
    todo.push(new Prefix(new int[0], 0));
    while (!todo.isEmpty() && wrong == null && paths + cut < mostPaths) {
      walk(todo.pop());
    }
  }

  /** What is wrong, with the path to it; null if nothing is. */
  @Nullable String wrong() {
    return wrong;
  }

  /** Whether nothing within the bound was left out. */
  boolean complete() {
    return todo.isEmpty() && wrong == null;
  }

  long paths() {
    return paths;
  }

  /** How many paths had what in them. */
  Map<Mark, Long> marks() {
    return marks;
  }

  private void walk(Prefix prefix) {
    Interleaving run = new Interleaving(victim, power, wiring);
    Nodes passed = new Nodes();
    List<String> path = new ArrayList<>();
    List<Integer> made = new ArrayList<>();
    List<Prefix> others = new ArrayList<>();
    try {
      for (List<Choice> choices = run.choices(); !choices.isEmpty(); choices = run.choices()) {
        int at = made.size();
        if (at > MAX_CHOICES) {
          throw new AssertionError("a path has no end");
        }
        boolean given = at < prefix.choices.length;
        if (!given && prefix.detours < mostDetours) {
          for (int other = choices.size() - 1; other > 0; other--) {
            if (isNew(passed.with(choices.get(other)), prefix.detours + 1)) {
              others.add(new Prefix(added(made, other), prefix.detours + 1));
            }
          }
        }
        int taken = given ? prefix.choices[at] : 0;
        Choice choice = choices.get(taken);
        made.add(taken);
        path.add(choice.toString());
        passed.add(choice);
        choice.happen().run();
        if (!given && !isNew(passed.hash(), prefix.detours)) {
          // From here on it is a path that was walked, or will be.
          cut++;
          others.forEach(todo::push);
          return;
        }
      }
      run.judge();
    } catch (RuntimeException | AssertionError failed) {
      wrong = failed + "\nafter " + path + "\nwith " + victim + (power ? " losing power" : "");
    }
    paths++;
    longest = Math.max(longest, made.size());
    run.marks().forEach(mark -> marks.merge(mark, 1L, Long::sum));
    others.forEach(todo::push);
  }

  private boolean isNew(long state, int detours) {
    Integer before = visited.get(state);
    if (before != null && before <= detours) {
      return false;
    }
    visited.put(state, detours);
    return true;
  }

  private static int[] added(List<Integer> made, int choice) {
    int[] all = new int[made.size() + 1];
    for (int i = 0; i < made.size(); i++) {
      all[i] = made.get(i);
    }
    all[made.size()] = choice;
    return all;
  }

  /** What each node has gone through, in its order. */
  private static final class Nodes {
    private final long[] nodes = new long[4];

    void add(Choice choice) {
      for (int node = 0; node < nodes.length; node++) {
        if (choice.node() < 0 || choice.node() == node) {
          nodes[node] = SplitMix.named(nodes[node], choice.what()).nextLong();
        }
      }
    }

    long with(Choice choice) {
      Nodes then = new Nodes();
      System.arraycopy(nodes, 0, then.nodes, 0, nodes.length);
      then.add(choice);
      return then.hash();
    }

    long hash() {
      long hash = 0;
      for (long node : nodes) {
        hash = new SplitMix(hash ^ node).nextLong();
      }
      return hash;
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s %s, %d detours: %d paths of up to %d choices, %d more cut off where they meet one of"
            + " them, %s; %s",
        victim,
        power ? "loses power" : "is killed",
        mostDetours,
        paths,
        longest,
        cut,
        complete() ? "all" : "not all, " + todo.size() + " left",
        marks);
  }
}
