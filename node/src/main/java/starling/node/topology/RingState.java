package starling.node.topology;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.ring.PreferenceLists;
import starling.ring.Ring;
import starling.ring.RingNode;

/**
 * The ring that follows from the log up to one record: a pure function of the records (PROTOCOL
 * P27), equal on all nodes that hold the same ones. Immutable.
 *
 * <ol>
 *   <li>A partition has one list, computed from one layout as a whole, and while it moves a second
 *       one, computed from the next layout.
 *   <li>An id is banned for good: no later record makes it a member, an owner or a voter.
 *   <li>A voter is a member from its first settled partition until it has left or is banned.
 *   <li>The epoch of a partition is the number of the last record that changed its lists or its
 *       step.
 * </ol>
 */
public final class RingState {
  private final Line line;
  private final long number;
  private final RecordHash hash;
  private final int replicas;
  private final SortedMap<UUID, RingNode> members;
  private final SortedSet<UUID> bans;
  private final SortedSet<UUID> voters;
  private final SortedMap<Long, Ring> layouts;
  private final SortedMap<Integer, ListMove> moves;
  private final SortedMap<String, BucketEntry> buckets;
  private final long[] layoutOf;
  private final long[] epochs;

  /** Takes ownership of the collections and arrays of an application that has ended. */
  RingState(RecordApplication done, RingRecord record, RecordHash hash) {
    this.line = record.line();
    this.number = record.number();
    this.hash = hash;
    this.replicas = done.replicas;
    this.members = Collections.unmodifiableSortedMap(done.members);
    this.bans = Collections.unmodifiableSortedSet(done.bans);
    this.voters = Collections.unmodifiableSortedSet(done.voters);
    this.layouts = Collections.unmodifiableSortedMap(done.partitions.layouts);
    this.moves = Collections.unmodifiableSortedMap(done.partitions.moves);
    this.buckets = Collections.unmodifiableSortedMap(done.buckets);
    this.layoutOf = done.partitions.layoutOf;
    this.epochs = done.partitions.epochs;
  }

  private RingState(Line line) {
    this.line = line;
    this.number = 0;
    this.hash = RecordHash.NONE;
    this.replicas = 0;
    this.members = new TreeMap<>(RingNode.ID_ORDER);
    this.bans = new TreeSet<>(RingNode.ID_ORDER);
    this.voters = new TreeSet<>(RingNode.ID_ORDER);
    this.layouts = new TreeMap<>();
    this.moves = new TreeMap<>();
    this.buckets = new TreeMap<>();
    this.layoutOf = new long[0];
    this.epochs = new long[0];
  }

  /** Before record 1. */
  static RingState unfounded(UUID clusterId) {
    return new RingState(Line.founding(clusterId));
  }

  /**
   * The ring after one more record.
   *
   * @throws InvalidRecordException if the record does not follow this one or breaks a rule
   */
  public RingState apply(RingRecord record) {
    return apply(record, record.hash());
  }

  RingState apply(RingRecord record, RecordHash recordHash) {
    return new RecordApplication(this, record).apply(recordHash);
  }

  public boolean founded() {
    return number > 0;
  }

  public Line line() {
    return line;
  }

  /** The number of the last record; 0 before the founding. */
  public long number() {
    return number;
  }

  /** The hash of the last record. */
  public RecordHash hash() {
    return hash;
  }

  /** How many partitions there are; 0 before the founding. */
  public int partitions() {
    return layoutOf.length;
  }

  /** The members that have neither left nor been banned, by id. */
  public SortedMap<UUID, RingNode> members() {
    return members;
  }

  public boolean isMember(UUID id) {
    return members.containsKey(id);
  }

  public SortedSet<UUID> bans() {
    return bans;
  }

  /** The members of which a majority chooses the next record. */
  public SortedSet<UUID> voters() {
    return voters;
  }

  /** How many voters are a majority. */
  public int majority() {
    return voters.size() / 2 + 1;
  }

  /** The layouts that some partition uses, and the newest, by number. */
  public SortedMap<Long, Ring> layouts() {
    return layouts;
  }

  /** The open moves, by partition. */
  public SortedMap<Integer, ListMove> moves() {
    return moves;
  }

  public ListStep step(int partition) {
    ListMove move = moves.get(partition);
    return move == null ? ListStep.SETTLED : move.step();
  }

  /** The number of the layout that the present list of a partition comes from. */
  public long layoutOf(int partition) {
    return layoutOf[partition];
  }

  /** The present list L of a partition for n replicas, most preferred first. */
  public List<UUID> list(int partition, int n) {
    return lists(layoutOf[partition], n).ids(partition);
  }

  /** The list L′ that a partition moves to, or null if it is settled. */
  public @Nullable List<UUID> nextList(int partition, int n) {
    ListMove move = moves.get(partition);
    return move == null ? null : lists(move.layout(), n).ids(partition);
  }

  /** The list of a partition under a layout in use. */
  List<UUID> list(long layout, int partition, int n) {
    return lists(layout, n).ids(partition);
  }

  /** What is known of the buckets with a record of their own, by name. */
  public SortedMap<String, BucketEntry> buckets() {
    return buckets;
  }

  /** The number of replicas of each key of a bucket. */
  public int replicas(String bucket) {
    BucketEntry entry = buckets.get(bucket);
    return entry == null ? replicas : entry.replicas();
  }

  /** The number of replicas of a bucket without a record of its own. */
  public int defaultReplicas() {
    return replicas;
  }

  /** Every number of replicas that some bucket has. */
  public SortedSet<Integer> replicaCounts() {
    SortedSet<Integer> counts = new TreeSet<>(Set.of(replicas));
    buckets.values().forEach(entry -> counts.add(entry.replicas()));
    return counts;
  }

  /** The record that last changed the lists or the step of a partition. */
  public long epoch(int partition) {
    return epochs[partition];
  }

  /** The epoch that requests for a bucket's keys in a partition name (PROTOCOL P28). */
  public long epoch(int partition, String bucket) {
    BucketEntry entry = buckets.get(bucket);
    return entry == null ? epochs[partition] : Math.max(epochs[partition], entry.changed());
  }

  private PreferenceLists lists(long layout, int n) {
    Ring ring = layouts.get(layout);
    if (ring == null) {
      throw new IllegalStateException("record " + number + " has no layout " + layout);
    }
    return ring.preferenceLists(n);
  }

  /** Copies for the application of the next record, which owns them. */
  long[] copyOfLayouts() {
    return layoutOf.clone();
  }

  long[] copyOfEpochs() {
    return epochs.clone();
  }

  @Override
  public String toString() {
    return String.format(
        "ring at record %d %s: %d members, %d voters, %d moves",
        number, hash, members.size(), voters.size(), moves.size());
  }
}
