package starling.node.topology;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import starling.ring.Phase;
import starling.ring.RingNode;

/**
 * Decides the next record of a change that is under way: which lists begin to copy towards the
 * newest layout, which flip, and which settle (PROTOCOL P29). A pure function of the ring and of
 * what nodes have reported, so that any member can continue what another began.
 *
 * <p>A record takes all that is ready, at most {@link #maxLists} lists a step, and no more are
 * copied at a time: while one batch flips, the next begins. So k batches take k + 2 records. Lists
 * that keep their members take the new layout at once. Batches are spread over the ring, so that
 * every node is a source and none of all.
 */
public final class MovePlanner {
  /** Lists a step in a cluster of up to 8,192 partitions. */
  private static final int MIN_LISTS = 32;

  /** Larger clusters take this part of all lists, of which each node stores few. */
  private static final int PART_OF_ALL = 256;

  private final RingState state;
  private final MoveFacts facts;
  private final long target;
  private final int widest;

  private MovePlanner(RingState state, MoveFacts facts) {
    this.state = state;
    this.facts = facts;
    this.target = state.layouts().lastKey();
    this.widest = state.replicaCounts().last();
  }

  /** How many lists one step of one record may take. */
  public static int maxLists(int partitions) {
    return Math.max(MIN_LISTS, partitions / PART_OF_ALL);
  }

  /** The changes of the next record; none while nothing is ready. */
  public static List<RingChange> next(RingState state, MoveFacts facts) {
    return new MovePlanner(state, facts).changes();
  }

  private List<RingChange> changes() {
    List<RingChange> changes = new ArrayList<>();
    settle(changes);
    copy(changes, flip(changes));
    adopt(changes);
    phases(changes);
    return changes;
  }

  private void settle(List<RingChange> changes) {
    Map<SortedSet<UUID>, List<Integer>> byPassedOver = new LinkedHashMap<>();
    int taken = 0;
    for (int partition : moving(ListStep.FLIPPED)) {
      SortedSet<UUID> missing = new TreeSet<>(RingNode.ID_ORDER);
      List<UUID> list = state.list(partition, widest);
      for (UUID member : list) {
        if (!state.bans().contains(member) && !facts.entered(partition, member)) {
          missing.add(member);
        }
      }
      boolean ready = missing.isEmpty() || mayPassOver(list, missing);
      if (ready && taken++ < maxLists(state.partitions())) {
        byPassedOver.computeIfAbsent(missing, key -> new ArrayList<>()).add(partition);
      }
    }
    byPassedOver.forEach(
        (passedOver, partitions) ->
            changes.add(new RingChange.Settle(PartitionSet.of(partitions), passedOver)));
  }

  /** Only members that have been down for long, and only once a majority has entered (P29). */
  private boolean mayPassOver(List<UUID> list, Set<UUID> missing) {
    for (int n : state.replicaCounts()) {
      List<UUID> part = first(list, n);
      long entered =
          part.stream().filter(id -> !missing.contains(id) && !state.bans().contains(id)).count();
      if (entered <= part.size() / 2) {
        return false;
      }
    }
    return facts.passable().containsAll(missing);
  }

  /** The lists that flip: their newcomers are complete, from enough of the old list. */
  private Set<Integer> flip(List<RingChange> changes) {
    List<Integer> ready = new ArrayList<>();
    List<Integer> lossy = new ArrayList<>();
    for (int partition : moving(ListStep.COPYING)) {
      boolean room = ready.size() + lossy.size() < maxLists(state.partitions());
      if (room && complete(partition)) {
        if (enough(partition)) {
          ready.add(partition);
        } else if (facts.acceptsLoss()) {
          lossy.add(partition);
        }
      }
    }
    if (!ready.isEmpty()) {
      changes.add(new RingChange.Flip(PartitionSet.of(ready), false));
    }
    if (!lossy.isEmpty()) {
      changes.add(new RingChange.Flip(PartitionSet.of(lossy), true));
    }
    Set<Integer> flips = new TreeSet<>(ready);
    flips.addAll(lossy);
    return flips;
  }

  private boolean complete(int partition) {
    return newcomers(partition, nextOf(partition)).stream()
        .allMatch(id -> !state.bans().contains(id) && facts.complete(partition, id));
  }

  private boolean enough(int partition) {
    ListMove move = state.moves().get(partition);
    List<UUID> next = nextOf(partition);
    for (int n : state.replicaCounts()) {
      List<UUID> from = state.list(partition, n);
      if (move != null
          && next != null
          && !new Walks(from, first(next, n), move.pairings(n), state.bans()).enough()) {
        return false;
      }
    }
    return true;
  }

  /** Redirects and cancels what still copies elsewhere, and begins as many lists as have room. */
  private void copy(List<RingChange> changes, Set<Integer> flips) {
    List<Integer> cancels = new ArrayList<>();
    List<Integer> copies = new ArrayList<>();
    int copying = 0;
    for (int partition : moving(ListStep.COPYING)) {
      ListMove move = state.moves().get(partition);
      boolean toTarget = move != null && move.layout() == target;
      if (flips.contains(partition)) {
        continue;
      }
      if (!differs(partition) || !mayCopy(partition)) {
        cancels.add(partition);
      } else if (toTarget) {
        copying++;
      } else {
        copies.add(partition);
        copying++;
      }
    }
    int room = maxLists(state.partitions()) - copying;
    for (int partition : spread()) {
      if (room > 0 && differs(partition) && mayCopy(partition)) {
        copies.add(partition);
        room--;
      }
    }
    if (!cancels.isEmpty()) {
      changes.add(new RingChange.Cancel(PartitionSet.of(cancels)));
    }
    if (!copies.isEmpty()) {
      changes.add(new RingChange.Copy(target, PartitionSet.of(copies)));
    }
  }

  private void adopt(List<RingChange> changes) {
    PartitionSet same =
        PartitionSet.of(
            IntStream.range(0, state.partitions())
                .filter(partition -> state.step(partition) == ListStep.SETTLED)
                .filter(partition -> state.layoutOf(partition) != target)
                .filter(partition -> !differs(partition)));
    if (!same.isEmpty()) {
      changes.add(new RingChange.Adopt(target, same));
    }
  }

  /** Newcomers become normal, and leaving members leave, by the record that ends their moves. */
  private void phases(List<RingChange> changes) {
    RingState after =
        changes.isEmpty()
            ? state
            : state.apply(
                new RingRecord(state.line(), state.number() + 1, state.hash(), false, changes));
    Set<UUID> waiting = new TreeSet<>(RingNode.ID_ORDER);
    Set<UUID> named = new TreeSet<>(RingNode.ID_ORDER);
    for (int partition = 0; partition < after.partitions(); partition++) {
      named.addAll(after.list(partition, widest));
      List<UUID> next = after.nextList(partition, widest);
      if (next != null) {
        named.addAll(next);
      }
      boolean open =
          after.step(partition) != ListStep.SETTLED || after.layoutOf(partition) != target;
      if (open) {
        waiting.addAll(newcomers(partition, list(target, partition)));
      }
    }
    for (RingNode member : state.members().values()) {
      UUID id = member.id();
      boolean done = !waiting.contains(id);
      if (member.phase() == Phase.JOINING && named.contains(id) && done) {
        changes.add(new RingChange.StateMember(member.withPhase(Phase.NORMAL)));
      } else if (member.phase() == Phase.LEAVING && !named.contains(id) && facts.handedOver(id)) {
        changes.add(new RingChange.StateMember(member.withPhase(Phase.LEFT)));
      }
    }
  }

  /** Whether the target can be reached: most of its newcomers live, and none is banned. */
  private boolean mayCopy(int partition) {
    List<UUID> next = list(target, partition);
    return next.stream().noneMatch(id -> state.bans().contains(id))
        && !mostlyDead(newcomers(partition, next));
  }

  private boolean mostlyDead(List<UUID> newcomers) {
    long dead = newcomers.stream().filter(facts.dead()::contains).count();
    return dead > newcomers.size() / 2;
  }

  /** Whether the target gives a partition other members than it has now, for some n. */
  private boolean differs(int partition) {
    List<UUID> from = state.list(partition, widest);
    List<UUID> to = list(target, partition);
    for (int n : state.replicaCounts()) {
      if (!Set.copyOf(first(from, n)).equals(Set.copyOf(first(to, n)))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Members that must become complete before a flip: those that are new for some n; where the list
   * gets shorter, all that stay (P30).
   */
  private List<UUID> newcomers(int partition, @Nullable List<UUID> next) {
    if (next == null) {
      return List.of();
    }
    List<UUID> from = state.list(partition, widest);
    SortedSet<UUID> newcomers = new TreeSet<>(RingNode.ID_ORDER);
    for (int n : state.replicaCounts()) {
      List<UUID> old = first(from, n);
      List<UUID> part = first(next, n);
      for (UUID id : part) {
        if (!old.contains(id) || part.size() < old.size()) {
          newcomers.add(id);
        }
      }
    }
    return List.copyOf(newcomers);
  }

  /** The list for n is the beginning of that for a greater n. */
  private static List<UUID> first(List<UUID> list, int n) {
    return list.subList(0, Math.min(n, list.size()));
  }

  private @Nullable List<UUID> nextOf(int partition) {
    return state.nextList(partition, widest);
  }

  private List<UUID> list(long layout, int partition) {
    return state.list(layout, partition, widest);
  }

  private List<Integer> moving(ListStep step) {
    List<Integer> found = new ArrayList<>();
    new TreeMap<>(state.moves())
        .forEach(
            (partition, move) -> {
              if (move.step() == step) {
                found.add(partition);
              }
            });
    return found;
  }

  /** The settled partitions with their bits reversed: any few in a row lie all over the ring. */
  private int[] spread() {
    int shift = Integer.SIZE - Integer.numberOfTrailingZeros(state.partitions());
    return IntStream.range(0, state.partitions())
        .map(at -> shift == Integer.SIZE ? 0 : Integer.reverse(at) >>> shift)
        .filter(partition -> state.step(partition) == ListStep.SETTLED)
        .toArray();
  }
}
