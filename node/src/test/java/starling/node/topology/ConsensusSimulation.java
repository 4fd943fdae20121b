package starling.node.topology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.topology.LogOracle.Broken;
import starling.node.topology.LogOracle.Mark;
import starling.node.topology.LogOracle.Rule;
import starling.sim.SplitMix;

/**
 * Seven nodes choose ring records on a network that loses, repeats and reorders messages, while
 * nodes crash between any two steps of their disks, pause, propose at once, and ban or admit each
 * other. At most one voter at a time loses its directory or gets an older one.
 *
 * <p>Checked at every step: one record for each number on all nodes; a record that a node knows was
 * voted for by a majority of the voters of the record before it, in one ballot, durably; one record
 * for each ballot. At the end, with all nodes up and all messages delivered, a record is chosen and
 * all members know it.
 */
final class ConsensusSimulation {
  static final ConsensusConfig CONFIG = new ConsensusConfig(60, 40);

  private static final int NODES = 7;
  private static final int TOKENS = 4;
  private static final long MILLI = 1_000_000;

  private record Flight(int from, int to, ConsensusMessage message) {}

  final @Nullable PlantedRuleBreach bug;
  private final SplitMix random;
  private final List<SimNode> nodes = new ArrayList<>();
  private final List<Flight> flights = new ArrayList<>();
  private final int[] pausedUntil = new int[NODES];
  private final double proposals;
  private final double loss;
  private final double crashes;
  private final double syncs;
  private final boolean wipes;
  private final RandomChanges changes;
  private final LogOracle oracle;
  private SimNode.@Nullable Directory olderDirectory;
  private int olderOwner = -1;
  private @Nullable SimNode wiped;
  private long now;
  private int step;

  ConsensusSimulation(long seed, @Nullable PlantedRuleBreach bug) {
    this(seed, bug, 0);
  }

  /**
   * @param fixedVoters how many members found the ring; 0 draws their number
   */
  ConsensusSimulation(long seed, @Nullable PlantedRuleBreach bug, int fixedVoters) {
    this.bug = bug;
    this.random = new SplitMix(seed);
    this.proposals = pick(0.005, 0.015, 0.05);
    this.loss = pick(0, 0.05, 0.2);
    this.crashes = pick(0.001, 0.008, 0.03);
    this.syncs = pick(0.1, 0.3, 0.5);
    this.wipes = below(2) == 0;
    this.changes = new RandomChanges(random, NODES, below(4) > 0);
    int voters = fixedVoters > 0 ? fixedVoters : 1 + below(5);
    for (int i = 0; i < NODES; i++) {
      nodes.add(new SimNode(this, i, SplitMix.named(seed, "node" + i)));
    }
    int[] owners = new int[TOKENS + 1];
    Arrays.setAll(owners, token -> 1 + token % voters);
    RingRecord first =
        Sample.founding(
            voters == 5 ? new int[] {1, 2, 3, 4, 5, 1, 2, 3} : Arrays.copyOf(owners, TOKENS));
    this.oracle = new LogOracle(first);
    for (int i = 0; i < voters; i++) {
      nodes.get(i).learned(first);
    }
  }

  /** Runs so many steps, heals, and demands progress. */
  void run(int steps) {
    for (step = 0; step < steps; step++) {
      oneStep();
    }
    heal();
  }

  /**
   * Two members propose at once, on a network that only reorders; one node crashes once.
   *
   * @param crashAt before which step; beyond the last step for no crash
   * @param survive how many of its stores under way reach the disk
   * @return after how many steps nothing was left to deliver or to write
   */
  int runWithOneCrash(int crashAt, int node, int survive) {
    propose(nodes.get(0));
    propose(nodes.get(1));
    int steps = 0;
    boolean busy = true;
    while (busy) {
      if (steps++ == crashAt) {
        nodes.get(node).crash(survive);
        look(nodes.get(node));
      }
      List<SimNode> unsynced = nodes.stream().filter(each -> each.unsynced() > 0).toList();
      int choice = below(Math.max(1, flights.size() + unsynced.size()));
      busy = !flights.isEmpty() || !unsynced.isEmpty();
      if (choice < flights.size()) {
        deliver(flights.remove(choice));
      } else if (busy) {
        SimNode disk = unsynced.get(choice - flights.size());
        disk.sync(1, now);
        look(disk);
      }
    }
    heal();
    return steps;
  }

  Map<Mark, Integer> marks() {
    return oracle.marks();
  }

  private void oneStep() {
    now += 100_000 + below(400_000);
    SimNode node = nodes.get(below(NODES));
    double x = random.nextDouble();
    if (x < proposals) {
      propose(node);
    } else if (x < 0.85) {
      work();
    } else if (x < 0.9) {
      node.consensus.tick(now);
      look(node);
    } else if (x < 0.9 + crashes) {
      crash(node);
    } else if (x < 0.96) {
      announce(node, nodes.get(below(NODES)));
    } else if (x < 0.963) {
      pausedUntil[node.index] = step + 200;
    } else if (x < 0.97 && wipes) {
      loseDirectory(node);
    } else if (x < 0.98) {
      forgeVote(node);
    }
  }

  /** A message arrives or a disk writes; where there is neither, time passes. */
  private void work() {
    List<SimNode> unsynced = nodes.stream().filter(each -> each.unsynced() > 0).toList();
    if (!unsynced.isEmpty() && random.nextDouble() < syncs) {
      SimNode node = any(unsynced);
      node.sync(1 + below(3), now);
      look(node);
    } else if (!flights.isEmpty()) {
      deliverOne();
    } else {
      now += 5 * MILLI;
    }
  }

  private void deliverOne() {
    if (flights.isEmpty()) {
      return;
    }
    int at = random.nextDouble() < 0.6 ? below(flights.size()) : 0;
    Flight flight = flights.get(at);
    if (pausedUntil[flight.to] > step) {
      return;
    }
    if (random.nextDouble() >= 0.05) {
      flights.remove(at);
    }
    if (random.nextDouble() >= loss) {
      deliver(flight);
    }
  }

  private void deliver(Flight flight) {
    SimNode to = nodes.get(flight.to);
    ConsensusMessage message = ConsensusMessage.decode(flight.message.encode());
    if (bug == PlantedRuleBreach.ACCEPTED_VALUE_IGNORED
        && message instanceof ConsensusMessage.Promise m) {
      message = new ConsensusMessage.Promise(m.line(), m.number(), m.ballot(), null, null);
    }
    to.consensus.onMessage(nodes.get(flight.from).id, message, now);
    look(to);
  }

  private void crash(SimNode node) {
    int unsynced = node.unsynced();
    int survive = below(unsynced + 1);
    oracle.mark(Mark.CRASH);
    if (survive < unsynced) {
      oracle.mark(Mark.LOST_STORES);
    }
    node.crash(survive);
    look(node);
  }

  /** One voter at a time loses its directory, and only where others can make up for it. */
  private void loseDirectory(SimNode node) {
    if (olderDirectory == null || below(4) == 0) {
      olderDirectory = node.directory();
      olderOwner = node.index;
    }
    SimNode before = wiped;
    RingState last = oracle.last();
    if (before != null
        && before.silent()
        && nodes.stream().anyMatch(each -> each.consensus.state().voters().contains(before.id))) {
      return;
    }
    if (last.voters().size() < 2 || !last.voters().contains(node.id)) {
      return;
    }
    wiped = node;
    SimNode.Directory older = olderDirectory;
    if (olderOwner == node.index && older != null && below(2) == 0) {
      node.rollBack(older);
    } else {
      node.wipe();
    }
    look(node);
  }

  /** A banned member, or a node that is none, sends a promise and a vote; they must not count. */
  private void forgeVote(SimNode victim) {
    for (int i = flights.size() - 1; i >= 0; i--) {
      Flight flight = flights.get(i);
      if (flight.from != victim.index) {
        continue;
      }
      SimNode stranger = nodes.get(below(NODES));
      if (victim.consensus.state().voters().contains(stranger.id)) {
        return;
      }
      ConsensusMessage forged = yes(flight.message);
      if (forged != null) {
        oracle.mark(Mark.HOSTILE_VOTE);
        victim.consensus.onMessage(stranger.id, forged, now);
        look(victim);
      }
      return;
    }
  }

  private static @Nullable ConsensusMessage yes(ConsensusMessage asked) {
    if (asked instanceof ConsensusMessage.Prepare m) {
      return new ConsensusMessage.Promise(m.line(), m.number(), m.ballot(), null, null);
    }
    if (asked instanceof ConsensusMessage.Accept m) {
      return new ConsensusMessage.Vote(m.line(), m.record().number(), m.ballot());
    }
    return null;
  }

  private void propose(SimNode node) {
    RingConsensus consensus = node.consensus;
    if (consensus.proposing() || !consensus.state().isMember(node.id)) {
      // Most nodes are no members at first: one of the founders instead.
      SimNode other = nodes.get(below(3));
      if (other != node && !node.consensus.state().isMember(node.id)) {
        propose(other);
      }
      return;
    }
    RingState state = consensus.state();
    for (int tries = 0; tries < 4; tries++) {
      try {
        consensus.propose(changes.next(state), true, now + (200 + below(800)) * MILLI, now);
        break;
      } catch (InvalidRecordException invalid) {
        // Another change is possible now.
      }
    }
    look(node);
  }

  /** Gossip: a node tells another which record is the last in force here. */
  private void announce(SimNode from, SimNode to) {
    RingState state = from.inForce;
    if (state == null) {
      return;
    }
    long number = state.number();
    RecordHash hash = state.hash();
    VoteMemory memory = from.storedVote();
    RingRecord voted = memory.voted();
    if (bug == PlantedRuleBreach.ANNOUNCED_UNCHOSEN && voted != null) {
      number = voted.number();
      hash = voted.hash();
    }
    long before = to.consensus.state().number();
    to.consensus.onAnnounced(from.id, Sample.LINE, number, hash, now);
    if (to.consensus.state().number() > before) {
      oracle.mark(Mark.ANNOUNCEMENT_TAUGHT);
    }
    look(to);
  }

  /** Carries out what a node wants, and checks what it knows. */
  private void look(SimNode node) {
    List<ConsensusAction> actions = node.consensus.drain();
    while (!actions.isEmpty()) {
      actions.forEach(action -> action.perform(new Shell(node)));
      if (bug == PlantedRuleBreach.NOT_FSYNCED) {
        node.consensus.stored(Long.MAX_VALUE / 2, now);
      }
      actions = node.consensus.drain();
    }
  }

  private final class Shell implements ConsensusAction.Shell {
    private final SimNode node;

    Shell(SimNode node) {
      this.node = node;
    }

    @Override
    public void send(UUID to, ConsensusMessage message) {
      int target = (int) to.getLeastSignificantBits() - 1;
      flights.add(new Flight(node.index, target, message));
      if (message instanceof ConsensusMessage.Promise m && m.voted() != null) {
        oracle.mark(Mark.ADOPTED_RECORD);
      }
      boolean seemsDead = bug == PlantedRuleBreach.MAJORITY_OF_THE_LIVE && below(3) == 0;
      boolean bannedCounts =
          bug == PlantedRuleBreach.BANNED_MEMBER_COUNTS
              && node.consensus.state().bans().size() >= 1 + below(3);
      if (seemsDead || bannedCounts) {
        ConsensusMessage forged = yes(message);
        if (forged != null) {
          flights.add(new Flight(target, node.index, forged));
        }
      }
    }

    @Override
    public void storeRecord(long ticket, RingRecord record) {
      oracle.known(record);
      node.store(ticket, record, null);
    }

    @Override
    public void storeVote(long ticket, VoteMemory memory) {
      Ballot ballot = memory.votedBallot();
      RingRecord voted = memory.voted();
      if (ballot != null && voted != null) {
        oracle.voted(node.id, ballot, voted);
      }
      if (node == wiped && memory.silentThrough() > 0 && ballot != null) {
        oracle.mark(Mark.WIPED_VOTER_VOTED_AGAIN);
      }
      node.store(ticket, null, memory);
    }

    @Override
    public void inForce(RingRecord record, RingState state) {
      if (bug != PlantedRuleBreach.NOT_FSYNCED && node.storedRecords() < record.number()) {
        throw new Broken(
            Rule.DURABLE, "record " + record.number() + " is in force and not durable");
      }
      node.inForce = state;
    }

    @Override
    public void proposalEnded(ProposalOutcome outcome) {
      if (outcome.kind() == ProposalOutcome.Kind.SUPERSEDED) {
        oracle.mark(Mark.SUPERSEDED);
      }
      if (outcome.kind() == ProposalOutcome.Kind.UNKNOWN) {
        oracle.mark(Mark.UNKNOWN_OUTCOME);
      }
    }

    @Override
    public void otherLine(UUID peer, Line line) {
      throw new Broken(Rule.QUIET, "there is one line only, not " + line);
    }

    @Override
    public void alarm(String text) {
      throw new Broken(Rule.QUIET, text);
    }
  }

  /**
   * All nodes run, all messages arrive: the next record must be chosen and known to all members.
   */
  private void heal() {
    Arrays.fill(pausedUntil, 0);
    long before = oracle.records();
    long goal = before + 3;
    for (int round = 0; round < 400; round++) {
      now += 10 * MILLI;
      for (SimNode node : nodes) {
        node.consensus.tick(now);
        look(node);
        node.sync(Integer.MAX_VALUE, now);
        look(node);
      }
      for (int i = flights.size(); i > 0; i--) {
        deliver(flights.remove(0));
      }
      SimNode proposer = nodes.get(round % NODES);
      RingState state = proposer.consensus.state();
      if (oracle.records() < goal
          && state.isMember(proposer.id)
          && nodes.stream().noneMatch(each -> each.consensus.proposing())) {
        proposer.consensus.propose(
            List.of(
                new RingChange.StateMember(state.members().get(proposer.id).withWeight(1 + round))),
            false,
            now + 1000 * MILLI,
            now);
        look(proposer);
      }
      for (SimNode node : nodes) {
        announce(node, nodes.get(below(NODES)));
      }
      if (oracle.records() >= goal && allKnow()) {
        return;
      }
    }
    SimNode lost = wiped;
    if (lost != null && lost.silent() && lost.consensus.state().voters().equals(Set.of(lost.id))) {
      // The last voter lost its directory while a record banned the others: a majority is lost.
      return;
    }
    if (nodes.stream().allMatch(each -> each.consensus.state().number() == 0)) {
      // The only voter lost the only durable log.
      return;
    }
    StringBuilder text = new StringBuilder("after " + (oracle.records() - before) + " records");
    text.append(" after the heal; voters ").append(oracle.last().voters());
    for (SimNode node : nodes) {
      RingState state = node.consensus.state();
      VoteMemory memory = node.storedVote();
      text.append("; ")
          .append(node.index + 1)
          .append(node == wiped ? " lost" : "")
          .append(" at ")
          .append(state.number())
          .append(memory.forgot() ? " forgot" : "")
          .append(" silent ")
          .append(memory.silentThrough());
    }
    throw new Broken(Rule.PROGRESS, text.toString());
  }

  private boolean allKnow() {
    RingState last = oracle.last();
    for (SimNode node : nodes) {
      RingState state = node.inForce;
      if (last.isMember(node.id) && (state == null || state.number() < last.number())) {
        return false;
      }
    }
    return true;
  }

  private <T> T any(List<T> list) {
    return list.get(below(list.size()));
  }

  private double pick(double... values) {
    return values[below(values.length)];
  }

  private int below(int bound) {
    return (int) Math.floorMod(random.nextLong(), (long) bound);
  }
}
