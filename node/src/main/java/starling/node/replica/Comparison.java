package starling.node.replica;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.port.Clock;
import starling.node.replica.PeerMessage.Part;
import starling.node.replica.PeerMessage.Purpose;
import starling.node.storage.Key;
import starling.node.version.Siblings;

/**
 * Makes an incomplete partition complete again: lists the keys and version hashes that the other
 * primaries hold, page by page, and fetches what differs. The partition counts to reads again when
 * it was compared with every other primary: each request says its own w, so one that was not heard
 * may be the only other one that took an acknowledged write. Not all need be there at one time.
 *
 * <p>One partition at a time, one page under way, a bounded number of keys fetched at once: a node
 * that comes back must not slow those that serve meanwhile.
 */
final class Comparison {
  private static final Logger log = LoggerFactory.getLogger(Comparison.class);

  /** Keys in one page. */
  static final int PAGE_KEYS = 512;

  /** What stands in logs where no client's request is behind a question. */
  private static final String REQUEST_ID = "comparison";

  private static final int FETCHES = 16;
  private static final int PATIENCE_MILLIS = 5_000;
  private static final long PAUSE_NANOS = 1_000_000_000L;

  private final Cluster cluster;
  private final Peers peers;
  private final LocalReplica local;
  private final DeadlineWheel deadlines;
  private final Clock clock;
  private final Map<Integer, Heard> heardBefore = new HashMap<>();
  private @Nullable Round round;
  private int last = -1;
  private long quietUntil = Long.MIN_VALUE;
  private boolean beginning;

  Comparison(
      Cluster cluster, Peers peers, LocalReplica local, DeadlineWheel deadlines, Clock clock) {
    this.cluster = cluster;
    this.peers = peers;
    this.local = local;
    this.deadlines = deadlines;
    this.clock = clock;
  }

  /**
   * Whom a partition was compared with since it last lost something.
   *
   * @param peers each with whether it was complete then
   */
  private record Heard(int losses, Map<UUID, Boolean> peers) {}

  /** Begins with the next incomplete partition, if none is under way. */
  void tick(long nowNanos) {
    if (round != null || beginning || nowNanos < quietUntil || cluster.notServing() != null) {
      return;
    }
    // A partition of which nobody has anything may be compared before this returns.
    beginning = true;
    int most = cluster.ring().partitions();
    for (int i = 0; i < most && round == null && local.nextIncomplete(0) >= 0; i++) {
      if (nowNanos < quietUntil) {
        break;
      }
      begin(nowNanos);
    }
    beginning = false;
  }

  private void begin(long nowNanos) {
    int partition = local.nextIncomplete(last + 1);
    last = partition;
    if (partition < 0) {
      return;
    }
    int n = cluster.largestN();
    List<UUID> primaries = cluster.ring().preferenceList(partition, n);
    if (!primaries.contains(cluster.self())) {
      local.markComplete(partition, local.losses(partition));
      return;
    }
    round = new Round(partition, primaries, nowNanos);
    round.nextPeer();
  }

  private final class Round {
    private final int partition;
    private final long begunNanos;
    private final int losses;
    private final Deque<UUID> left = new ArrayDeque<>();
    private final Deque<Key> differing = new ArrayDeque<>();
    private final Set<Long> calls = new HashSet<>();
    private final int others;
    private final int required;
    private final Map<UUID, Boolean> heard;
    private int fetching;
    private @Nullable UUID peer;
    private boolean peerComplete;
    private @Nullable Key after;
    private boolean listed;
    private boolean ended;
    private int turn;
    private DeadlineWheel.@Nullable Deadline patience;

    Round(int partition, List<UUID> primaries, long begunNanos) {
      this.partition = partition;
      this.begunNanos = begunNanos;
      this.losses = local.losses(partition);
      Heard before = heardBefore.get(partition);
      if (before == null || before.losses != losses) {
        before = new Heard(losses, new HashMap<>());
        heardBefore.put(partition, before);
      }
      this.heard = before.peers;
      // One that lacked something itself may have more to tell by now.
      heard.entrySet().removeIf(each -> !each.getValue() || !primaries.contains(each.getKey()));
      for (UUID primary : primaries) {
        if (!primary.equals(cluster.self()) && !heard.containsKey(primary)) {
          left.add(primary);
        }
      }
      this.others = primaries.size() - 1;
      this.required = cluster.comparisonsRequired(primaries.size());
    }

    void nextPeer() {
      turn++;
      if (left.isEmpty()) {
        end(heard.size() >= others);
        return;
      }
      UUID next = left.poll();
      if (!cluster.mayAnswer(next)) {
        nextPeer();
        return;
      }
      peer = next;
      after = null;
      nextPage();
    }

    private void nextPage() {
      UUID asked = asked();
      Key from = after;
      listed = false;
      ask(
          asked,
          call ->
              new PeerMessage.ListKeys(
                  call,
                  PATIENCE_MILLIS,
                  cluster.ringHash(),
                  cluster.registersHash(),
                  partition,
                  from),
          answer -> {
            if (answer instanceof PeerMessage.Keys page) {
              onPage(page);
            } else {
              skip();
            }
          });
    }

    private void onPage(PeerMessage.Keys page) {
      for (int i = 0; i < page.keys().length; i++) {
        Key key = page.keys()[i];
        // Buckets differ in n: what this node holds of others' keys are hints, and stay that.
        if (cluster.mine(key) && local.digest(key) != page.hashes()[i]) {
          differing.add(key);
        }
      }
      peerComplete = page.complete();
      listed = page.last();
      after = page.keys().length == 0 ? null : page.keys()[page.keys().length - 1];
      fetchMore();
    }

    private void fetchMore() {
      int mine = turn;
      while (!ended && mine == turn && fetching < FETCHES && !differing.isEmpty()) {
        Key key = differing.poll();
        fetching++;
        UUID asked = asked();
        ask(
            asked,
            call ->
                new PeerMessage.Fetch(
                    call,
                    PATIENCE_MILLIS,
                    cluster.ringHash(),
                    cluster.registerHash(key.bucket()),
                    REQUEST_ID,
                    key,
                    Part.WHOLE,
                    0,
                    null),
            answer -> {
              if (answer instanceof PeerMessage.OtherBucket other) {
                var unused = cluster.onOtherBucket(asked, other);
              }
              if (!(answer instanceof PeerMessage.Holds holds)) {
                skip();
                return;
              }
              byte[] set = holds.set();
              if (set == null) {
                fetched(holds.hash() == Siblings.EMPTY.hash());
              } else {
                local.store(
                    key,
                    partition,
                    set,
                    cluster.bucket(key.bucket()).conflict(),
                    cluster.bucket(key.bucket()).durability(),
                    // Appended even if the same is on its way to the disk: that may be lost yet.
                    Purpose.WRITE,
                    reason -> {
                      if (mine == turn) {
                        fetched(reason == null);
                      }
                    });
              }
            });
      }
      if (!ended && mine == turn && fetching == 0 && differing.isEmpty()) {
        if (listed) {
          heard.put(asked(), peerComplete);
          nextPeer();
        } else {
          nextPage();
        }
      }
    }

    private void fetched(boolean well) {
      if (ended) {
        return;
      }
      fetching--;
      if (well) {
        fetchMore();
      } else {
        skip();
      }
    }

    /** This peer cannot be compared with now; the others still can. */
    private void skip() {
      if (ended) {
        return;
      }
      closeCalls();
      differing.clear();
      fetching = 0;
      nextPeer();
    }

    private void ask(
        UUID node,
        java.util.function.LongFunction<PeerMessage.Question> question,
        java.util.function.Consumer<PeerMessage.Answer> onAnswer) {
      if (patience != null) {
        deadlines.clear(patience);
      }
      patience = deadlines.set(PATIENCE_MILLIS * 1_000_000L, this::skip);
      long[] number = {-1};
      number[0] =
          peers.ask(
              node,
              question,
              new Calls.Listener() {
                @Override
                public void onAnswer(PeerMessage.Answer answer) {
                  calls.remove(number[0]);
                  if (!ended) {
                    onAnswer.accept(answer);
                  }
                }

                @Override
                public void onLost() {
                  calls.remove(number[0]);
                  skip();
                }
              });
      if (number[0] < 0) {
        skip();
      } else {
        calls.add(number[0]);
      }
    }

    private UUID asked() {
      UUID present = peer;
      if (present == null) {
        throw new IllegalStateException("no peer is being compared with");
      }
      return present;
    }

    private void closeCalls() {
      calls.forEach(peers::close);
      calls.clear();
      if (patience != null) {
        deadlines.clear(patience);
        patience = null;
      }
    }

    private void end(boolean complete) {
      ended = true;
      closeCalls();
      round = null;
      if (complete) {
        heardBefore.remove(partition);
        if (heard.values().stream().filter(well -> well).count() < required) {
          log.error(
              "partition {}: no {} complete replicas were left to compare with;"
                  + " what no replica holds any more is lost",
              partition,
              required);
        }
        // Unless something more was lost while the comparison ran.
        local.markComplete(partition, losses);
        tick(clock.nanoTime());
      } else {
        quietUntil = begunNanos + PAUSE_NANOS;
      }
    }
  }
}
