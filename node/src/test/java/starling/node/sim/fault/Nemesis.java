package starling.node.sim.fault;

import java.util.ArrayList;
import java.util.List;
import starling.node.sim.SimCluster;
import starling.node.sim.SimNode;
import starling.node.sim.SimProcess;
import starling.node.sim.disk.SimDisk;
import starling.node.sim.fault.InjectedFault.Kind;
import starling.sim.Simulation;
import starling.sim.SplitMix;

/**
 * Does to a cluster what a list of {@link InjectedFault}s says, and undoes each when its time is
 * over. Faults overlap: a link is whole again when the last one that cut it is over, and what
 * cannot happen to a node that is down, or paused already, does not happen.
 */
public final class Nemesis {
  /** A node has surely started by then. */
  private static final long LONGEST_START_MILLIS = 3_000;

  private final SimCluster cluster;
  private final Simulation sim;
  private final List<InjectedFault> troubles;
  private final int[][] cuts;
  private final List<InjectedFault> armed = new ArrayList<>();
  private final List<SimProcess> rottenIndexes = new ArrayList<>();
  private boolean over;

  public Nemesis(SimCluster cluster, List<InjectedFault> troubles) {
    this.cluster = cluster;
    this.sim = cluster.sim();
    this.troubles = troubles;
    this.cuts = new int[cluster.size()][cluster.size()];
  }

  public void begin() {
    for (InjectedFault trouble : troubles) {
      sim.after(
          trouble.atMillis() * 1_000_000,
          trouble.kind().name(),
          () -> {
            if (!over) {
              happen(trouble);
            }
          });
    }
  }

  /** From now on nothing is done any more, and all that was done to the machines is undone. */
  public void end() {
    over = true;
    for (int i = 0; i < cluster.size(); i++) {
      SimNode home = cluster.home(i);
      home.resume();
      home.skew(0);
      home.drift(100);
      home.slowDisk(1);
      home.diskRoom(Long.MAX_VALUE);
      home.disk().failNothing();
      home.throwEvery(0);
      if (!home.up()) {
        cluster.restart(i);
      } else if (home.process().storage.failure() != null
          || rottenIndexes.contains(home.process())) {
        cluster.crash(i);
        cluster.restart(i);
      }
    }
    cluster.healAll();
  }

  /** The worst moment to fall is just after a promise was made. */
  public void onAcknowledged() {
    if (!armed.isEmpty() && !over) {
      InjectedFault trouble = armed.remove(0);
      sim.after(0, "all down after an answer", () -> allDown(trouble));
    }
  }

  private void did(InjectedFault trouble) {
    sim.note(trouble.toString());
    cluster.probes().happened(trouble.kind());
    cluster.damage().happened(trouble, sim.nanoTime());
  }

  private void later(long millis, String label, Runnable undo) {
    sim.after(
        millis * 1_000_000,
        label,
        () -> {
          if (!over) {
            undo.run();
          }
        });
  }

  private void undo(InjectedFault trouble, Runnable undo) {
    later(trouble.forMillis(), "end of " + trouble.kind(), undo);
  }

  private void happen(InjectedFault trouble) {
    int node = trouble.node();
    int size = trouble.nodes().size();
    switch (trouble.kind()) {
      case CRASH, POWER -> down(trouble, node, trouble.kind().losesPower(), () -> {});
      case CRASH_ALL, POWER_ALL -> allDown(trouble);
      case CRASH_ALL_AFTER_ANSWER, POWER_ALL_AFTER_ANSWER -> armed.add(trouble);
      case PAUSE -> pause(trouble);
      case CUT -> cut(trouble, List.of(node), List.of(trouble.other()), true, true);
      case CUT_ONE_WAY -> cut(trouble, List.of(node), List.of(trouble.other()), true, false);
      case ISOLATE -> cut(trouble, List.of(node), trouble.nodes().subList(1, size), true, true);
      case MUTE -> cut(trouble, List.of(node), trouble.nodes().subList(1, size), true, false);
      case DEAF -> cut(trouble, List.of(node), trouble.nodes().subList(1, size), false, true);
      case SIDES ->
          cut(
              trouble,
              trouble.nodes().subList(0, side(trouble)),
              trouble.nodes().subList(side(trouble), size),
              true,
              true);
      case BRIDGE ->
          cut(
              trouble,
              trouble.nodes().subList(1, (size + 1) / 2),
              trouble.nodes().subList((size + 1) / 2, size),
              true,
              true);
      case CIRCLE -> circle(trouble);
      case FLAP -> flap(trouble);
      case SWIZZLE -> swizzle(trouble);
      case CLOG -> {
        did(trouble);
        cluster.clog(node, trouble.other(), trouble.forMillis());
      }
      case CLOCK_JUMP -> {
        did(trouble);
        cluster.home(node).skew(trouble.amount());
      }
      case CLOCK_DRIFT -> {
        did(trouble);
        cluster.home(node).drift((int) trouble.amount());
        undo(trouble, () -> cluster.home(node).drift(100));
      }
      case SLOW_DISK -> {
        did(trouble);
        cluster.home(node).slowDisk(trouble.amount());
        undo(trouble, () -> cluster.home(node).slowDisk(1));
      }
      case FULL_DISK -> {
        did(trouble);
        cluster.home(node).diskRoom(trouble.amount());
        undo(trouble, () -> cluster.home(node).diskRoom(Long.MAX_VALUE));
      }
      case WRITE_ERROR, READ_ERROR -> diskFails(trouble);
      case ROT -> {
        if (cluster.up(node) && rot(node, trouble.amount())) {
          did(trouble);
        }
      }
      case ROT_WHILE_DOWN ->
          down(
              trouble,
              node,
              false,
              () -> {
                for (int bit = 0; bit < 1 + trouble.amount() % 3; bit++) {
                  var unused = rot(node, trouble.amount() + bit);
                }
              });
      case READ_ERROR_ONCE -> {
        if (cluster.up(node)) {
          did(trouble);
          cluster.home(node).disk().failReadAt(trouble.amount());
        }
      }
      case STORAGE_THROWS -> {
        did(trouble);
        cluster.home(node).throwEvery(trouble.amount());
        undo(trouble, () -> cluster.home(node).throwEvery(0));
      }
      case ROT_WHILE_STARTING -> {
        down(trouble, node, false, () -> {});
        // At any moment from the first of its start to long after it.
        long after = trouble.forMillis() + trouble.amount() % LONGEST_START_MILLIS;
        later(
            after,
            "rot in a start",
            () -> {
              if (cluster.up(node)) {
                var unused = rot(node, trouble.amount());
              }
            });
      }
      case ROT_OF_INDEX -> {
        if (cluster.up(node)) {
          rotIndex(trouble);
        }
      }
      case OUTAGE_AND_CLOCK_JUMP ->
          down(
              trouble,
              node,
              false,
              () ->
                  later(
                      trouble.forMillis() / 2,
                      "clock jumps",
                      () -> cluster.home(trouble.other()).skew(trouble.amount())));
      case WIPE -> down(trouble, node, false, () -> cluster.wipe(node, true));
      case ROLL_BACK -> rollBack(trouble);
    }
  }

  private static int side(InjectedFault trouble) {
    return 1 + (int) (trouble.amount() % (trouble.nodes().size() - 1));
  }

  // --- machines

  private void down(InjectedFault trouble, int node, boolean power, Runnable meanwhile) {
    if (!cluster.up(node)) {
      return;
    }
    did(trouble);
    fall(node, power);
    meanwhile.run();
    undo(trouble, () -> up(node));
  }

  private void fall(int node, boolean power) {
    if (power) {
      cluster.powerLoss(node);
    } else {
      cluster.crash(node);
    }
  }

  private void up(int node) {
    if (!cluster.up(node)) {
      cluster.restart(node);
    }
  }

  private void allDown(InjectedFault trouble) {
    if (over) {
      return;
    }
    did(trouble);
    for (int node : trouble.nodes()) {
      if (cluster.up(node)) {
        fall(node, trouble.kind().losesPower());
      }
    }
    // Not all at the same moment, and not in the order in which they fell.
    long step = trouble.amount() % 500;
    for (int i = 0; i < trouble.nodes().size(); i++) {
      int node = trouble.nodes().get(i);
      later(trouble.forMillis() + i * step, "up again", () -> up(node));
    }
  }

  private void pause(InjectedFault trouble) {
    SimNode home = cluster.home(trouble.node());
    if (home.up() && !home.paused()) {
      did(trouble);
      home.pause();
      SimProcess process = home.process();
      undo(
          trouble,
          () -> {
            if (!process.dead()) {
              home.resume();
            }
          });
    }
  }

  // --- links

  private void cutOne(int from, int to) {
    if (cuts[from][to]++ == 0) {
      cluster.network().cut(cluster.address(from), cluster.address(to));
    }
  }

  private void healOne(int from, int to) {
    if (--cuts[from][to] == 0) {
      cluster.network().heal(cluster.address(from), cluster.address(to));
    }
  }

  private void cut(
      InjectedFault trouble,
      List<Integer> some,
      List<Integer> others,
      boolean forth,
      boolean back) {
    List<int[]> links = new ArrayList<>();
    for (int a : some) {
      for (int b : others) {
        if (forth) {
          links.add(new int[] {a, b});
        }
        if (back) {
          links.add(new int[] {b, a});
        }
      }
    }
    cutAll(trouble, links);
  }

  private void cutAll(InjectedFault trouble, List<int[]> links) {
    did(trouble);
    links.forEach(link -> cutOne(link[0], link[1]));
    undo(trouble, () -> links.forEach(link -> healOne(link[0], link[1])));
  }

  private void circle(InjectedFault trouble) {
    int size = trouble.nodes().size();
    List<int[]> links = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        int apart = Math.floorMod(j - i, size);
        if (Math.min(apart, size - apart) > 1) {
          links.add(new int[] {trouble.nodes().get(i), trouble.nodes().get(j)});
        }
      }
    }
    if (!links.isEmpty()) {
      cutAll(trouble, links);
    }
  }

  private void flap(InjectedFault trouble) {
    did(trouble);
    int a = trouble.node();
    int b = trouble.other();
    for (long at = 0; at < trouble.forMillis(); at += 2 * trouble.amount()) {
      later(at, "flap", () -> both(a, b, true));
      later(Math.min(trouble.forMillis(), at + trouble.amount()), "flap", () -> both(a, b, false));
    }
  }

  private void both(int a, int b, boolean cut) {
    if (cut) {
      cutOne(a, b);
      cutOne(b, a);
    } else {
      healOne(a, b);
      healOne(b, a);
    }
  }

  private void swizzle(InjectedFault trouble) {
    did(trouble);
    SplitMix chance = new SplitMix(trouble.amount());
    for (int other : trouble.nodes().subList(1, trouble.nodes().size())) {
      long cutAt = chance.nextLong(1 + trouble.forMillis() / 2);
      long healAt = trouble.forMillis() / 2 + chance.nextLong(1 + trouble.forMillis() / 2);
      later(cutAt, "swizzle", () -> both(trouble.node(), other, true));
      later(Math.max(cutAt, healAt), "swizzle", () -> both(trouble.node(), other, false));
    }
  }

  // --- disks

  /** The node must stop by itself to acknowledge; its keeper starts it again some time later. */
  private void diskFails(InjectedFault trouble) {
    SimNode home = cluster.home(trouble.node());
    if (!home.up()) {
      return;
    }
    did(trouble);
    if (trouble.kind() == Kind.READ_ERROR) {
      home.disk().failReadAt(trouble.amount());
    } else {
      home.disk().failAt(trouble.amount(), SimDisk.Fault.EIO);
    }
    restartLater(trouble);
  }

  /** The copy is taken now and put back at the end. */
  private void rollBack(InjectedFault trouble) {
    int node = trouble.node();
    did(trouble);
    SimDisk past = cluster.snapshot(node);
    long copied = sim.nanoTime();
    SimNode home = cluster.home(node);
    long announced = home.announcedPosition();
    undo(
        trouble,
        () -> {
          if (cluster.damage().endedSilently(home.name, copied, announced)) {
            cluster.damage().rolledBackUnnoticed(node, copied, sim.nanoTime());
          }
          cluster.rollBack(node, past);
          up(node);
        });
  }

  /**
   * A node that finds it stops; its keeper starts it again, which reads every page of the index
   * anew.
   */
  private void rotIndex(InjectedFault trouble) {
    int node = trouble.node();
    SplitMix chance = new SplitMix(trouble.amount());
    String rotten = cluster.home(node).disk().rotMapped("idx/", "", chance);
    if (rotten == null) {
      return;
    }
    did(trouble);
    sim.note("rot of " + rotten);
    rottenIndexes.add(cluster.home(node).process());
    restartLater(trouble);
  }

  private void restartLater(InjectedFault trouble) {
    SimProcess process = cluster.home(trouble.node()).process();
    undo(
        trouble,
        () -> {
          if (!process.dead()) {
            cluster.crash(trouble.node());
            cluster.restart(trouble.node());
          }
        });
  }

  private boolean rot(int node, long where) {
    String rotten = cluster.home(node).disk().rot("log/", ".seg", new SplitMix(where));
    sim.note("rot " + node + " " + rotten);
    return rotten != null;
  }
}
