package starling.node.topology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.sim.SplitMix;

/**
 * One partition moves among six nodes while clients read and write, on a network that delays,
 * reorders and drops messages, with cuts, crashes and removals. Rings, plans, walks and epochs are
 * the real ones; records are chosen by a majority that can talk to each other, and a replica is a
 * set of writes that only grows.
 *
 * <p>Checked at every step: a read whose quorum must meet that of an acknowledged write cannot miss
 * it; after the heal all lists are settled, and every acknowledged write is there.
 */
final class MoveSimulation {
  private static final int NODES = 6;
  private static final int WATCHED = 0;

  /** What went wrong. */
  enum Finding {
    STALE,
    LOST,
    STUCK
  }

  /** What a run did, so that a test can tell that it did something. */
  enum Mark {
    MOVED,
    REDIRECTED,
    CANCELLED,
    BANNED,
    REJECTED_SENDER,
    WALKED_OTHERS,
    ACKNOWLEDGED_WHILE_MOVING,
    CRASH
  }

  /** How often a message is lost: writes are what a quorum can do without. */
  private enum Kind {
    WRITE,
    GOSSIP,
    OTHER
  }

  private record Flight(int from, int to, Runnable arrives, Kind kind) {}

  final @Nullable PlantedMoveBreach bug;
  final SplitMix random;
  final MoveClients clients;
  private final boolean removes;
  private final double loss;
  private final double gossipLoss;
  private final List<RingState> log = new ArrayList<>();
  private final List<MoveNode> nodes = new ArrayList<>();
  private final List<Flight> flights = new ArrayList<>();
  private final Set<Integer> gone = new HashSet<>();
  private final boolean[][] cut = new boolean[NODES + 1][NODES + 1];
  private final Map<Mark, Integer> marks = new EnumMap<>(Mark.class);
  private final Set<Finding> findings = new HashSet<>();
  private int time;
  private int plans;
  private boolean healed;

  MoveSimulation(long seed, @Nullable PlantedMoveBreach bug) {
    this.bug = bug;
    this.random = new SplitMix(seed);
    this.clients = new MoveClients(this, below(2) == 0);
    this.removes = below(2) == 0;
    this.loss = pick(0.02, 0.3, 0.6, 0.8);
    this.gossipLoss = pick(0, 0.5, 0.9, 1);
    List<RingChange> changes = new ArrayList<>();
    changes.add(new RingChange.Found(4, 3));
    for (int i = 1; i <= NODES; i++) {
      changes.add(Sample.member(Sample.node(i)));
    }
    changes.add(Sample.layout(1, 2, 3, 1));
    log.add(
        RingState.unfounded(Sample.CLUSTER)
            .apply(new RingRecord(Sample.LINE, 1, RecordHash.NONE, false, changes)));
    for (int i = 1; i <= NODES; i++) {
      nodes.add(new MoveNode(this, i, log.get(0)));
    }
  }

  Set<Finding> run(int steps) {
    double sync = pick(0.025, 0.09);
    double requests = pick(0.06, 0.12, 0.2);
    double drives = pick(0.08, 0.16, 0.3);
    double cuts = 0.02 * pick(0.3, 1, 2);
    int backlog = (int) pick(15, 40, 1000);
    double crashes = 0.01 * pick(0.5, 1, 4);
    for (int i = 0; i < steps && findings.isEmpty(); i++) {
      time++;
      if (below(6) == 0) {
        clients.probe();
      }
      double x = random.nextDouble();
      if (x < requests) {
        clients.begin(below(5) < 3);
      } else if ((x -= requests) < 0.4) {
        for (int batch = 1 + flights.size() / backlog; batch > 0; batch--) {
          deliverOne();
        }
      } else if ((x -= 0.4) < sync) {
        anyNode().sync();
      } else if ((x -= sync) < drives) {
        drive();
      } else if ((x -= drives) < 0.12) {
        nodes.forEach(MoveNode::walk);
      } else if ((x -= 0.12) < cuts) {
        changeCuts();
      } else if ((x -= cuts) < crashes) {
        mark(Mark.CRASH);
        anyNode().crash();
      } else if ((x -= crashes) < 0.02 && removes) {
        stopOrStart();
      } else {
        nodes.forEach(MoveNode::offerLeftovers);
      }
    }
    heal();
    return findings;
  }

  Map<Mark, Integer> marks() {
    return marks;
  }

  void mark(Mark mark) {
    marks.merge(mark, 1, Integer::sum);
  }

  MoveNode node(UUID id) {
    return nodes.get((int) id.getLeastSignificantBits() - 1);
  }

  MoveNode anyNode() {
    return nodes.get(below(NODES));
  }

  List<MoveNode> nodes() {
    return nodes;
  }

  int time() {
    return time;
  }

  /** The members that were removed. */
  Set<Integer> gone() {
    return gone;
  }

  void found(Finding finding) {
    findings.add(finding);
  }

  void request(MoveNode from, MoveNode to, Runnable arrives, boolean write) {
    flights.add(new Flight(from.index, to.index, arrives, write ? Kind.WRITE : Kind.OTHER));
  }

  boolean linked(int a, int b) {
    return a == b
        || (nodes.get(a - 1).up && nodes.get(b - 1).up && !cut[Math.min(a, b)][Math.max(a, b)]);
  }

  void send(int from, int to, Runnable arrives) {
    flights.add(new Flight(from, to, arrives, Kind.OTHER));
  }

  private void deliverOne() {
    if (flights.isEmpty()) {
      return;
    }
    Flight flight = flights.remove(random.nextDouble() < 0.6 ? below(flights.size()) : 0);
    double lost =
        switch (flight.kind) {
          case WRITE -> loss;
          case GOSSIP -> gossipLoss;
          case OTHER -> loss / 4;
        };
    if (random.nextDouble() >= lost) {
      arrive(flight);
    }
  }

  private void arrive(Flight flight) {
    if (linked(flight.from, flight.to)) {
      flight.arrives.run();
    }
  }

  // The ring.

  private void drive() {
    MoveNode by = anyNode();
    RingState ring = by.ring;
    RingState last = log.get(log.size() - 1);
    if (!by.up || by.banned() || reached(by, ring) < ring.majority()) {
      return;
    }
    if (ring != last) {
      // Its proposal meets a voter that knows more.
      by.learn(last);
      return;
    }
    boolean settled = ring.moves().isEmpty() && ring.layoutOf(WATCHED) == ring.layouts().lastKey();
    boolean changesItsMind = ring.step(WATCHED) == ListStep.COPYING && below(20) == 0;
    if ((settled || changesItsMind) && !healed && plans < 6) {
      decide(by, plan(by, ring));
    } else {
      decide(by, MovePlanner.next(ring, new Heard(by)));
    }
  }

  /** Some members of the list give way to others; one that is away may be removed. */
  private List<RingChange> plan(MoveNode by, RingState ring) {
    List<UUID> list = ring.list(WATCHED, 3);
    List<UUID> others = new ArrayList<>(ring.members().keySet());
    others.removeAll(list);
    others.removeIf(id -> !node(id).up);
    // A second one would leave less than a majority of the list to copy from.
    boolean first = list.stream().noneMatch(id -> ring.bans().contains(id));
    List<UUID> away =
        list.stream().filter(id -> first && !linked(by.index, node(id).index)).toList();
    List<RingChange> changes = new ArrayList<>();
    List<UUID> next = new ArrayList<>(list);
    boolean removes = this.removes && !away.isEmpty() && below(10) < 7;
    if (removes) {
      changes.add(new RingChange.Ban(away.get(0)));
    }
    boolean cancels = ring.step(WATCHED) == ListStep.COPYING && below(3) == 0 && !removes;
    int outs = removes || cancels ? 0 : new int[] {1, 1, 1, 2, 3}[below(5)];
    for (int i = 0; i < 3; i++) {
      UUID id = next.get(i);
      boolean goes = ring.bans().contains(id) || (removes && id.equals(away.get(0)));
      if ((goes || outs-- > 0) && !others.isEmpty()) {
        next.set(i, others.remove(below(others.size())));
      } else if (goes) {
        return List.of();
      }
    }
    int[] owners = next.stream().mapToInt(id -> (int) id.getLeastSignificantBits()).toArray();
    int shift = below(3);
    changes.add(Sample.layout(owners[0], owners[1], owners[2], shift == 0 ? owners[1] : owners[0]));
    return changes;
  }

  private void decide(MoveNode by, List<RingChange> changes) {
    RingState ring = by.ring;
    if (changes.isEmpty()) {
      return;
    }
    RingState next = ring.apply(Sample.insisted(ring, changes.toArray(RingChange[]::new)));
    note(ring, next, changes);
    log.add(next);
    by.learn(next);
    if (below(10) < 3 && !healed) {
      // The network parts just when a record is chosen.
      cutOff(1 + below(3));
    }
    for (MoveNode each : nodes) {
      flights.add(new Flight(by.index, each.index, () -> each.learn(next), Kind.GOSSIP));
    }
  }

  private long reached(MoveNode by, RingState ring) {
    return ring.voters().stream().filter(id -> linked(by.index, node(id).index)).count();
  }

  private void note(RingState ring, RingState next, List<RingChange> changes) {
    for (RingChange change : changes) {
      if (change instanceof RingChange.Ban ban) {
        gone.add((int) ban.id().getLeastSignificantBits());
        mark(Mark.BANNED);
      } else if (change instanceof RingChange.AddLayout) {
        plans++;
      } else if (change instanceof RingChange.Cancel) {
        mark(Mark.CANCELLED);
      } else if (change instanceof RingChange.Copy copy
          && copy.partitions().contains(WATCHED)
          && ring.step(WATCHED) == ListStep.COPYING) {
        mark(Mark.REDIRECTED);
      }
    }
    if (ring.step(WATCHED) == ListStep.FLIPPED && next.step(WATCHED) == ListStep.SETTLED) {
      mark(Mark.MOVED);
    }
  }

  /** What one node can ask the others just now. Only one partition is looked at. */
  private final class Heard implements MoveFacts {
    private final MoveNode by;

    Heard(MoveNode by) {
      this.by = by;
    }

    @Override
    public boolean complete(int partition, UUID newcomer) {
      MoveNode node = node(newcomer);
      return partition != WATCHED
          || (linked(by.index, node.index) && node.complete(by.ring))
          || (bug == PlantedMoveBreach.HALF_COMPLETE && below(2) == 0);
    }

    @Override
    public boolean entered(int partition, UUID member) {
      MoveNode node = node(member);
      return partition != WATCHED
          || (linked(by.index, node.index) && node.entered(by.ring))
          || bug == PlantedMoveBreach.SETTLED_AT_ONCE;
    }

    @Override
    public Set<UUID> dead() {
      return Set.of();
    }

    @Override
    public Set<UUID> passable() {
      return Set.of();
    }

    @Override
    public boolean handedOver(UUID member) {
      return true;
    }

    @Override
    public boolean acceptsLoss() {
      return false;
    }
  }

  // Faults.

  private void changeCuts() {
    int kind = below(10);
    if (kind < 2) {
      cutOff(1 + below(3));
    } else if (kind < 6) {
      int a = 1 + below(NODES);
      int b = 1 + below(NODES);
      cut[Math.min(a, b)][Math.max(a, b)] = true;
    } else {
      for (boolean[] row : cut) {
        for (int i = 0; i < row.length; i++) {
          row[i] &= below(2) == 0;
        }
      }
    }
  }

  private void cutOff(int size) {
    Set<Integer> side = new HashSet<>();
    while (side.size() < size) {
      side.add(1 + below(NODES));
    }
    for (int a = 1; a <= NODES; a++) {
      for (int b = a + 1; b <= NODES; b++) {
        cut[a][b] |= side.contains(a) != side.contains(b);
      }
    }
  }

  /** One node at a time is down. */
  private void stopOrStart() {
    MoveNode node = anyNode();
    if (!node.up) {
      node.up = below(3) == 0;
    } else if (nodes.stream().allMatch(each -> each.up)) {
      node.crash();
      node.up = false;
    }
  }

  private void heal() {
    healed = true;
    for (boolean[] row : cut) {
      Arrays.fill(row, false);
    }
    nodes.forEach(each -> each.up = true);
    for (int round = 0; round < 80 && findings.isEmpty(); round++) {
      nodes.forEach(MoveNode::sync);
      List<Flight> all = List.copyOf(flights);
      flights.clear();
      all.forEach(this::arrive);
      nodes.forEach(each -> each.learn(log.get(log.size() - 1)));
      nodes.forEach(MoveNode::walk);
      drive();
      nodes.forEach(MoveNode::offerLeftovers);
    }
    RingState last = log.get(log.size() - 1);
    if (!findings.isEmpty()) {
      return;
    }
    clients.probe();
    if (!last.moves().isEmpty()) {
      findings.add(Finding.STUCK);
    }
    Set<Integer> have = new HashSet<>();
    last.list(WATCHED, 3).forEach(id -> have.addAll(node(id).durable));
    if (clients.lost(have)) {
      findings.add(Finding.LOST);
    }
  }

  private double pick(double... values) {
    return values[below(values.length)];
  }

  int below(int bound) {
    return (int) Math.floorMod(random.nextLong(), (long) bound);
  }
}
