package starling.ring;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The facts of a ring as bytes, version 1. {@code v} is an unsigned LEB128 number; an id is 16
 * bytes, big endian; elsewhere an id is its index in the table at the front.
 *
 * <pre>
 * 01                     version
 * v                      partitions: 0, or a power of two up to 65536
 * v                      changes
 * v, id...               table of all ids named below, strictly ascending (unsigned)
 * v, then per node       nodes, in the order of their ids:
 *   v                      id
 *   u8                     phase: 0 joining, 1 normal, 2 leaving, 3 left
 *   v v                    weight, counter
 *   u8, bytes              zone in UTF-8
 * per partition          in order:
 *   v                      owner: 0 for none, else index in the table + 1
 *   v                      next owner, likewise
 *   u8                     step
 *   v v                    counter, change
 * v, then per ban        bans, in the order of their ids:
 *   v                      id
 * </pre>
 *
 * The facts of one node with nothing in a ring of one partition, founded by {@code
 * 00000000-0000-0000-0000-000000000007} of weight 100:
 *
 * <pre>
 * 01 01 01  01 00000000000000000000000000000007  01 00 01 64 01 00  01 00 00 01 01  00
 * </pre>
 *
 * Equal facts have equal bytes. A reader allocates in proportion to the bytes it was given.
 */
final class RingFactsCodec {
  private static final int VERSION = 1;
  private static final int ID_BYTES = 16;
  private static final int MIN_NODE_BYTES = 5;
  private static final int MIN_PARTITION_BYTES = 5;

  private RingFactsCodec() {}

  static byte[] encode(RingFacts facts) {
    List<UUID> table = new ArrayList<>(namedIds(facts));
    FactBytes.Writer out = new FactBytes.Writer();
    out.u8(VERSION);
    out.number(facts.partitions());
    out.number(facts.changes());
    out.number(table.size());
    for (UUID id : table) {
      out.u64(id.getMostSignificantBits());
      out.u64(id.getLeastSignificantBits());
    }
    out.number(facts.nodes().size());
    for (NodeFact node : facts.nodes().values()) {
      out.number(place(table, node.id()));
      out.u8(node.phase().code());
      out.number(node.weight());
      out.number(node.counter());
      byte[] zone = node.zone().getBytes(StandardCharsets.UTF_8);
      out.u8(zone.length);
      out.bytes(zone);
    }
    for (PartitionFact partition : facts.partitionFacts()) {
      out.number(placeOrNobody(table, partition.owner()));
      out.number(placeOrNobody(table, partition.nextOwner()));
      out.u8(partition.step());
      out.number(partition.counter());
      out.number(partition.change());
    }
    out.number(facts.bans().size());
    for (UUID id : facts.bans()) {
      out.number(place(table, id));
    }
    return out.toBytes();
  }

  static RingFacts decode(byte[] bytes) {
    FactBytes.Reader in = new FactBytes.Reader(bytes);
    int version = in.u8();
    if (version != VERSION) {
      throw new RingFormatException(
          "facts of the ring in version " + version + "; this program reads version " + VERSION);
    }
    int partitions = in.number(Positions.MAX_PARTITIONS, "partitions");
    if (partitions != 0 && Integer.bitCount(partitions) != 1) {
      throw new RingFormatException(partitions + " partitions are not a power of two");
    }
    long changes = in.number("changes");
    List<UUID> table = readTable(in);
    SortedMap<UUID, NodeFact> nodes = readNodes(in, table);
    List<PartitionFact> facts = readPartitions(in, partitions, table);
    SortedSet<UUID> bans = readBans(in, table);
    in.expectEnd();
    return new RingFacts(partitions, changes, nodes, facts, bans);
  }

  private static List<UUID> readTable(FactBytes.Reader in) {
    int count = in.number(in.remaining() / ID_BYTES, "ids");
    List<UUID> table = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      UUID id = new UUID(in.u64(), in.u64());
      if (i > 0 && RingNode.ID_ORDER.compare(table.get(i - 1), id) >= 0) {
        throw new RingFormatException("the table of ids is not ascending at " + id);
      }
      table.add(id);
    }
    return table;
  }

  private static SortedMap<UUID, NodeFact> readNodes(FactBytes.Reader in, List<UUID> table) {
    SortedMap<UUID, NodeFact> nodes = new TreeMap<>(RingNode.ID_ORDER);
    int count = in.number(in.remaining() / MIN_NODE_BYTES, "nodes");
    for (int i = 0; i < count; i++) {
      UUID id = table.get(in.number(table.size() - 1, "index of an id"));
      Phase phase = Phase.ofCode(in.u8(Phase.MAX_CODE, "phase"));
      int weight = in.number(RingNode.MAX_WEIGHT, "weight");
      long counter = in.number("counter");
      String zone = in.text(in.u8(RingNode.MAX_ZONE_BYTES, "bytes of a zone"));
      if (weight == 0 || counter == 0) {
        throw new RingFormatException("weight and counter of node " + id + " must not be 0");
      }
      if (!nodes.isEmpty() && RingNode.ID_ORDER.compare(nodes.lastKey(), id) >= 0) {
        throw new RingFormatException("the nodes are not ascending at " + id);
      }
      nodes.put(id, new NodeFact(id, phase, zone, weight, counter));
    }
    return nodes;
  }

  private static List<PartitionFact> readPartitions(
      FactBytes.Reader in, int partitions, List<UUID> table) {
    if (partitions > in.remaining() / MIN_PARTITION_BYTES) {
      throw new RingFormatException(
          partitions + " partitions do not fit into " + in.remaining() + " bytes");
    }
    List<PartitionFact> facts = new ArrayList<>(partitions);
    for (int i = 0; i < partitions; i++) {
      UUID owner = readOwner(in, table);
      UUID nextOwner = readOwner(in, table);
      int step = in.u8(PartitionFact.MAX_STEP, "step");
      long counter = in.number("counter");
      facts.add(new PartitionFact(owner, nextOwner, step, counter, in.number("change")));
    }
    return facts;
  }

  private static SortedSet<UUID> readBans(FactBytes.Reader in, List<UUID> table) {
    SortedSet<UUID> bans = new TreeSet<>(RingNode.ID_ORDER);
    int count = in.number(table.size(), "bans");
    for (int i = 0; i < count; i++) {
      UUID id = table.get(in.number(table.size() - 1, "index of an id"));
      if (!bans.isEmpty() && RingNode.ID_ORDER.compare(bans.last(), id) >= 0) {
        throw new RingFormatException("the bans are not ascending at " + id);
      }
      bans.add(id);
    }
    return bans;
  }

  private static @Nullable UUID readOwner(FactBytes.Reader in, List<UUID> table) {
    int place = in.number(table.size(), "index of an owner");
    return place == 0 ? null : table.get(place - 1);
  }

  private static int placeOrNobody(List<UUID> table, @Nullable UUID id) {
    return id == null ? 0 : place(table, id) + 1;
  }

  private static int place(List<UUID> table, UUID id) {
    return Collections.binarySearch(table, id, RingNode.ID_ORDER);
  }

  private static SortedSet<UUID> namedIds(RingFacts facts) {
    SortedSet<UUID> ids = new TreeSet<>(RingNode.ID_ORDER);
    ids.addAll(facts.nodes().keySet());
    ids.addAll(facts.bans());
    for (PartitionFact partition : facts.partitionFacts()) {
      UUID owner = partition.owner();
      UUID nextOwner = partition.nextOwner();
      if (owner != null) {
        ids.add(owner);
      }
      if (nextOwner != null) {
        ids.add(nextOwner);
      }
    }
    return ids;
  }
}
