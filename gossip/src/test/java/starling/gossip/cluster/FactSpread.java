package starling.gossip.cluster;

import java.util.List;

/**
 * How long a fact takes to spread.
 *
 * @param halfSeconds until half of the members know it
 * @param allSeconds until all do
 */
public record FactSpread(double halfSeconds, double allSeconds) {
  /** In a cluster of this size that has come together. */
  public static FactSpread measure(int size) {
    GossipWorld world = new GossipWorld(1);
    List<SimulatedNode> nodes = world.startAll(size);
    // Looked at once: it takes time, where nodes are many.
    world.sim().runForMillis(30_000);
    if (!GossipWorld.agree(nodes)) {
      throw new IllegalStateException("no cluster of " + size + " after half a minute");
    }
    long began = world.sim().nanoTime();
    nodes.get(0).update("fact", new byte[] {1});
    long half = 0;
    long all = 0;
    while (all == 0) {
      world.sim().runForMillis(1);
      long know = nodes.stream().filter(each -> each.gossip.fact("fact") != null).count();
      long nanos = world.sim().nanoTime() - began;
      half = half == 0 && know * 2 >= size ? nanos : half;
      all = know == size ? nanos : 0;
    }
    return new FactSpread(half / 1e9, all / 1e9);
  }
}
