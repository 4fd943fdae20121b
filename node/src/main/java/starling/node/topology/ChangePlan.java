package starling.node.topology;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.ring.Phase;
import starling.ring.Ring;
import starling.ring.RingLoad;
import starling.ring.RingNode;
import starling.ring.TokenAllocation;

/**
 * The plan of one or many changes of members: the first record, and what it would mean. The layout
 * that it adds builds on the newest one, so that a plan made while another runs redirects what
 * still copies. {@link MovePlanner} makes the records that follow.
 *
 * @param changes of the record that begins it
 * @param lists how many lists get other members than they have now
 * @param moved how many (partition, replica) pairs move to a node that did not hold them
 * @param loadBefore evenness of the newest layout so far, mean over greatest load, 1 is even
 * @param loadAfter evenness of the layout that is planned
 */
public record ChangePlan(
    List<RingChange> changes, int lists, int moved, double loadBefore, double loadAfter) {
  /** The longest plan: each change names another member. */
  public static final int MAX_CHANGES = 1_000;

  /**
   * Plans changes.
   *
   * @param insisted whether an operator insists on a ring with fewer than n distinct nodes
   * @throws InvalidRecordException if they cannot be made, with what to do instead
   */
  public static ChangePlan of(RingState state, List<MemberChange> wanted, boolean insisted) {
    if (wanted.isEmpty() || wanted.size() > MAX_CHANGES) {
      throw new InvalidRecordException(
          wanted.size() + " changes in one plan; 1 to " + MAX_CHANGES + " are possible");
    }
    SortedMap<UUID, RingNode> members = new TreeMap<>(state.members());
    Map<UUID, UUID> replaced = new TreeMap<>(RingNode.ID_ORDER);
    List<RingChange> changes = new ArrayList<>();
    Set<UUID> named = new HashSet<>();
    for (MemberChange each : wanted) {
      requireOnce(named, each.id());
      if (each instanceof MemberChange.Join join) {
        if (members.containsKey(join.id()) && owns(newest(state), join.id())) {
          throw new InvalidRecordException("member " + join.id() + " owns tokens already");
        }
        state(join.node().withPhase(Phase.JOINING), members, changes);
      } else if (each instanceof MemberChange.Leave leave) {
        state(known(members, leave.id()).withPhase(Phase.LEAVING), members, changes);
      } else if (each instanceof MemberChange.Remove remove) {
        ban(remove.id(), members, changes);
      } else if (each instanceof MemberChange.Replace replace) {
        UUID with = replace.with().id();
        requireOnce(named, with);
        if (owns(newest(state), with)) {
          throw new InvalidRecordException(
              "member " + with + " owns data; remove " + replace.id() + " instead");
        }
        ban(replace.id(), members, changes);
        state(replace.with().withPhase(Phase.JOINING), members, changes);
        replaced.put(replace.id(), with);
      } else if (each instanceof MemberChange.Set set) {
        RingNode node = known(members, set.id());
        state(node.withZone(set.zone()).withWeight(set.weight()), members, changes);
      }
    }
    return new Layouts(state, members, replaced, wanted, insisted).plan(changes);
  }

  private static void requireOnce(Set<UUID> named, UUID id) {
    if (!named.add(id)) {
      throw new InvalidRecordException("two changes of one plan name member " + id);
    }
  }

  private static RingNode known(Map<UUID, RingNode> members, UUID id) {
    RingNode node = members.get(id);
    if (node == null) {
      throw new InvalidRecordException("there is no member " + id);
    }
    return node;
  }

  private static void state(RingNode node, Map<UUID, RingNode> members, List<RingChange> changes) {
    members.put(node.id(), node);
    changes.add(new RingChange.StateMember(node));
  }

  private static void ban(UUID id, Map<UUID, RingNode> members, List<RingChange> changes) {
    known(members, id);
    members.remove(id);
    changes.add(new RingChange.Ban(id));
  }

  private static Ring newest(RingState state) {
    return Objects.requireNonNull(state.layouts().get(state.layouts().lastKey()));
  }

  private static boolean owns(Ring ring, UUID id) {
    int index = ring.indexOf(id);
    return index >= 0 && ring.ownsTokens(index);
  }

  /** The layout that the members of a plan need. */
  private record Layouts(
      RingState state,
      SortedMap<UUID, RingNode> members,
      Map<UUID, UUID> replaced,
      List<MemberChange> wanted,
      boolean insisted) {

    ChangePlan plan(List<RingChange> changes) {
      Ring before = newest(state);
      List<RingNode> owners = owners(before);
      int n = state.defaultReplicas();
      List<? extends @Nullable UUID> ids =
          onlyReplaces() ? substituted(before) : TokenAllocation.allocate(before, owners, n);
      Ring after = Ring.of(state.number() + 1, owners, ids);
      SortedMap<UUID, List<Integer>> given = new TreeMap<>(RingNode.ID_ORDER);
      for (int token = 0; token < ids.size(); token++) {
        UUID owner = Objects.requireNonNull(ids.get(token));
        if (!owner.equals(before.ownerId(token))) {
          given.computeIfAbsent(owner, key -> new ArrayList<>()).add(token);
        }
      }
      SortedMap<UUID, PartitionSet> tokens = new TreeMap<>(RingNode.ID_ORDER);
      given.forEach((owner, list) -> tokens.put(owner, PartitionSet.of(list)));
      changes.add(new RingChange.AddLayout(state.layouts().lastKey(), tokens));
      // Fails where the plan breaks a rule of the ring.
      state.apply(
          new RingRecord(
              state.line(), state.number() + 1, state.hash(), insisted, List.copyOf(changes)));
      int lists = 0;
      int moved = 0;
      for (int partition = 0; partition < state.partitions(); partition++) {
        List<UUID> old = state.list(partition, n);
        int gained = 0;
        for (UUID id : after.preferenceList(partition, n)) {
          gained += old.contains(id) ? 0 : 1;
        }
        moved += gained;
        lists += gained > 0 ? 1 : 0;
      }
      return new ChangePlan(
          List.copyOf(changes),
          lists,
          moved,
          RingLoad.of(before, n).efficiency(),
          RingLoad.of(after, n).efficiency());
    }

    /**
     * Members that own tokens from now on: joining ones only if this or an earlier plan says so.
     */
    private List<RingNode> owners(Ring before) {
      List<RingNode> owners = new ArrayList<>();
      for (RingNode member : members.values()) {
        boolean planned =
            wanted.stream()
                .anyMatch(
                    each -> each instanceof MemberChange.Join && each.id().equals(member.id()));
        if (member.phase() == Phase.NORMAL
            || (member.phase() == Phase.JOINING
                && (planned || replaced.containsValue(member.id()) || owns(before, member.id())))) {
          owners.add(member);
        }
      }
      if (owners.isEmpty()) {
        throw new InvalidRecordException("the plan leaves no member that owns data");
      }
      return owners;
    }

    private boolean onlyReplaces() {
      return wanted.stream().allMatch(MemberChange.Replace.class::isInstance);
    }

    /** The newest layout with each replaced member's tokens given to its newcomer. */
    private List<@Nullable UUID> substituted(Ring before) {
      List<@Nullable UUID> ids = new ArrayList<>(before.ownerIds());
      ids.replaceAll(id -> id == null ? null : replaced.getOrDefault(id, id));
      return ids;
    }
  }
}
