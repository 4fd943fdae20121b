package starling.ring;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who shall own which token, so that load is even and little moves. */
public final class TokenAllocation {
  private TokenAllocation() {}

  /** New owners, by partition, for the given nodes. */
  public static List<UUID> allocate(
      List<? extends @Nullable UUID> owners, List<RingNode> nodes, int n) {
    TreeMap<UUID, RingNode> sorted = new TreeMap<>(RingNode.ID_ORDER);
    nodes.forEach(node -> sorted.put(node.id(), node));
    List<UUID> ids = new ArrayList<>(sorted.keySet());
    List<UUID> dealt = new ArrayList<>(owners.size());
    for (int i = 0; i < owners.size(); i++) {
      dealt.add(ids.get(i % ids.size()));
    }
    return dealt;
  }
}
