package starling.node.topology;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import starling.node.topology.Epochs.Decision;
import starling.node.topology.MoveClients.Op;
import starling.node.topology.MoveSimulation.Mark;

/** One node of {@link MoveSimulation}: its ring, its writes, and the walks that it has made. */
final class MoveNode {
  private static final int WATCHED = 0;
  private static final String BUCKET = "b";

  /** A write that is appended and not fsynced. */
  private record Pending(Op op, int round, long begun) {}

  final int index;
  final UUID id;
  final Set<Integer> durable = new HashSet<>();
  private final MoveSimulation simulation;
  private final List<Pending> pending = new ArrayList<>();

  /** By walked member: the epoch that it had entered. Durable. */
  private final Map<UUID, Long> walked = new HashMap<>();

  /** The epoch in which the present move began, wherever it leads now. */
  private long copyingSince;

  RingState ring;
  private RingState stored;
  private Epochs epochs;
  int incarnation;
  boolean up = true;

  MoveNode(MoveSimulation simulation, int index, RingState ring) {
    this.simulation = simulation;
    this.index = index;
    this.id = Sample.id(index);
    this.ring = ring;
    this.stored = ring;
    this.epochs = new Epochs(ring);
  }

  boolean banned() {
    return ring.bans().contains(id);
  }

  Set<UUID> all(RingState of) {
    Set<UUID> all = new LinkedHashSet<>(of.list(WATCHED, 3));
    List<UUID> next = of.nextList(WATCHED, 3);
    if (next != null) {
      all.addAll(next);
    }
    return all;
  }

  void learn(RingState next) {
    if (next.number() > ring.number()) {
      if (ring.step(WATCHED) == ListStep.SETTLED) {
        copyingSince = next.epoch(WATCHED);
      }
      ring = next;
      epochs.inForce(next);
      if (simulation.bug != PlantedMoveBreach.RECORD_NOT_FSYNCED || simulation.below(2) == 0) {
        stored = next;
      }
    }
  }

  boolean has(int write) {
    return durable.contains(write) || pending.stream().anyMatch(each -> each.op.id == write);
  }

  // Requests.

  void onRequest(Op op, int round, RingState senders, long epoch) {
    if (banned()) {
      return;
    }
    if (decide(op.coordinator.id, senders, epoch) == Decision.REPLICA_BEHIND) {
      learn(senders);
    }
    MoveNode coordinator = op.coordinator;
    if (decide(coordinator.id, senders, epoch) != Decision.SERVE) {
      RingState mine = ring;
      simulation.send(
          index, coordinator.index, () -> simulation.clients.onRejected(op, round, mine));
    } else if (op.write) {
      pending.add(new Pending(op, round, epochs.begin(WATCHED)));
    } else {
      Set<Integer> has = Set.copyOf(durable);
      simulation.send(
          index, coordinator.index, () -> simulation.clients.onAnswer(op, round, index, has));
    }
  }

  private Decision decide(UUID sender, RingState senders, long epoch) {
    Decision decision =
        ring.bans().contains(sender)
            ? Decision.SENDER_BEHIND
            : epochs.decide(WATCHED, BUCKET, epoch);
    boolean tolerated =
        simulation.bug == PlantedMoveBreach.ONE_RECORD_BEHIND_SERVED
            && ring.number() - senders.number() <= 2;
    return decision == Decision.SENDER_BEHIND && tolerated ? Decision.SERVE : decision;
  }

  /** Whether this node would answer a read of another node now. */
  boolean wouldServe(MoveNode reader) {
    return !banned()
        && decide(reader.id, reader.ring, reader.ring.epoch(WATCHED, BUCKET))
            != Decision.SENDER_BEHIND;
  }

  /** The disk writes what is appended. */
  void sync() {
    List<Pending> written = List.copyOf(pending);
    pending.clear();
    for (Pending each : written) {
      durable.add(each.op.id);
      epochs.end(WATCHED, each.begun);
      simulation.send(
          index,
          each.op.coordinator.index,
          () -> simulation.clients.onAnswer(each.op, each.round, index, Set.of()));
    }
  }

  void crash() {
    pending.clear();
    incarnation++;
    ring = stored;
    epochs = new Epochs(ring);
  }

  // Moves.

  /** Whether this node has entered the present epoch of a ring. */
  boolean entered(RingState of) {
    long epoch = of.epoch(WATCHED);
    boolean durable =
        stored.number() >= of.number() || simulation.bug == PlantedMoveBreach.RECORD_NOT_FSYNCED;
    return durable
        && ring.epoch(WATCHED) == epoch
        && (epochs.entered(WATCHED, epoch)
            || simulation.bug == PlantedMoveBreach.ENTERED_WITH_OPEN_REQUESTS);
  }

  /** Whether this node is complete for the new list of a ring. */
  boolean complete(RingState of) {
    return ring.epoch(WATCHED) == of.epoch(WATCHED) && missing().isEmpty();
  }

  /** The members that this node must still walk. */
  private Set<UUID> missing() {
    ListMove move = ring.moves().get(WATCHED);
    List<UUID> next = ring.nextList(WATCHED, 3);
    if (move == null || next == null || move.step() != ListStep.COPYING) {
      return Set.of();
    }
    Set<UUID> missing = new LinkedHashSet<>();
    List<UUID> from = ring.list(WATCHED, 3);
    Walks walks = new Walks(from, next, move.pairings(3), ring.bans());
    long since = ring.epoch(WATCHED);
    for (Pairing pair : move.pairings(3)) {
      if (pair.newcomer().equals(id)) {
        since = pair.since();
      }
    }
    if (simulation.bug == PlantedMoveBreach.EARLIER_WALK_COUNTS) {
      since = Math.min(since, copyingSince);
    }
    List<UUID> sources = walks.sources().getOrDefault(id, List.of());
    if (simulation.bug == PlantedMoveBreach.ANOTHER_MEMBER_WALKED && sources.size() == 1) {
      sources = from.stream().filter(each -> !ring.bans().contains(each)).limit(1).toList();
    }
    if (simulation.bug == PlantedMoveBreach.ONE_OF_THE_OTHERS_WALKED && sources.size() > 1) {
      sources = sources.subList(0, 1);
    }
    for (UUID source : sources) {
      if (walked.getOrDefault(source, 0L) < since) {
        missing.add(source);
      }
    }
    if (sources.size() > 1 && missing.isEmpty()) {
      simulation.mark(Mark.WALKED_OTHERS);
    }
    return missing;
  }

  void walk() {
    if (!up || banned() || simulation.below(3) > 0) {
      return;
    }
    RingState mine = ring;
    for (UUID source : missing()) {
      MoveNode other = simulation.node(source);
      simulation.send(index, other.index, () -> other.onWalk(this, mine));
    }
  }

  private void onWalk(MoveNode newcomer, RingState theirs) {
    boolean early = simulation.bug == PlantedMoveBreach.WALK_BEFORE_ENTERED;
    if (!early) {
      learn(theirs);
    }
    long epoch = theirs.epoch(WATCHED);
    if (early || entered(theirs)) {
      Set<Integer> has = Set.copyOf(durable);
      simulation.send(index, newcomer.index, () -> newcomer.onWalked(id, epoch, has));
    }
  }

  private void onWalked(UUID source, long epoch, Set<Integer> has) {
    if (!banned()) {
      durable.addAll(has);
      walked.merge(source, epoch, Math::max);
    }
  }

  /** A node in no list offers what it has to all owners, then drops it (PROTOCOL P31). */
  void offerLeftovers() {
    Set<UUID> owners = all(ring);
    if (!up || banned() || owners.contains(id) || durable.isEmpty() || !pending.isEmpty()) {
      return;
    }
    for (UUID owner : owners) {
      MoveNode node = simulation.node(owner);
      if (!simulation.linked(index, node.index)
          || node.ring.epoch(WATCHED) != ring.epoch(WATCHED)) {
        return;
      }
    }
    owners.forEach(owner -> simulation.node(owner).durable.addAll(durable));
    durable.clear();
    walked.clear();
  }
}
