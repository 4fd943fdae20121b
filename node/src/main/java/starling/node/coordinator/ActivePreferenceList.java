package starling.node.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.cluster.ClusterView;
import starling.node.quorum.Positions;
import starling.ring.Fallback;

/**
 * The nodes of one request, by index: the key's primaries in the order they are asked, then
 * fallbacks of absent ones. Fallbacks are chosen only when they are needed: the next live nodes
 * clockwise, each for one primary.
 *
 * <p>Invariants: no node is here twice; a fallback is no primary.
 */
final class ActivePreferenceList {
  private final ClusterView cluster;
  private final ReplicaPlan target;
  private final int primaries;
  private final List<UUID> nodes;
  private final List<UUID> replacedPrimaries = new ArrayList<>(0);
  private final List<UUID> absent = new ArrayList<>(0);
  private int selfMayFill;

  ActivePreferenceList(ClusterView cluster, ReplicaPlan target) {
    this.cluster = cluster;
    this.target = target;
    this.nodes = target.askingOrder();
    this.primaries = nodes.size();
  }

  int primaries() {
    return primaries;
  }

  int size() {
    return nodes.size();
  }

  UUID node(int index) {
    return nodes.get(index);
  }

  String name(int index) {
    return cluster.name(nodes.get(index));
  }

  boolean self(int index) {
    return nodes.get(index).equals(cluster.self());
  }

  /** The index of this node, or -1. */
  int self() {
    return nodes.indexOf(cluster.self());
  }

  /** Whether it is worth asking now. */
  boolean mayAnswer(int index) {
    return cluster.mayAnswer(nodes.get(index));
  }

  /** The primary of a fallback; null for a primary itself. */
  @Nullable UUID primaryOf(int index) {
    return index < primaries ? null : replacedPrimaries.get(index - primaries);
  }

  /**
   * From now on this node is not expected to answer; a fallback of it is not asked again either.
   */
  void absent(int index) {
    absent.add(nodes.get(index));
  }

  /**
   * Finds a fallback for this primary, and for its earlier fallbacks: its index, or -1 if none is
   * left.
   */
  int addFallback(int primary) {
    absent(primary);
    for (int i = primaries; i < nodes.size(); i++) {
      if (node(primary).equals(primaryOf(i))) {
        absent(i);
      }
    }
    if (nodes.size() >= 3 * primaries) {
      return -1;
    }
    List<Fallback> found =
        cluster
            .ring()
            .fallbacks(
                target.partition(),
                target.properties().n(),
                node -> !absent.contains(node) && cluster.mayAnswer(node));
    for (Fallback fallback : found) {
      if (!nodes.contains(fallback.node())) {
        return add(fallback.node(), nodes.get(primary));
      }
    }
    return -1;
  }

  /**
   * Finds a node that may have a hint for this primary: a node that announces hints of the
   * partition, else the present fallback. Its index, or -1 if none is left.
   */
  int addFallbackForRead(int primary) {
    for (UUID holder : cluster.hintHolders(target.partition())) {
      if (!nodes.contains(holder) && !absent.contains(holder) && cluster.mayAnswer(holder)) {
        absent(primary);
        return add(holder, nodes.get(primary));
      }
    }
    return addFallback(primary);
  }

  /** Whether the request goes to this node. */
  boolean holds(UUID node) {
    return nodes.contains(node);
  }

  /**
   * Adds this node, which coordinates as a fallback, for the first primary that is down, or for any
   * other that fails later.
   */
  void addSelfAsFallback() {
    int first = 0;
    for (int i = primaries - 1; i >= 0; i--) {
      if (!mayAnswer(i)) {
        selfMayFill |= Positions.of(i);
        first = i;
      }
    }
    selfMayFill = selfMayFill == 0 ? Positions.any() : selfMayFill;
    var unused = add(cluster.self(), nodes.get(first));
  }

  /** The positions of which this node, where it coordinates as a fallback, may fill one. */
  int selfMayFill() {
    return selfMayFill;
  }

  /** The position that a fallback fills: that of its primary. */
  int position(int fallback) {
    return Positions.of(nodes.indexOf(replacedPrimaries.get(fallback - primaries)));
  }

  /** Adds a node that may hold hints of any primary; -1 if it is here already. */
  int alsoAsk(UUID node) {
    return nodes.contains(node) ? -1 : add(node, nodes.get(0));
  }

  private int add(UUID node, UUID primary) {
    nodes.add(node);
    replacedPrimaries.add(primary);
    return nodes.size() - 1;
  }
}
