package starling.node.recovery;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.Holds;
import starling.node.port.Clock;
import starling.node.replica.Hint;
import starling.node.replica.LocalReplica;
import starling.node.request.BucketProperties.Conflict;
import starling.node.storage.CorruptRange;
import starling.node.storage.Durability;
import starling.node.storage.Key;

/**
 * Repairs lost hints. The record of a hint is corrupt for good, and its write may have one copy
 * less than was acknowledged: so the node looks for the other copies on the primaries of the key.
 *
 * <ol>
 *   <li>Every present primary is asked for its whole set, and each must answer as a complete one: a
 *       silent primary may hold the only other copy, so the repair waits for it.
 *   <li>If their sets differ, their join becomes a new hint, which replaces the corrupt record and
 *       is delivered like any other hint.
 *   <li>If they are equal no repair is needed.
 *   <li>Until then the partition stays on the list of hints, over restarts too.
 * </ol>
 *
 * <p>One key at a time. Owned by the thread of the node's state.
 */
public final class HintRepair {
  private static final Logger log = LoggerFactory.getLogger(HintRepair.class);

  /** Lost hints that are repaired at once; later starts find the others again. */
  private static final int MAX_LOST = 1_024;

  /** The request id in logs for requests without a client. */
  public static final String REQUEST_ID = "hint-repair";

  private static final int TIMEOUT_MILLIS = 5_000;
  private static final long PAUSE_NANOS = 1_000_000_000L;

  private final ClusterView cluster;
  private final PeerClient peers;
  private final LocalReplica local;
  private final DeadlineWheel deadlines;
  private final Clock clock;
  private final BiConsumer<Key, List<CorruptRange>> repaired;
  private final Map<Key, List<CorruptRange>> lost = new LinkedHashMap<>();
  private long nextNanos = Long.MIN_VALUE;
  private boolean asking;

  /**
   * @param repaired called for each key whose repair has ended, with its corrupt ranges
   */
  HintRepair(
      ClusterView cluster,
      PeerClient peers,
      LocalReplica local,
      DeadlineWheel deadlines,
      Clock clock,
      BiConsumer<Key, List<CorruptRange>> repaired) {
    this.cluster = cluster;
    this.peers = peers;
    this.local = local;
    this.deadlines = deadlines;
    this.clock = clock;
    this.repaired = repaired;
  }

  /** The hint of a key was lost with this range. */
  void onLost(Key key, CorruptRange range) {
    if (lost.size() < MAX_LOST || lost.containsKey(key)) {
      lost.computeIfAbsent(key, unused -> new ArrayList<>(1)).add(range);
    }
  }

  void tick(long nowNanos) {
    if (asking || lost.isEmpty() || nowNanos < nextNanos || cluster.notServing() != null) {
      return;
    }
    nextNanos = nowNanos + PAUSE_NANOS;
    for (Key key : List.copyOf(lost.keySet())) {
      List<UUID> primaries = cluster.primaries(key);
      if (primaries.contains(cluster.self())) {
        // The comparison of its partition fetches it.
        List<CorruptRange> ranges = lost.remove(key);
        repaired.accept(key, ranges == null ? List.of() : ranges);
        continue;
      }
      if (primaries.stream().allMatch(cluster::mayAnswer)) {
        asking = true;
        new Attempt(key, primaries).begin();
        return;
      }
    }
  }

  /** One request to all primaries of one key. */
  private final class Attempt {
    private final Key key;
    private final int partition;
    private final List<UUID> primaries;
    private final List<Holds> answers = new ArrayList<>();
    private final CallGroup calls = new CallGroup(peers, cluster, deadlines);
    private boolean ended;

    Attempt(Key key, List<UUID> primaries) {
      this.key = key;
      this.partition = cluster.ring().partition(key.position());
      this.primaries = primaries;
      calls.timeoutProlonged(TIMEOUT_MILLIS, () -> end(false));
    }

    void begin() {
      for (UUID primary : primaries) {
        if (!ended) {
          ask(primary);
        }
      }
    }

    private void ask(UUID primary) {
      boolean sent =
          calls.ask(
              primary,
              call ->
                  Fetch.whole(
                      call,
                      TIMEOUT_MILLIS,
                      cluster.ringHash(),
                      cluster.registerHash(key.bucket()),
                      REQUEST_ID,
                      key),
              Holds.class,
              this::heard,
              failure -> end(false));
      if (!sent) {
        end(false);
      }
    }

    private void heard(Holds holds) {
      if (!holds.complete()) {
        end(false);
        return;
      }
      answers.add(holds);
      if (ended || answers.size() < primaries.size()) {
        return;
      }
      if (answers.stream().mapToLong(Holds::hash).distinct().count() == 1) {
        end(true);
        return;
      }
      Conflict conflict = cluster.bucket(key.bucket()).conflict();
      Hint hint = new Hint(primaries, List.of(), clock.wallMillis());
      int[] missing = {1};
      for (Holds each : answers) {
        byte[] set = each.set();
        if (set != null) {
          missing[0]++;
          local.storeHint(
              key, partition, set, conflict, Durability.SYNCED, hint, why -> kept(missing, why));
        }
      }
      kept(missing, null);
    }

    private void kept(int[] missing, @Nullable DeclineReason why) {
      if (why != null) {
        end(false);
      } else if (--missing[0] == 0) {
        end(true);
      }
    }

    private void end(boolean well) {
      if (ended) {
        return;
      }
      ended = true;
      asking = false;
      calls.close();
      List<CorruptRange> ranges = lost.remove(key);
      if (ranges == null) {
        return;
      }
      if (well) {
        log.info("the lost hint of {} is repaired: all its primaries were asked", key);
        repaired.accept(key, ranges);
      } else {
        // Repair the others first.
        lost.put(key, ranges);
      }
    }
  }
}
