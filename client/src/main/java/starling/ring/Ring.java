package starling.ring;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which node owns which token, and the preference lists that follow: the third partitioning
 * strategy of Dynamo (section 6.2), with zones. The start of each partition is a token; the list of
 * a partition is the first n distinct nodes clockwise from it, in distinct zones while there are
 * enough.
 *
 * <p>Immutable, and safe to share. (1) Every list is a pure function of the ring and n. (2) The
 * list for n is the beginning of the list for n + 1. (3) Equal contents have equal hashes, in every
 * process; the version is for people to read and orders nothing. (4) Any ring can be used: a ring
 * of too few nodes has shorter lists, and a ring that is not founded has empty ones.
 */
public final class Ring {
  /** The most replicas that a preference list may be asked for. */
  public static final int MAX_REPLICAS = 16;

  private final long version;
  private final List<RingNode> nodes;
  private final Map<UUID, Integer> indexes;
  private final int[] owners;
  private final int[] nextOwners;
  private final byte[] steps;
  private final int[] zoneOfHolder;
  private final int zones;
  private final int holders;
  private final long hash;

  /** By n: lists that were asked for. Making them twice is harmless. */
  private final AtomicReferenceArray<@Nullable PreferenceLists> lists =
      new AtomicReferenceArray<>(MAX_REPLICAS + 1);

  /**
   * A ring of these nodes. An owner that is not among the nodes counts as none.
   *
   * @param owners by partition: the owner of its token, or null; as many as there are partitions,
   *     or none for a ring that is not founded
   * @param nextOwners by partition: the owner after the move under way, or null
   * @param steps by partition: the step of that move, 0 for none
   */
  Ring(
      long version,
      Collection<RingNode> nodes,
      @Nullable UUID[] owners,
      @Nullable UUID[] nextOwners,
      byte[] steps) {
    if (owners.length != 0) {
      Positions.requirePartitions(owners.length);
    }
    Map<UUID, RingNode> sorted = new TreeMap<>(RingNode.ID_ORDER);
    nodes.forEach(node -> sorted.put(node.id(), node));
    this.version = version;
    this.nodes = List.copyOf(sorted.values());
    this.indexes = new HashMap<>();
    for (RingNode node : this.nodes) {
      indexes.put(node.id(), indexes.size());
    }
    this.owners = indexesOf(owners);
    this.nextOwners = indexesOf(nextOwners);
    this.steps = steps.clone();
    Map<String, Integer> zoneNumbers = new HashMap<>();
    this.zoneOfHolder = new int[this.nodes.size()];
    Arrays.fill(zoneOfHolder, -1);
    for (int owner : this.owners) {
      if (owner >= 0 && zoneOfHolder[owner] < 0) {
        String zone = this.nodes.get(owner).zone();
        zoneOfHolder[owner] = zoneNumbers.computeIfAbsent(zone, key -> zoneNumbers.size());
      }
    }
    this.zones = zoneNumbers.size();
    this.holders = (int) Arrays.stream(zoneOfHolder).filter(zone -> zone >= 0).count();
    this.hash = contentHash();
  }

  /**
   * A ring with nothing under way, as a client reads it from a cluster or a test makes it up.
   *
   * @param owners by partition: the owner of its token, or null
   */
  public static Ring of(
      long version, Collection<RingNode> nodes, List<? extends @Nullable UUID> owners) {
    @Nullable UUID[] ids = owners.toArray(new @Nullable UUID[0]);
    return new Ring(version, nodes, ids, new @Nullable UUID[ids.length], new byte[ids.length]);
  }

  /** A number that people can compare between nodes; it orders nothing. */
  public long version() {
    return version;
  }

  /** 64 bits of the contents: partitions, nodes, owners and moves under way. */
  public long hash() {
    return hash;
  }

  /** Whether the ring is founded; before that every list is empty. */
  public boolean founded() {
    return owners.length != 0;
  }

  /** The number of partitions: a power of two, or 0 before the founding. */
  public int partitions() {
    return owners.length;
  }

  /** The partition that holds a position; 0 before the founding. */
  public int partition(long position) {
    return founded() ? Positions.partition(position, owners.length) : 0;
  }

  /** All nodes that belong to the ring, in the order of their ids, whether they own or not. */
  public List<RingNode> nodes() {
    return nodes;
  }

  /** The index of a node in {@link #nodes()}, or -1 if it does not belong to the ring. */
  public int indexOf(UUID id) {
    return indexes.getOrDefault(id, -1);
  }

  public boolean contains(UUID id) {
    return indexes.containsKey(id);
  }

  /** How many nodes own a token, and so how long a preference list can get. */
  public int holders() {
    return holders;
  }

  /** Whether a node (its index) owns a token, and so is a primary of some partition. */
  public boolean ownsTokens(int node) {
    return zoneOfHolder[node] >= 0;
  }

  /** The node that owns the token of a partition (its index), or -1 if none does. */
  public int owner(int partition) {
    return owners[partition];
  }

  public @Nullable UUID ownerId(int partition) {
    return idAt(owners[partition]);
  }

  /** By partition: the owner of its token, or null. */
  public List<@Nullable UUID> ownerIds() {
    List<@Nullable UUID> ids = new ArrayList<>(owners.length);
    for (int owner : owners) {
      ids.add(idAt(owner));
    }
    return ids;
  }

  /** The node that is to own the partition after the move under way, or null. */
  public @Nullable UUID nextOwnerId(int partition) {
    return idAt(nextOwners[partition]);
  }

  /** The step of the move of a partition; 0 where none is under way. */
  public int step(int partition) {
    return steps[partition];
  }

  /** The lists of all partitions for n replicas, from 1 to {@link #MAX_REPLICAS}. */
  public PreferenceLists preferenceLists(int n) {
    requireReplicas(n);
    PreferenceLists known = lists.get(n);
    if (known == null) {
      known = makeLists(n);
      lists.set(n, known);
    }
    return known;
  }

  /** The first n distinct nodes clockwise from a partition, most preferred first. */
  public List<UUID> preferenceList(int partition, int n) {
    return preferenceLists(n).ids(partition);
  }

  /**
   * The fallbacks of a partition: the nodes that would be in its preference list if the ring had
   * only live nodes. Live primaries keep their position. A fallback is from the zone of its primary
   * where that is possible; a primary without a fallback is missing from the answer.
   */
  public List<Fallback> fallbacks(int partition, int n, Predicate<UUID> live) {
    requireReplicas(n);
    int[] zoneOfLive = zoneOfHolder.clone();
    for (int node = 0; node < zoneOfLive.length; node++) {
      if (zoneOfLive[node] >= 0 && !live.test(nodes.get(node).id())) {
        zoneOfLive[node] = -1;
      }
    }
    ZoneQuota quota = ZoneQuota.of(zoneOfLive, zones, n);
    int[] present = new int[quota.width];
    new ClockwiseWalk(owners, zoneOfLive, quota).walk(partition, present, 0);
    return FallbackSelection.pair(this, partition, preferenceLists(n), present, zoneOfLive);
  }

  private PreferenceLists makeLists(int n) {
    ZoneQuota quota = ZoneQuota.of(zoneOfHolder, zones, n);
    ClockwiseWalk clockwise = new ClockwiseWalk(owners, zoneOfHolder, quota);
    int width = quota.width;
    int[] flat = new int[owners.length * width];
    UUID[] ids = new UUID[flat.length];
    for (int partition = 0; partition < owners.length; partition++) {
      clockwise.walk(partition, flat, partition * width);
    }
    for (int i = 0; i < flat.length; i++) {
      ids[i] = nodes.get(flat[i]).id();
    }
    return new PreferenceLists(width, flat, ids);
  }

  private int[] indexesOf(@Nullable UUID[] ids) {
    int[] found = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      UUID id = ids[i];
      found[i] = id == null ? -1 : indexOf(id);
    }
    return found;
  }

  private @Nullable UUID idAt(int index) {
    return index < 0 ? null : nodes.get(index).id();
  }

  /** Over everything that placement depends on, in little-endian numbers. */
  private long contentHash() {
    List<byte[]> zonesOfNodes =
        nodes.stream().map(node -> node.zone().getBytes(StandardCharsets.UTF_8)).toList();
    int zoneBytes = zonesOfNodes.stream().mapToInt(zone -> zone.length).sum();
    int ofNodes = nodes.size() * (2 * Long.BYTES + 3 * Integer.BYTES) + zoneBytes;
    int ofOwners = owners.length * (2 * Integer.BYTES + 1);
    ByteBuffer contents =
        ByteBuffer.allocate(2 * Integer.BYTES + ofNodes + ofOwners)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      RingNode node = nodes.get(i);
      byte[] zone = zonesOfNodes.get(i);
      contents
          .putLong(node.id().getMostSignificantBits())
          .putLong(node.id().getLeastSignificantBits())
          .putInt(node.phase().code())
          .putInt(node.weight())
          .putInt(zone.length)
          .put(zone);
    }
    contents.putInt(owners.length);
    for (int i = 0; i < owners.length; i++) {
      contents.putInt(owners[i]).putInt(nextOwners[i]).put(steps[i]);
    }
    return Murmur3.hash(contents.array());
  }

  private static void requireReplicas(int n) {
    if (n < 1 || n > MAX_REPLICAS) {
      throw new IllegalArgumentException("n must be 1 to " + MAX_REPLICAS + ", not " + n);
    }
  }

  @Override
  public String toString() {
    return String.format(
        "ring version %d hash %016x: %d partitions, %d nodes",
        version, hash, owners.length, nodes.size());
  }
}
