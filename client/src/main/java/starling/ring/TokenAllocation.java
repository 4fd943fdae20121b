package starling.ring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Decides which node owns which token, so that load is even and little of it moves: when a cluster
 * is founded and when nodes join, leave or change weight, one or many at once. Load is counted in
 * (partition, replica) pairs per weight over the preference lists, which is what nodes really store
 * and serve.
 *
 * <p>A pure function: equal arguments, equal owners. (1) Only tokens of nodes that are gone, tokens
 * that newcomers need and a few that level out what remains change hands. (2) With no more nodes
 * than replicas every list names all nodes and no data follows a token, so the tokens are dealt out
 * in turn, which spaces them best for nodes to come. (3) Evenness gives way to little movement:
 * where weights or zones leave hardly any choice, as when some nodes must hold everything, a leave
 * may end up to five percent uneven; allocating once more to the same nodes levels it out at
 * leisure. The result is a proposal, which {@link RingCheck} accepts or rejects.
 */
public final class TokenAllocation {
  /** The greatest relative load that a founding leaves as it is. */
  private static final double LEVEL_WHEN_FOUNDED = 1.01;

  /** The greatest relative load that is not worth moving data for. */
  private static final double LEVEL_ENOUGH = 1.015;

  /** The greatest relative load that is left as it is when no node came, went or changed. */
  private static final double LEVEL_WITHOUT_CAUSE = 1.03;

  /** The greatest relative load that may stay, however much must move for it. */
  private static final double LEVEL_AT_ANY_PRICE = 1.05;

  /** How much may have moved when levelling is done, relative to what must. */
  private static final double MAX_MOVES = 1.08;

  // The cost of a pair that moves without need. High while tokens are placed, where a place without
  // such moves is nearly always to be had; low in the levelling, which has a limit of its own.
  private static final double PRICE_WHEN_TAKING = 0.3;
  private static final double PRICE_WHEN_RECONSIDERING = 1;
  private static final double PRICE_WHEN_LEVELLING = 0.03;

  private final Ring current;
  private final List<RingNode> nodes;
  private final Map<UUID, Integer> indexes = new HashMap<>();
  private final int[] weights;
  private final int[] zoneOfNode;
  private final int zones;
  private final int n;

  private TokenAllocation(Ring current, Collection<RingNode> nodes, int n) {
    Map<UUID, RingNode> sorted = new TreeMap<>(RingNode.ID_ORDER);
    nodes.forEach(node -> sorted.put(node.id(), node));
    this.current = current;
    this.nodes = List.copyOf(sorted.values());
    this.nodes.forEach(node -> indexes.put(node.id(), indexes.size()));
    this.n = n;
    this.weights = this.nodes.stream().mapToInt(RingNode::weight).toArray();
    Map<String, Integer> zoneNumbers = new HashMap<>();
    this.zoneOfNode =
        this.nodes.stream()
            .mapToInt(node -> zoneNumbers.computeIfAbsent(node.zone(), key -> zoneNumbers.size()))
            .toArray();
    this.zones = zoneNumbers.size();
  }

  /** The owners, by partition, of a new ring that is dealt out to these nodes. */
  public static List<UUID> found(int partitions, Collection<RingNode> nodes, int n) {
    List<@Nullable UUID> nobody =
        Collections.nCopies(Positions.requirePartitions(partitions), null);
    return allocate(Ring.of(0, List.of(), nobody), nodes, n);
  }

  /**
   * The owners, by partition, once exactly these nodes own tokens.
   *
   * @param current the ring as it is, with the nodes that are to go
   * @param nodes who is to own tokens from now on; at least one
   * @param n the number of replicas for which load is to be even
   */
  public static List<UUID> allocate(Ring current, Collection<RingNode> nodes, int n) {
    if (!current.founded() || nodes.isEmpty() || n < 1 || n > Ring.MAX_REPLICAS) {
      throw new IllegalArgumentException(
          "cannot allocate " + current + " to " + nodes.size() + " nodes for n = " + n);
    }
    return new TokenAllocation(current, nodes, n).owners();
  }

  private List<UUID> owners() {
    int[] owners = new int[current.partitions()];
    boolean[] owning = new boolean[nodes.size()];
    for (int token = 0; token < owners.length; token++) {
      owners[token] = indexOf(current.ownerId(token));
      if (owners[token] >= 0) {
        owning[owners[token]] = true;
      }
    }
    int[] allocated = nodes.size() <= n ? inTurn(owners) : search(owners, owning);
    List<UUID> ids = new ArrayList<>(allocated.length);
    for (int node : allocated) {
      ids.add(nodes.get(node).id());
    }
    return ids;
  }

  /** In turn, first the nodes that own tokens in the order of the ring. */
  private int[] inTurn(int[] owners) {
    Set<Integer> order = new LinkedHashSet<>();
    for (int owner : owners) {
      if (owner >= 0) {
        order.add(owner);
      }
    }
    for (int node = 0; node < nodes.size(); node++) {
      order.add(node);
    }
    List<Integer> turns = new ArrayList<>(order);
    int[] dealt = new int[owners.length];
    Arrays.setAll(dealt, token -> turns.get(token % turns.size()));
    return dealt;
  }

  private int[] search(int[] owners, boolean[] owning) {
    boolean[] movesFree = new boolean[owning.length];
    int[] zoneOfPresent = zoneOfNode.clone();
    List<Integer> newcomers = new ArrayList<>();
    for (int node = 0; node < owning.length; node++) {
      if (!owning[node]) {
        movesFree[node] = true;
        zoneOfPresent[node] = -1;
        newcomers.add(node);
      }
    }
    if (newcomers.size() == owning.length) {
      int width = Math.min(n, owning.length);
      double[] fair = fairShares(zoneOfNode);
      int[] dealt = new InitialAssignment(zoneOfNode, zones, fair, width).deal(owners.length);
      searchOver(dealt, zoneOfNode, movesFree, 0).level(LEVEL_WHEN_FOUNDED, Double.MAX_VALUE);
      return dealt;
    }
    for (int newcomer : newcomers) {
      zoneOfPresent[newcomer] = zoneOfNode[newcomer];
      join(newcomer, owners, zoneOfPresent, movesFree);
    }
    searchOver(owners, zoneOfNode, movesFree, PRICE_WHEN_TAKING).giveAway();
    searchOver(owners, zoneOfNode, movesFree, PRICE_WHEN_RECONSIDERING)
        .reconsider(tokensThatChangeHands(owners));
    double needed = movesNeeded();
    TokenSearch levelling = searchOver(owners, zoneOfNode, movesFree, PRICE_WHEN_LEVELLING);
    if (needed < 1) {
      levelling.level(LEVEL_WITHOUT_CAUSE, Double.MAX_VALUE);
    } else {
      levelling.level(LEVEL_ENOUGH, needed * MAX_MOVES);
      levelling.level(LEVEL_AT_ANY_PRICE, Double.MAX_VALUE);
    }
    return owners;
  }

  private void join(int newcomer, int[] owners, int[] zoneOfPresent, boolean[] movesFree) {
    double[] fair = fairShares(zoneOfPresent);
    if (fair[newcomer] > 0.99 * owners.length) {
      spreadOut(newcomer, owners, fair);
    }
    searchOver(owners, zoneOfPresent, movesFree, PRICE_WHEN_TAKING).take(newcomer);
  }

  /**
   * Gives a newcomer one token in every few. It is to be in every list, as the only one of its zone
   * or for its weight, wherever its tokens lie; spread evenly they keep the walks short that look
   * for it. Each comes from the node that owns most for its share.
   */
  private void spreadOut(int newcomer, int[] owners, double[] fair) {
    int[] counts = new int[fair.length];
    for (int owner : owners) {
      if (owner >= 0) {
        counts[owner]++;
      }
    }
    int spacing = Math.min(n, nodes.size()) + 1;
    for (int from = 0; from < owners.length; from += spacing) {
      int richest = from;
      for (int token = from; token < Math.min(from + spacing, owners.length); token++) {
        if (wealth(owners[token], counts, fair) > wealth(owners[richest], counts, fair)) {
          richest = token;
        }
      }
      if (owners[richest] >= 0) {
        counts[owners[richest]]--;
      }
      owners[richest] = newcomer;
    }
  }

  private static double wealth(int owner, int[] counts, double[] fair) {
    return owner < 0 ? Double.MAX_VALUE : counts[owner] / fair[owner];
  }

  private TokenSearch searchOver(
      int[] owners, int[] zoneOfPresent, boolean[] movesFree, double priceOfAMove) {
    ZoneQuota quota = ZoneQuota.of(zoneOfPresent, zones, n);
    double[] fair = fairShares(zoneOfPresent);
    PairLoad load =
        new PairLoad(owners, zoneOfPresent, quota, fair, listsBefore(), movesFree, priceOfAMove);
    return new TokenSearch(load, zoneOfPresent, owners.length, quota.width);
  }

  private double[] fairShares(int[] zoneOfPresent) {
    ZoneQuota quota = ZoneQuota.of(zoneOfPresent, zones, n);
    return FairShare.of(weights, zoneOfPresent, zones, quota, current.partitions());
  }

  private int[] tokensThatChangeHands(int[] owners) {
    return IntStream.range(0, owners.length)
        .filter(token -> owners[token] != indexOf(current.ownerId(token)))
        .toArray();
  }

  /** How many pairs must move at least because of what changed: what fair shares grew by. */
  private double movesNeeded() {
    double needed = 0;
    RingLoad before = RingLoad.of(current, n);
    double[] after = fairShares(zoneOfNode);
    for (int node = 0; node < after.length; node++) {
      int index = current.indexOf(nodes.get(node).id());
      needed += Math.max(0, after[node] - (index < 0 ? 0 : before.fairShare(index)));
    }
    return needed;
  }

  /** By partition: its list in the current ring, flat, with -1 for nodes that are to go. */
  private int[] listsBefore() {
    PreferenceLists lists = current.preferenceLists(n);
    int[] indexes = current.nodes().stream().mapToInt(node -> indexOf(node.id())).toArray();
    int[] flat = new int[current.partitions() * lists.width()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = indexes[lists.node(i / lists.width(), i % lists.width())];
    }
    return flat;
  }

  /** The place of a node among those that are to own tokens, or -1. */
  private int indexOf(@Nullable UUID id) {
    return id == null ? -1 : indexes.getOrDefault(id, -1);
  }
}
