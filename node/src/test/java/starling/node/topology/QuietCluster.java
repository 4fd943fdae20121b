package starling.node.topology;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiPredicate;
import starling.sim.SplitMix;

/**
 * Members on a network that delivers at once and in order, with disks that write at once, for
 * single histories. {@link #keeps} decides which messages arrive.
 */
final class QuietCluster {
  private record Mail(UUID from, UUID to, ConsensusMessage message) {}

  final Map<UUID, RingConsensus> members = new LinkedHashMap<>();
  final Map<UUID, List<ProposalOutcome>> outcomes = new HashMap<>();
  final Map<UUID, RingState> inForce = new HashMap<>();
  final Map<UUID, VoteMemory> memories = new HashMap<>();
  final Map<UUID, List<byte[]>> records = new HashMap<>();
  final Map<UUID, Integer> sentOrReceived = new HashMap<>();
  final List<String> alarms = new ArrayList<>();
  private final List<Mail> mail = new ArrayList<>();
  private final SplitMix random = new SplitMix(5);

  /** Receiver and message; false drops it. */
  BiPredicate<UUID, ConsensusMessage> keeps = (to, message) -> true;

  long now;

  /** A founded ring that the owners know, and nodes that know nothing yet. */
  static QuietCluster founded(RingRecord first, int... others) {
    QuietCluster cluster = new QuietCluster();
    for (UUID owner : RingState.unfounded(Sample.CLUSTER).apply(first).voters()) {
      cluster.start(owner, List.of(first.encode()), VoteMemory.NONE);
    }
    for (int other : others) {
      cluster.start(Sample.id(other), List.of(), VoteMemory.NONE);
    }
    return cluster;
  }

  RingConsensus start(UUID id, List<byte[]> log, VoteMemory memory) {
    RingConsensus consensus =
        new RingConsensus(
            ConsensusConfig.DEFAULT,
            id,
            random.nextLong(),
            new SplitMix(id.getLeastSignificantBits()),
            RecordLog.restore(Sample.CLUSTER, log),
            memory);
    members.put(id, consensus);
    outcomes.put(id, new ArrayList<>());
    memories.put(id, memory);
    records.put(id, new ArrayList<>(log));
    return consensus;
  }

  RingConsensus member(int node) {
    return members.get(Sample.id(node));
  }

  void propose(int node, RingChange... changes) {
    member(node).propose(List.of(changes), false, now + 10_000_000_000L, now);
    settle();
  }

  /** Delivers until nothing is under way. */
  void settle() {
    do {
      members.forEach(this::drain);
      List<Mail> batch = List.copyOf(mail);
      mail.clear();
      for (Mail each : batch) {
        if (keeps.test(each.to, each.message)) {
          sentOrReceived.merge(each.from, 1, Integer::sum);
          sentOrReceived.merge(each.to, 1, Integer::sum);
          members.get(each.to).onMessage(each.from, each.message, now);
        }
      }
      members.forEach(this::drain);
    } while (!mail.isEmpty());
  }

  /** Time passes. */
  void tick(long millis) {
    now += millis * 1_000_000;
    members.values().forEach(each -> each.tick(now));
    settle();
  }

  /** Every node announces its last record to every other. */
  void gossip() {
    inForce.forEach(
        (from, state) ->
            members.forEach(
                (to, consensus) -> {
                  if (!to.equals(from)) {
                    consensus.onAnnounced(from, state.line(), state.number(), state.hash(), now);
                  }
                }));
    settle();
  }

  private void drain(UUID id, RingConsensus consensus) {
    List<ConsensusAction> actions = consensus.drain();
    while (!actions.isEmpty()) {
      actions.forEach(action -> action.perform(new Shell(id, consensus)));
      actions = consensus.drain();
    }
  }

  private final class Shell implements ConsensusAction.Shell {
    private final UUID id;
    private final RingConsensus consensus;

    Shell(UUID id, RingConsensus consensus) {
      this.id = id;
      this.consensus = consensus;
    }

    @Override
    public void send(UUID to, ConsensusMessage message) {
      mail.add(new Mail(id, to, message));
    }

    @Override
    public void storeRecord(long ticket, RingRecord record) {
      records.get(id).add(record.encode());
      consensus.stored(ticket, now);
    }

    @Override
    public void storeVote(long ticket, VoteMemory memory) {
      memories.put(id, memory);
      consensus.stored(ticket, now);
    }

    @Override
    public void inForce(RingRecord record, RingState state) {
      inForce.put(id, state);
    }

    @Override
    public void proposalEnded(ProposalOutcome outcome) {
      outcomes.get(id).add(outcome);
    }

    @Override
    public void otherLine(UUID peer, Line line) {
      alarms.add("line " + line.number() + " of " + peer);
    }

    @Override
    public void alarm(String text) {
      alarms.add(text);
    }
  }
}
