package starling.gossip.cluster;

import java.util.ArrayList;
import java.util.List;
import starling.sim.NetworkFaults;
import starling.sim.PartitionShape;
import starling.sim.SplitMix;

/**
 * Runs a seed with everything that can happen to members in it, and says what the hash of its trace
 * is. Also a program, so that a fresh JVM can be asked the same.
 */
final class TraceOfSeeds {
  private TraceOfSeeds() {}

  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) {
    for (String seed : arguments) {
      System.out.println(trace(Long.parseLong(seed)));
    }
  }

  static String trace(long seed) {
    GossipWorld world = run(seed).world();
    return world.sim().trace().hash() + " " + world.sim().events();
  }

  /** The world after a run, and the last process of each member. */
  record After(GossipWorld world, List<SimulatedNode> nodes) {}

  static After run(long seed) {
    SplitMix draw = SplitMix.named(seed, "plan");
    GossipWorld world = new GossipWorld(seed, NetworkFaults.swarm(draw));
    List<SimulatedNode> nodes = new ArrayList<>(world.cluster(draw.nextInt(3, 9)));
    for (int i = 0; i < 30; i++) {
      int which = draw.nextInt(nodes.size());
      SimulatedNode node = nodes.get(which);
      switch (draw.nextInt(6)) {
        case 0 -> {
          node.crash();
          world.sim().runForMillis(draw.nextInt(15_000));
          nodes.set(which, world.restart(node));
        }
        case 1 -> {
          node.pause();
          world.sim().runForMillis(draw.nextInt(15_000));
          node.resume();
        }
        case 2 ->
            PartitionShape.draw(draw)
                .apply(world.network(), List.copyOf(world.network().nodes()), draw);
        case 3 -> world.network().healAll();
        case 4 -> node.update("fact" + draw.nextInt(3), new byte[] {(byte) draw.nextInt()});
        default -> world.network().faults(NetworkFaults.swarm(draw));
      }
      world.sim().runForMillis(draw.nextInt(3_000));
    }
    return new After(world, nodes);
  }
}
