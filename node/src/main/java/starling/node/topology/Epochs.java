package starling.node.topology;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Under which epoch a replica serves, and which it has entered (PROTOCOL P28). One owner: the owner
 * of the keys, which compares in the step that appends.
 *
 * <p>A request begins under the ring in force and ends when it has completed or failed. The node
 * has entered an epoch of a partition once the record is in force, which means durable, and every
 * request that began before it in that partition has ended. Beginning and ending allocate nothing
 * unless a record came in between.
 */
public final class Epochs {
  /** What a replica does with a request that names an epoch. */
  public enum Decision {
    /** The epochs are equal. */
    SERVE,
    /** The sender is behind: decline, and send the records that it lacks. It decides again. */
    SENDER_BEHIND,
    /** The replica is behind: apply the missing records first, then compare again. */
    REPLICA_BEHIND
  }

  private RingState state;

  /** By partition: requests under way that began since the last record that changed it. */
  private int[] open;

  /** By partition: that record. */
  private long[] since;

  /**
   * By partition: requests under way that began earlier, by the number after the last record under
   * which one of them began. A node may learn several records at once.
   */
  private final Map<Integer, SortedMap<Long, Integer>> earlier = new HashMap<>();

  /** Begins with the ring in force; no request is under way. */
  public Epochs(RingState state) {
    this.state = state;
    this.open = new int[state.partitions()];
    this.since = new long[state.partitions()];
    Arrays.fill(since, state.number());
  }

  /** Compares the epoch that a request names with this node's. */
  public Decision decide(int partition, String bucket, long epoch) {
    long own = state.epoch(partition, bucket);
    if (epoch == own) {
      return Decision.SERVE;
    }
    return epoch < own ? Decision.SENDER_BEHIND : Decision.REPLICA_BEHIND;
  }

  /** Another record is in force. Rings never go back. */
  public void inForce(RingState next) {
    if (next.number() <= state.number()) {
      throw new IllegalArgumentException(next + " after " + state);
    }
    if (open.length == 0) {
      open = new int[next.partitions()];
      since = new long[next.partitions()];
    }
    boolean buckets = !next.buckets().equals(state.buckets());
    for (int partition = 0; partition < open.length; partition++) {
      if (buckets || next.epoch(partition) > state.number()) {
        if (open[partition] > 0) {
          earlier
              .computeIfAbsent(partition, key -> new TreeMap<>())
              .put(state.number() + 1, open[partition]);
          open[partition] = 0;
        }
        since[partition] = next.number();
      }
    }
    state = next;
  }

  /**
   * A request begins in a partition.
   *
   * @return to be given to {@link #end}
   */
  public long begin(int partition) {
    open[partition]++;
    return state.number();
  }

  /** A request has completed or failed. */
  public void end(int partition, long begun) {
    if (begun >= since[partition]) {
      if (open[partition]-- == 0) {
        throw new IllegalStateException("no request is under way in partition " + partition);
      }
      return;
    }
    SortedMap<Long, Integer> groups = earlier.get(partition);
    SortedMap<Long, Integer> after = groups == null ? null : groups.tailMap(begun + 1);
    if (groups == null || after == null || after.isEmpty()) {
      throw new IllegalStateException("no request is under way in partition " + partition);
    }
    long group = after.firstKey();
    groups.merge(group, -1, (count, one) -> count == 1 ? null : count - 1);
    if (groups.isEmpty()) {
      earlier.remove(partition);
    }
  }

  /** Whether this node has entered an epoch of a partition. */
  public boolean entered(int partition, long epoch) {
    if (state.number() < epoch) {
      return false;
    }
    SortedMap<Long, Integer> groups = earlier.get(partition);
    return groups == null || groups.firstKey() > epoch;
  }
}
