package starling.node.topology;

import static starling.node.topology.InvalidRecordException.require;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import starling.ring.Ring;

/**
 * The partitions of a ring while one record is applied: their layouts, steps and epochs, and the
 * rules of the steps (PROTOCOL P29). Used once, by {@link RecordApplication}.
 */
final class PartitionTable {
  private final long number;
  private final Set<UUID> bans;

  /** The numbers of replicas in use; the caller adds to them. */
  private final SortedSet<Integer> replicaCounts;

  final SortedMap<Long, Ring> layouts;
  final SortedMap<Integer, ListMove> moves;
  long[] layoutOf;
  long[] epochs;

  /** Partitions that this record has changed. */
  private final BitSet changed = new BitSet();

  PartitionTable(RingState before, long number, Set<UUID> bans, SortedSet<Integer> replicaCounts) {
    this.number = number;
    this.bans = bans;
    this.replicaCounts = replicaCounts;
    this.layouts = new TreeMap<>(before.layouts());
    this.moves = new TreeMap<>(before.moves());
    this.layoutOf = before.copyOfLayouts();
    this.epochs = before.copyOfEpochs();
  }

  int size() {
    return layoutOf.length;
  }

  /** All partitions of a new ring, settled under the layout of this record. */
  void found(int partitions) {
    layoutOf = new long[partitions];
    epochs = new long[partitions];
    Arrays.fill(layoutOf, number);
    Arrays.fill(epochs, number);
  }

  void copy(RingChange.Copy change) {
    layout(change.layout());
    forEach(
        change.partitions(),
        partition -> {
          ListMove known = moves.get(partition);
          require(
              known == null || known.step() == ListStep.COPYING,
              "partition {} has flipped and cannot be redirected",
              partition);
          require(
              !sameMembers(partition, change.layout()),
              "partition {} has the same members under layout {}",
              partition,
              change.layout());
          for (UUID id : list(change.layout(), partition, replicaCounts.last())) {
            require(!bans.contains(id), "partition {} would go to the banned {}", partition, id);
          }
          moves.put(
              partition,
              new ListMove(
                  change.layout(), ListStep.COPYING, pairings(partition, change.layout(), known)));
        });
  }

  void flip(RingChange.Flip change) {
    forEach(
        change.partitions(),
        partition -> {
          ListMove move = open(partition, ListStep.COPYING);
          for (int n : replicaCounts) {
            List<UUID> from = list(layoutOf[partition], partition, n);
            List<UUID> to = list(move.layout(), partition, n);
            for (UUID id : to) {
              require(
                  from.contains(id) || !bans.contains(id),
                  "partition {} cannot flip: its newcomer {} is banned",
                  partition,
                  id);
            }
            require(
                change.acceptLoss() || new Walks(from, to, move.pairings(n), bans).enough(),
                "partition {} cannot flip: less than a majority of its old list is left",
                partition);
          }
          moves.put(partition, move.flipped());
        });
  }

  void settle(RingChange.Settle change) {
    forEach(
        change.partitions(),
        partition -> {
          ListMove move = open(partition, ListStep.FLIPPED);
          for (int n : replicaCounts) {
            requireMajorityEntered(partition, n, change.passedOver());
          }
          layoutOf[partition] = move.layout();
          moves.remove(partition);
        });
  }

  private void requireMajorityEntered(int partition, int n, Set<UUID> passedOver) {
    List<UUID> list = list(layoutOf[partition], partition, n);
    int entered = 0;
    boolean passed = false;
    for (UUID id : list) {
      passed |= passedOver.contains(id);
      entered += passedOver.contains(id) || bans.contains(id) ? 0 : 1;
    }
    require(
        !passed || entered > list.size() / 2,
        "partition {} passes over too many: {} of {} have entered",
        partition,
        entered,
        list.size());
  }

  void cancel(RingChange.Cancel change) {
    forEach(
        change.partitions(),
        partition -> {
          open(partition, ListStep.COPYING);
          moves.remove(partition);
        });
  }

  /** The epoch of a partition stays if its list is the same in order, too. */
  void adopt(RingChange.Adopt change) {
    layout(change.layout());
    for (int partition : change.partitions().stream().toArray()) {
      requireUnchanged(partition);
      require(!moves.containsKey(partition), "partition {} is moving", partition);
      require(
          sameMembers(partition, change.layout()),
          "partition {} has other members under layout {}",
          partition,
          change.layout());
      int widest = replicaCounts.last();
      boolean sameOrder =
          list(layoutOf[partition], partition, widest)
              .equals(list(change.layout(), partition, widest));
      epochs[partition] = sameOrder ? epochs[partition] : number;
      layoutOf[partition] = change.layout();
      changed.set(partition);
    }
  }

  /** A new bucket may bring a number of replicas that open moves have no pairs for yet. */
  void pairNewcomers() {
    for (var each : moves.entrySet()) {
      ListMove move = each.getValue();
      if (!move.pairings().keySet().containsAll(replicaCounts)) {
        each.setValue(
            new ListMove(move.layout(), move.step(), pairings(each.getKey(), move.layout(), move)));
      }
    }
  }

  void dropUnusedLayouts() {
    Set<Long> used = new HashSet<>();
    for (long layout : layoutOf) {
      used.add(layout);
    }
    moves.values().forEach(move -> used.add(move.layout()));
    used.add(layouts.lastKey());
    layouts.keySet().retainAll(used);
  }

  /** The present list of a partition for the greatest n: those of all others begin it. */
  List<UUID> present(int partition) {
    return list(layoutOf[partition], partition, replicaCounts.last());
  }

  /** The list that a partition moves to, for the greatest n; empty if it is settled. */
  List<UUID> next(int partition) {
    ListMove move = moves.get(partition);
    return move == null ? List.of() : list(move.layout(), partition, replicaCounts.last());
  }

  /** Each partition of a step: it exists, and moves one step a record. */
  private void forEach(PartitionSet partitions, IntConsumer step) {
    for (int partition : partitions.stream().toArray()) {
      requireUnchanged(partition);
      step.accept(partition);
      changed.set(partition);
      epochs[partition] = number;
    }
  }

  private int requireUnchanged(int partition) {
    require(partition < layoutOf.length, "there is no partition {}", partition);
    require(!changed.get(partition), "partition {} changes twice", partition);
    return partition;
  }

  /** The move of a partition that has come to this step. */
  private ListMove open(int partition, ListStep step) {
    ListMove move = moves.get(partition);
    if (move == null || move.step() != step) {
      throw new InvalidRecordException(
          String.format(
              "partition %d is %s, not %s",
              partition, move == null ? ListStep.SETTLED : move.step(), step));
    }
    return move;
  }

  private SortedMap<Integer, List<Pairing>> pairings(
      int partition, long target, @Nullable ListMove earlier) {
    SortedMap<Integer, List<Pairing>> pairings = new TreeMap<>();
    for (int n : replicaCounts) {
      pairings.put(
          n,
          Pairing.of(
              list(layoutOf[partition], partition, n),
              list(target, partition, n),
              earlier == null ? List.of() : earlier.pairings(n),
              number));
    }
    return pairings;
  }

  private boolean sameMembers(int partition, long layout) {
    for (int n : replicaCounts) {
      if (!Set.copyOf(list(layoutOf[partition], partition, n))
          .equals(Set.copyOf(list(layout, partition, n)))) {
        return false;
      }
    }
    return true;
  }

  private List<UUID> list(long layout, int partition, int n) {
    return layout(layout).preferenceLists(n).ids(partition);
  }

  Ring layout(long layout) {
    Ring ring = layouts.get(layout);
    if (ring == null) {
      throw new InvalidRecordException("record " + number + " names the unknown layout " + layout);
    }
    return ring;
  }
}
