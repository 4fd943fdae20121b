package starling.sim;

import java.util.ArrayList;
import java.util.List;

/** The ways in which networks fall apart, each over a random choice of nodes. */
public enum PartitionShape {
  /** Two sides, each of at least one node. */
  SIDES {
    @Override
    void cut(SimNetwork network, List<String> shuffled, SplitMix random) {
      int at = random.nextInt(1, shuffled.size());
      network.partition(List.of(shuffled.subList(0, at), shuffled.subList(at, shuffled.size())));
    }
  },
  /** One node alone. */
  LONER {
    @Override
    void cut(SimNetwork network, List<String> shuffled, SplitMix random) {
      network.partition(List.of(shuffled.subList(0, 1), shuffled.subList(1, shuffled.size())));
    }
  },
  /** Two sides that share one node, which hears and reaches both. */
  BRIDGE {
    @Override
    void cut(SimNetwork network, List<String> shuffled, SplitMix random) {
      int half = (shuffled.size() - 1) / 2;
      network.partition(
          List.of(shuffled.subList(1, 1 + half), shuffled.subList(1 + half, shuffled.size())));
    }
  },
  /**
   * A closed chain in which each reaches only its neighbours, so that no two see the same majority.
   */
  CIRCLE {
    @Override
    void cut(SimNetwork network, List<String> shuffled, SplitMix random) {
      int size = shuffled.size();
      int reach = (size + 1) / 4;
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
          int apart = Math.floorMod(j - i, size);
          if (Math.min(apart, size - apart) > reach) {
            network.cut(shuffled.get(i), shuffled.get(j));
          }
        }
      }
    }
  },
  /** One node that is heard and hears nothing. */
  DEAF {
    @Override
    void cut(SimNetwork network, List<String> shuffled, SplitMix random) {
      for (String other : shuffled.subList(1, shuffled.size())) {
        network.cut(other, shuffled.get(0));
      }
    }
  },
  /** One node that hears and is not heard. */
  MUTE {
    @Override
    void cut(SimNetwork network, List<String> shuffled, SplitMix random) {
      for (String other : shuffled.subList(1, shuffled.size())) {
        network.cut(shuffled.get(0), other);
      }
    }
  };

  abstract void cut(SimNetwork network, List<String> shuffled, SplitMix random);

  /** Cuts the links between these nodes (two at least) in this shape; heals none. */
  public void apply(SimNetwork network, List<String> nodes, SplitMix random) {
    if (nodes.size() < 2) {
      throw new IllegalArgumentException("nothing to cut among " + nodes);
    }
    cut(network, shuffled(nodes, random), random);
  }

  /** A shape drawn at random. */
  public static PartitionShape draw(SplitMix random) {
    List<PartitionShape> all = List.of(values());
    return all.get(random.nextInt(all.size()));
  }

  private static List<String> shuffled(List<String> nodes, SplitMix random) {
    List<String> shuffled = new ArrayList<>(nodes);
    for (int i = shuffled.size() - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      String moved = shuffled.get(i);
      shuffled.set(i, shuffled.get(other));
      shuffled.set(other, moved);
    }
    return shuffled;
  }
}
