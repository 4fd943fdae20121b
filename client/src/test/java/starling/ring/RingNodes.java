package starling.ring;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Nodes and rings that tests are made of; the id of node i ends in i. */
final class RingNodes {
  private RingNodes() {}

  static UUID id(int i) {
    return new UUID(0x5eed_0000_0000_0000L, i);
  }

  static List<RingNode> plain(int count) {
    return nodes(count, i -> RingNode.DEFAULT_WEIGHT, i -> "");
  }

  static List<RingNode> nodes(int count, IntUnaryOperator weight, IntFunction<String> zone) {
    List<RingNode> nodes = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      nodes.add(new RingNode(id(i), Phase.NORMAL, zone.apply(i), weight.applyAsInt(i)));
    }
    return nodes;
  }

  /** A ring whose tokens belong to the nodes with these numbers, in order. */
  static Ring ring(List<RingNode> nodes, int... owners) {
    List<@Nullable UUID> ids = new ArrayList<>();
    for (int owner : owners) {
      ids.add(owner == 0 ? null : id(owner));
    }
    return Ring.of(1, nodes, ids);
  }

  static List<UUID> ids(int... numbers) {
    List<UUID> ids = new ArrayList<>();
    for (int number : numbers) {
      ids.add(id(number));
    }
    return ids;
  }
}
