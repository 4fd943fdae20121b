package starling.ring;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The mergeable facts of which the ring is a pure function: the state of every node and partition,
 * and the banned nodes. Two nodes that join each other's facts hold the same ring.
 *
 * <p>Immutable. (1) {@link #join} is commutative, associative and idempotent. (2) Phases and bans
 * only go forward: a banned id never comes back, even if an old fact names it. (3) The number of
 * partitions is fixed by the founding. (4) Each operation raises the counters of the facts it
 * touches and the number of changes, which the API shows as the version of the ring.
 */
public final class RingFacts {
  /** Before the founding: no partitions, no nodes. */
  public static final RingFacts UNFOUNDED =
      new RingFacts(0, 0, new TreeMap<>(RingNode.ID_ORDER), List.of(), ids());

  private final int partitions;
  private final long changes;
  private final SortedMap<UUID, NodeFact> nodes;
  private final List<PartitionFact> partitionFacts;
  private final SortedSet<UUID> bans;

  /** Takes ownership of the collections; they are sorted by {@link RingNode#ID_ORDER}. */
  RingFacts(
      int partitions,
      long changes,
      SortedMap<UUID, NodeFact> nodes,
      List<PartitionFact> partitionFacts,
      SortedSet<UUID> bans) {
    this.partitions = partitions;
    this.changes = changes;
    this.nodes = Collections.unmodifiableSortedMap(nodes);
    this.partitionFacts = List.copyOf(partitionFacts);
    this.bans = Collections.unmodifiableSortedSet(bans);
  }

  /** Founds a cluster: a ring of a power of two of partitions, dealt out to the nodes. */
  public static RingFacts found(int partitions, int n, List<RingNode> founders) {
    Positions.requirePartitions(partitions);
    SortedMap<UUID, NodeFact> nodes = new TreeMap<>(RingNode.ID_ORDER);
    founders.forEach(node -> nodes.put(node.id(), NodeFact.first(node)));
    List<UUID> owners = TokenAllocation.found(partitions, founders, n);
    List<PartitionFact> facts = new ArrayList<>(partitions);
    for (UUID owner : owners) {
      facts.add(PartitionFact.UNCLAIMED.given(owner, 1));
    }
    return new RingFacts(partitions, 1, nodes, facts, ids());
  }

  /** States a node: adds it, or replaces its zone and weight and moves its phase forward. */
  public RingFacts withNode(RingNode node) {
    SortedMap<UUID, NodeFact> next = new TreeMap<>(nodes);
    NodeFact known = next.get(node.id());
    next.put(node.id(), known == null ? NodeFact.first(node) : known.restated(node));
    return new RingFacts(partitions, changes + 1, next, partitionFacts, bans);
  }

  /** Gives tokens to new owners at once; partitions whose owner stays are not touched. */
  public RingFacts withPartitions(List<? extends @Nullable UUID> owners) {
    if (owners.size() != partitions) {
      throw new IllegalArgumentException(
          "owners of " + owners.size() + " partitions for a ring of " + partitions);
    }
    List<PartitionFact> next = new ArrayList<>(partitionFacts);
    for (int i = 0; i < partitions; i++) {
      UUID owner = owners.get(i);
      if (!Objects.equals(owner, next.get(i).owner())) {
        next.set(i, next.get(i).given(owner, changes + 1));
      }
    }
    return new RingFacts(partitions, changes + 1, nodes, next, bans);
  }

  /** Bans an id for good. Its tokens have no owner from here on. */
  public RingFacts withBan(UUID id) {
    SortedSet<UUID> next = ids();
    next.addAll(bans);
    next.add(id);
    return new RingFacts(partitions, changes + 1, nodes, partitionFacts, next);
  }

  /**
   * The facts that both sides know. Fails where both are founded with different numbers of
   * partitions: these are two clusters, and two clusters are never merged.
   */
  public RingFacts join(RingFacts other) {
    if (partitions != 0 && other.partitions != 0 && partitions != other.partitions) {
      throw new IllegalArgumentException(
          "facts of two clusters: one has "
              + partitions
              + " partitions, the other "
              + other.partitions);
    }
    SortedMap<UUID, NodeFact> joined = new TreeMap<>(nodes);
    other.nodes.forEach((id, fact) -> joined.merge(id, fact, NodeFact::join));
    SortedSet<UUID> banned = ids();
    banned.addAll(bans);
    banned.addAll(other.bans);
    return new RingFacts(
        Math.max(partitions, other.partitions),
        Math.max(changes, other.changes),
        joined,
        joinPartitions(other),
        banned);
  }

  private List<PartitionFact> joinPartitions(RingFacts other) {
    if (partitions == 0 || other.partitions == 0) {
      return partitions == 0 ? other.partitionFacts : partitionFacts;
    }
    List<PartitionFact> joined = new ArrayList<>(partitions);
    for (int i = 0; i < partitions; i++) {
      joined.add(partitionFacts.get(i).join(other.partitionFacts.get(i)));
    }
    return joined;
  }

  /** The ring that follows from these facts. Nodes that left or are banned are not in it. */
  public Ring ring() {
    List<RingNode> members = new ArrayList<>();
    for (NodeFact fact : nodes.values()) {
      if (fact.phase() != Phase.LEFT && !bans.contains(fact.id())) {
        members.add(fact.node());
      }
    }
    @Nullable UUID[] owners = new @Nullable UUID[partitions];
    @Nullable UUID[] nextOwners = new @Nullable UUID[partitions];
    byte[] steps = new byte[partitions];
    for (int i = 0; i < partitions; i++) {
      PartitionFact fact = partitionFacts.get(i);
      owners[i] = fact.owner();
      nextOwners[i] = fact.nextOwner();
      steps[i] = (byte) fact.step();
    }
    return new Ring(changes, members, owners, nextOwners, steps);
  }

  public boolean founded() {
    return partitions != 0;
  }

  /** The number of partitions; 0 before the founding. */
  public int partitions() {
    return partitions;
  }

  /** The number of changes so far: the version of the ring. */
  public long changes() {
    return changes;
  }

  /** The state of each node, by id; also of nodes that left or were banned. */
  public SortedMap<UUID, NodeFact> nodes() {
    return nodes;
  }

  /** The state of each partition. */
  public List<PartitionFact> partitionFacts() {
    return partitionFacts;
  }

  /** The ids that may never come back. */
  public SortedSet<UUID> bans() {
    return bans;
  }

  /** These facts as bytes; equal facts have equal bytes. */
  public byte[] encode() {
    return RingFactsCodec.encode(this);
  }

  /** The facts in these bytes; a {@link RingFormatException} says what is wrong with others. */
  public static RingFacts decode(byte[] bytes) {
    return RingFactsCodec.decode(bytes);
  }

  private static SortedSet<UUID> ids() {
    return new TreeSet<>(RingNode.ID_ORDER);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RingFacts that
        && partitions == that.partitions
        && changes == that.changes
        && nodes.equals(that.nodes)
        && partitionFacts.equals(that.partitionFacts)
        && bans.equals(that.bans);
  }

  @Override
  public int hashCode() {
    return Objects.hash(partitions, changes, nodes, partitionFacts, bans);
  }

  @Override
  public String toString() {
    return "facts of "
        + partitions
        + " partitions and "
        + nodes.size()
        + " nodes after "
        + changes
        + " changes";
  }
}
