package starling.ring;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Facts made up from a seed, with few distinct values so that ties and conflicts are common. */
final class RandomFacts {
  private static final int IDS = 4;

  private RandomFacts() {}

  static RingFacts make(Random random) {
    int partitions = random.nextInt(8) == 0 ? 0 : 8;
    TreeMap<UUID, NodeFact> nodes = new TreeMap<>(RingNode.ID_ORDER);
    TreeSet<UUID> bans = new TreeSet<>(RingNode.ID_ORDER);
    for (int i = 1; i <= IDS; i++) {
      UUID id = RingNodes.id(i);
      if (random.nextInt(3) != 0) {
        nodes.put(id, nodeFact(random, id));
      }
      if (random.nextInt(6) == 0) {
        bans.add(id);
      }
    }
    List<PartitionFact> facts = new ArrayList<>();
    for (int i = 0; i < partitions; i++) {
      facts.add(partitionFact(random));
    }
    return new RingFacts(partitions, random.nextInt(4), nodes, facts, bans);
  }

  private static NodeFact nodeFact(Random random, UUID id) {
    Phase phase = Phase.ofCode(random.nextInt(Phase.MAX_CODE + 1));
    String zone = random.nextBoolean() ? "" : "z" + random.nextInt(2);
    return new NodeFact(id, phase, zone, 1 + random.nextInt(2), 1 + random.nextInt(3));
  }

  private static PartitionFact partitionFact(Random random) {
    return new PartitionFact(
        owner(random), owner(random), random.nextInt(3), random.nextInt(3), random.nextInt(2));
  }

  private static @Nullable UUID owner(Random random) {
    int i = random.nextInt(IDS + 1);
    return i == 0 ? null : RingNodes.id(i);
  }
}
