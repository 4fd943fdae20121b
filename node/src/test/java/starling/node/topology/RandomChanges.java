package starling.node.topology;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import starling.ring.Phase;
import starling.ring.Ring;
import starling.ring.RingNode;
import starling.sim.SplitMix;

/** Draws changes of a small ring: members come and are banned, lists move in their steps. */
final class RandomChanges {
  private final SplitMix random;
  private final int nodes;
  private final boolean changesVoters;

  RandomChanges(SplitMix random, int nodes, boolean changesVoters) {
    this.random = random;
    this.nodes = nodes;
    this.changesVoters = changesVoters;
  }

  /** Changes that may or may not follow this ring. */
  List<RingChange> next(RingState state) {
    RingNode member = any(new ArrayList<>(state.members().values()));
    int kind = below(changesVoters ? 11 : 2);
    PartitionSet copying = at(state, ListStep.COPYING);
    PartitionSet flipped = at(state, ListStep.FLIPPED);
    if (kind < 2) {
      return List.of(new RingChange.StateMember(member.withWeight(1 + below(1000))));
    } else if (kind < 4) {
      return List.of(
          new RingChange.StateMember(
              RingNode.normal(Sample.id(1 + below(nodes))).withPhase(Phase.JOINING)));
    } else if (kind < 6 && state.voters().size() > 1) {
      return List.of(new RingChange.Ban(member.id()));
    } else if (!flipped.isEmpty()) {
      return List.of(Sample.settle(flipped.stream().toArray()));
    } else if (!copying.isEmpty()) {
      return below(5) == 0
          ? List.of(new RingChange.Cancel(copying))
          : List.of(new RingChange.Flip(copying, true));
    }
    return copy(state);
  }

  /** Other owners for all tokens, and the move of all lists that differ. */
  private List<RingChange> copy(RingState state) {
    List<RingNode> members = new ArrayList<>(state.members().values());
    int[] owners = new int[state.partitions()];
    List<UUID> ids = new ArrayList<>();
    for (int token = 0; token < owners.length; token++) {
      UUID id = any(members).id();
      owners[token] = (int) id.getLeastSignificantBits();
      ids.add(id);
    }
    Ring ring = Ring.of(0, members, ids);
    Set<Integer> moving = new HashSet<>();
    for (int partition = 0; partition < owners.length; partition++) {
      if (!Set.copyOf(state.list(partition, 3))
          .equals(Set.copyOf(ring.preferenceList(partition, 3)))) {
        moving.add(partition);
      }
    }
    return moving.isEmpty()
        ? List.of(Sample.layout(owners))
        : List.of(
            Sample.layout(owners),
            new RingChange.Copy(state.number() + 1, PartitionSet.of(moving)));
  }

  private static PartitionSet at(RingState state, ListStep step) {
    Set<Integer> found = new HashSet<>();
    state
        .moves()
        .forEach(
            (partition, move) -> {
              if (move.step() == step) {
                found.add(partition);
              }
            });
    return PartitionSet.of(found);
  }

  private <T> T any(List<T> list) {
    return list.get(below(list.size()));
  }

  private int below(int bound) {
    return (int) Math.floorMod(random.nextLong(), (long) bound);
  }
}
