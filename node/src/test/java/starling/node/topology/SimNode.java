package starling.node.topology;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.sim.SplitMix;

/**
 * One node of {@link ConsensusSimulation}: the consensus, and a disk on which stores become durable
 * one after the other. A crash keeps what is durable and any number of the next stores.
 */
final class SimNode {
  /** A store that was begun and is not durable yet. */
  private record Pending(long ticket, @Nullable RingRecord record, @Nullable VoteMemory memory) {}

  final int index;
  final UUID id;
  private final ConsensusSimulation simulation;
  private final SplitMix random;

  private List<byte[]> records = new ArrayList<>();
  private byte[] vote = VoteMemory.NONE.encode();
  private final Deque<Pending> pending = new ArrayDeque<>();

  RingConsensus consensus;

  /** The directory was lost or rolled back, and that this voter forgot is not durable yet. */
  private boolean lost;

  /** The last record in force here, and its ring. */
  @Nullable RingState inForce;

  SimNode(ConsensusSimulation simulation, int index, SplitMix random) {
    this.simulation = simulation;
    this.index = index;
    this.id = Sample.id(index + 1);
    this.random = random;
    this.consensus = start();
  }

  private RingConsensus start() {
    RecordLog log = RecordLog.restore(Sample.CLUSTER, records);
    inForce = log.last() == 0 ? null : log.state();
    long nonce = simulation.bug == PlantedRuleBreach.SAME_NONCE ? index : random.nextLong();
    return new RingConsensus(
        ConsensusSimulation.CONFIG, id, nonce, random, log, VoteMemory.decode(vote));
  }

  /** How many stores are not durable yet. */
  int unsynced() {
    return pending.size();
  }

  void store(long ticket, @Nullable RingRecord record, @Nullable VoteMemory memory) {
    pending.add(new Pending(ticket, record, memory));
  }

  /** The next stores become durable. */
  void sync(int count, long now) {
    long ticket = 0;
    for (int i = 0; i < count && !pending.isEmpty(); i++) {
      ticket = write(pending.remove());
    }
    if (ticket != 0) {
      consensus.stored(ticket, now);
    }
  }

  private long write(Pending each) {
    if (each.record != null) {
      records.add(each.record.encode());
    }
    if (each.memory != null) {
      vote = each.memory.encode();
      lost &= !each.memory.forgot();
    }
    return each.ticket;
  }

  /** The process ends and starts again; so many of the stores under way reached the disk. */
  void crash(int survive) {
    for (int i = 0; i < survive && !pending.isEmpty(); i++) {
      write(pending.remove());
    }
    pending.clear();
    consensus = start();
    forgetIfLost();
  }

  private void forgetIfLost() {
    if (lost && simulation.bug != PlantedRuleBreach.WIPED_VOTER_VOTES) {
      consensus.forget();
    }
  }

  /** The directory is lost: the node starts with nothing, and knows that it had been a member. */
  void wipe() {
    restoreDirectory(List.of(), VoteMemory.NONE.encode());
  }

  /** The directory is replaced by an older copy. */
  void rollBack(Directory older) {
    restoreDirectory(older.records, older.vote);
  }

  private void restoreDirectory(List<byte[]> copy, byte[] copiedVote) {
    pending.clear();
    records = new ArrayList<>(copy);
    vote = copiedVote;
    lost = true;
    consensus = start();
    forgetIfLost();
  }

  /** A copy of a directory. */
  record Directory(List<byte[]> records, byte[] vote) {}

  Directory directory() {
    return new Directory(List.copyOf(records), vote.clone());
  }

  /** Starts with this log, as if it had learned it before. */
  void learned(RingRecord first) {
    records.add(first.encode());
    consensus = start();
  }

  VoteMemory storedVote() {
    return VoteMemory.decode(vote);
  }

  /** Whether this voter lost its directory and does not vote again yet. */
  boolean silent() {
    VoteMemory memory = storedVote();
    return lost || memory.forgot() || records.size() < memory.silentThrough();
  }

  /** How many records are durable. */
  int storedRecords() {
    return records.size();
  }
}
