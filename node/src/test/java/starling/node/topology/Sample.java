package starling.node.topology;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import starling.ring.Phase;
import starling.ring.RingNode;

/** Rings and records for tests: members are small numbers. */
final class Sample {
  static final UUID CLUSTER = new UUID(0, 0xc1);
  static final Line LINE = Line.founding(CLUSTER);

  private Sample() {}

  static UUID id(int node) {
    return new UUID(0, node);
  }

  static RingNode node(int node) {
    return RingNode.normal(id(node));
  }

  static RingNode joining(int node) {
    return node(node).withPhase(Phase.JOINING);
  }

  /** Record 1: a ring with n = 3 whose tokens belong to these nodes. */
  static RingRecord founding(int... owners) {
    return new RingRecord(
        LINE,
        1,
        RecordHash.NONE,
        false,
        Stream.concat(
                Stream.of((RingChange) new RingChange.Found(owners.length, 3)),
                Stream.concat(
                    IntStream.of(owners)
                        .distinct()
                        .sorted()
                        .mapToObj(each -> new RingChange.StateMember(node(each))),
                    Stream.of(layout(owners))))
            .toList());
  }

  static RingState founded(int... owners) {
    return RingState.unfounded(CLUSTER).apply(founding(owners));
  }

  /** A layout that lists the owner of each token. */
  static RingChange.AddLayout layout(int... owners) {
    SortedMap<UUID, PartitionSet> tokens = new TreeMap<>(RingNode.ID_ORDER);
    for (int owner : owners) {
      tokens.put(
          id(owner),
          PartitionSet.of(IntStream.range(0, owners.length).filter(t -> owners[t] == owner)));
    }
    return new RingChange.AddLayout(0, tokens);
  }

  static RingRecord next(RingState state, RingChange... changes) {
    return new RingRecord(state.line(), state.number() + 1, state.hash(), false, List.of(changes));
  }

  static RingRecord insisted(RingState state, RingChange... changes) {
    return new RingRecord(state.line(), state.number() + 1, state.hash(), true, List.of(changes));
  }

  static RingState apply(RingState state, RingChange... changes) {
    return state.apply(next(state, changes));
  }

  static RingChange.StateMember member(RingNode node) {
    return new RingChange.StateMember(node);
  }

  static RingChange.Settle settle(int... partitions) {
    return new RingChange.Settle(PartitionSet.of(partitions), new TreeSet<>(RingNode.ID_ORDER));
  }

  static RingChange.Copy copy(long layout, int... partitions) {
    return new RingChange.Copy(layout, PartitionSet.of(partitions));
  }

  static RingChange.Flip flip(int... partitions) {
    return new RingChange.Flip(PartitionSet.of(partitions), false);
  }

  static RingChange.Cancel cancel(int... partitions) {
    return new RingChange.Cancel(PartitionSet.of(partitions));
  }

  /** A record with a change of every kind; it follows no log. */
  static RingRecord everyKind() {
    SortedMap<UUID, PartitionSet> tokens = new TreeMap<>(RingNode.ID_ORDER);
    tokens.put(id(7), PartitionSet.of(0, 1, 2, 9));
    tokens.put(id(8), PartitionSet.of(65_535));
    TreeSet<UUID> passedOver = new TreeSet<>(RingNode.ID_ORDER);
    passedOver.add(id(8));
    return new RingRecord(
        new Line(2, id(9)),
        300,
        RecordHash.of(new byte[] {1}),
        true,
        List.of(
            new RingChange.Found(1024, 3),
            member(node(7).withPhase(Phase.LEAVING).withZone("züri").withWeight(250)),
            new RingChange.Ban(id(3)),
            new RingChange.AddLayout(299, tokens),
            copy(300, 0, 1),
            new RingChange.Flip(PartitionSet.of(2), true),
            new RingChange.Settle(PartitionSet.of(3, 5), passedOver),
            cancel(4),
            new RingChange.Adopt(300, PartitionSet.first(3)),
            new RingChange.SetBucket("photos", 5, 12)));
  }
}
