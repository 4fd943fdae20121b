package starling.node.topology;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import starling.node.topology.MoveSimulation.Finding;
import starling.node.topology.MoveSimulation.Mark;

/**
 * The clients of a {@link MoveSimulation}: they coordinate reads and writes under one epoch each,
 * decide again where a replica knows more, and know which writes a read must see.
 */
final class MoveClients {
  private static final int WATCHED = 0;
  private static final String BUCKET = "b";

  /** A client's read or write. */
  static final class Op {
    final int id;
    final boolean write;
    final MoveNode coordinator;
    final int incarnation;
    final int begun;
    final int quorum;
    final Map<Integer, Set<Integer>> got = new HashMap<>();
    RingState ring;
    int round;
    int rejected;
    int answered = -1;
    boolean given;
    Set<Integer> stored = Set.of();

    Op(int id, boolean write, MoveNode coordinator, int begun, int quorum) {
      this.id = id;
      this.write = write;
      this.coordinator = coordinator;
      this.incarnation = coordinator.incarnation;
      this.begun = begun;
      this.quorum = quorum;
      this.ring = coordinator.ring;
    }

    boolean open() {
      return answered < 0 && !given && coordinator.incarnation == incarnation;
    }
  }

  private final MoveSimulation simulation;

  /** Whether all quorums are majorities; otherwise they are 1 to 3. */
  private final boolean majorities;

  private final List<Op> writes = new ArrayList<>();
  private int ops;

  MoveClients(MoveSimulation simulation, boolean majorities) {
    this.simulation = simulation;
    this.majorities = majorities;
  }

  /** A client asks a node, if that node can coordinate. */
  void begin(boolean write) {
    MoveNode node = simulation.anyNode();
    if (!node.up || node.banned() || !node.all(node.ring).contains(node.id)) {
      return;
    }
    int quorum = majorities ? 2 : new int[] {1, 2, 2, 3}[simulation.below(4)];
    Op op = new Op(ops++, write, node, simulation.time(), quorum);
    if (write) {
      writes.add(op);
    }
    start(op);
  }

  private void start(Op op) {
    op.ring = op.coordinator.ring;
    op.round++;
    op.got.clear();
    RingState ring = op.ring;
    int round = op.round;
    List<UUID> to = op.write ? List.copyOf(op.coordinator.all(ring)) : readList(ring);
    for (UUID id : to) {
      MoveNode replica = simulation.node(id);
      simulation.request(
          op.coordinator,
          replica,
          () -> replica.onRequest(op, round, ring, ring.epoch(WATCHED, BUCKET)),
          op.write);
    }
  }

  static List<UUID> readList(RingState ring) {
    List<UUID> next = ring.nextList(WATCHED, 3);
    return ring.step(WATCHED) == ListStep.FLIPPED && next != null ? next : ring.list(WATCHED, 3);
  }

  /** A replica answers a read with what it has, or a write. */
  void onAnswer(Op op, int round, int from, Set<Integer> has) {
    if (!op.open() || round != op.round) {
      return;
    }
    op.got.put(from, has);
    if (op.write) {
      if (enough(op)) {
        op.answered = simulation.time();
        op.stored = Set.copyOf(op.got.keySet());
        if (op.ring.step(WATCHED) != ListStep.SETTLED) {
          simulation.mark(Mark.ACKNOWLEDGED_WHILE_MOVING);
        }
      }
    } else if (count(op, readList(op.ring)) >= needed(op)) {
      op.answered = simulation.time();
      judge(op);
    }
  }

  private boolean enough(Op op) {
    List<UUID> next = op.ring.nextList(WATCHED, 3);
    if (simulation.bug == PlantedMoveBreach.LISTS_COUNTED_TOGETHER) {
      return count(op, List.copyOf(op.coordinator.all(op.ring))) >= needed(op);
    }
    return count(op, op.ring.list(WATCHED, 3)) >= needed(op)
        && (next == null || count(op, next) >= needed(op));
  }

  private int needed(Op op) {
    return majorities ? 2 : op.quorum;
  }

  private static int count(Op op, List<UUID> list) {
    return (int)
        list.stream().filter(id -> op.got.containsKey((int) id.getLeastSignificantBits())).count();
  }

  /** A read must have seen every write whose quorum meets its own. */
  private void judge(Op read) {
    Set<Integer> seen = new HashSet<>();
    read.got.values().forEach(seen::addAll);
    for (Op write : writes) {
      if (write.answered >= 0
          && write.answered < read.begun
          && !seen.contains(write.id)
          && owed(write)
          && (majorities || write.quorum + read.quorum > 3)) {
        simulation.found(Finding.STALE);
      }
    }
  }

  /** Whether a copy that was counted is still owed: not all of them were on removed members. */
  private boolean owed(Op write) {
    if (!majorities
        && write.quorum == 1
        && write.stored.stream().anyMatch(simulation.gone()::contains)) {
      return false;
    }
    return !simulation.gone().containsAll(write.stored);
  }

  /** Whether a read that begins now, with messages that arrive at once, could miss a write. */
  void probe() {
    for (MoveNode reader : simulation.nodes()) {
      if (!reader.up || reader.banned() || !reader.all(reader.ring).contains(reader.id)) {
        continue;
      }
      List<MoveNode> serving = new ArrayList<>();
      for (UUID id : readList(reader.ring)) {
        MoveNode replica = simulation.node(id);
        if (simulation.linked(reader.index, replica.index) && replica.wouldServe(reader)) {
          serving.add(replica);
        }
      }
      for (Op write : writes) {
        if (write.answered >= 0 && owed(write)) {
          long missing = serving.stream().filter(each -> !each.has(write.id)).count();
          if (missing >= (majorities ? 2 : 3 - write.quorum + 1)) {
            simulation.found(Finding.STALE);
            return;
          }
        }
      }
    }
  }

  /** A replica knows more than the coordinator: it decides again. */
  void onRejected(Op op, int round, RingState ring) {
    if (!op.open()) {
      return;
    }
    op.coordinator.learn(ring);
    if (round == op.round && op.coordinator.ring != op.ring) {
      simulation.mark(Mark.REJECTED_SENDER);
      if (++op.rejected > 4
          || !op.coordinator.all(op.coordinator.ring).contains(op.coordinator.id)) {
        op.given = true;
      } else {
        start(op);
      }
    }
  }

  /** Acknowledged writes that these nodes do not have, although a copy is owed. */
  boolean lost(Set<Integer> have) {
    return writes.stream()
        .anyMatch(write -> write.answered >= 0 && !have.contains(write.id) && owed(write));
  }
}
