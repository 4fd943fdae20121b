package starling.node.antientropy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.Holds;
import starling.node.peer.message.KeyPage;
import starling.node.peer.message.ListKeys;
import starling.node.peer.message.Request;
import starling.node.peer.message.Response;
import starling.node.peer.message.StorePurpose;
import starling.node.port.Clock;
import starling.node.port.Contained;
import starling.node.replica.HintLedger;
import starling.node.replica.LocalReplica;
import starling.node.storage.Key;
import starling.node.version.Siblings;

/**
 * Makes an incomplete partition complete again: lists the keys and version hashes that other nodes
 * hold, page by page, and fetches the differences.
 *
 * <ol>
 *   <li>First the hints: every other member is asked for the partitions of its hints ({@link
 *       HintInquiry}), and those that name the partition are compared, for all targets. One of them
 *       may be the only other node with an acknowledged write. The comparison waits for a silent
 *       member until gossip declares it dead; a dead member delivers its hints when it is up again.
 *   <li>Then the primaries, every other one: each request says its own w, so a primary that has not
 *       answered may be the only other one with an acknowledged write. Not all need be up at one
 *       time. Hints come first, because a hint that was delivered and removed before its holder was
 *       compared is then on a primary that is compared later; where a holder becomes known later,
 *       the primaries are compared again.
 *   <li>A primary that answered counts although it is incomplete itself: its sets are joined. If
 *       fewer complete primaries are left than cover w, the join of all primaries is all that is
 *       left. Each of them compares with all others, so the first that ends holds the join of all,
 *       and the others converge to it. It is logged and counted that more copies were lost than the
 *       durability covers.
 *   <li>The comparison waits for each primary. If one never comes back, the operator ends the wait
 *       by accepting stale data on this node: then it skips dead primaries.
 *   <li>A node that is no primary of the partition becomes complete by none of this.
 * </ol>
 *
 * <p>One partition at a time, one page under way, a bounded number of keys fetched at once: a node
 * that restarts must not slow those that serve meanwhile.
 */
public final class ReplicaComparison {
  private static final Logger log = LoggerFactory.getLogger(ReplicaComparison.class);

  /** Keys in one page. */
  public static final int PAGE_KEYS = 512;

  /** The request id in logs for requests without a client. */
  private static final String REQUEST_ID = "comparison";

  private static final int FETCHES = 16;
  private static final int TIMEOUT_MILLIS = 5_000;

  private static final long PAUSE_NANOS = 1_000_000_000L;
  private static final long LOOK_NANOS = 200_000_000L;
  private static final long REMINDER_NANOS = 60_000_000_000L;

  /** How long completed partitions are gathered for one line of the log. */
  private static final long VERDICTS_NANOS = 5_000_000_000L;

  private final ClusterView cluster;
  private final PeerClient peers;
  private final LocalReplica local;
  private final HintLedger hints;
  private final HintInquiry inquiry;
  private final DeadlineWheel deadlines;
  private final Clock clock;
  private final NodeCounters counters;
  private final boolean acceptStaleData;
  private final IntConsumer completed;
  private final Map<Integer, Heard> heardBefore = new HashMap<>();
  private @Nullable Round round;
  private int last = -1;
  private long quietUntil = Long.MIN_VALUE;
  private boolean beginning;
  private long nextReminderNanos = Long.MIN_VALUE;

  /** The warnings for partitions that became complete with lost data. */
  private final Map<String, BitSet> verdicts = new TreeMap<>();

  private long verdictsDueNanos;

  /**
   * @param acceptStaleData whether the comparison skips dead primaries
   * @param completed called for each partition that became complete
   */
  public ReplicaComparison(
      ClusterView cluster,
      PeerClient peers,
      LocalReplica local,
      HintLedger hints,
      HintInquiry inquiry,
      DeadlineWheel deadlines,
      Clock clock,
      NodeCounters counters,
      boolean acceptStaleData,
      IntConsumer completed) {
    this.cluster = cluster;
    this.peers = peers;
    this.local = local;
    this.hints = hints;
    this.inquiry = inquiry;
    this.deadlines = deadlines;
    this.clock = clock;
    this.counters = counters;
    this.acceptStaleData = acceptStaleData;
    this.completed = completed;
  }

  /** The nodes with which a partition was compared since its last loss. */
  private static final class Heard {
    final int losses;

    /** Each with whether it was complete then. */
    final Map<UUID, Boolean> primaries = new HashMap<>();

    final Set<UUID> holders = new HashSet<>();

    Heard(int losses) {
      this.losses = losses;
    }
  }

  /** Begins with the next incomplete partition, if none is under way. */
  public void tick(long nowNanos) {
    tellVerdicts(nowNanos);
    if (round != null || beginning || nowNanos < quietUntil || cluster.notServing() != null) {
      return;
    }
    judgeHints();
    if (local.nextIncomplete(0) < 0) {
      heardBefore.clear();
      inquiry.rest();
      quietUntil = nowNanos + LOOK_NANOS;
      return;
    }
    inquiry.tick(nowNanos);
    if (inquiry.expectsAnswers(nowNanos)) {
      return;
    }
    // The comparison of an empty partition may end before this returns.
    beginning = true;
    int most = cluster.ring().partitions();
    try {
      for (int i = 0; i < most && round == null && local.nextIncomplete(0) >= 0; i++) {
        if (nowNanos < quietUntil) {
          break;
        }
        begin(nowNanos);
      }
    } finally {
      beginning = false;
    }
    remind(nowNanos);
  }

  /** One line for all partitions with the same warning: there may be thousands. */
  private void tellVerdicts(long nowNanos) {
    if (verdicts.isEmpty() || (nowNanos < verdictsDueNanos && local.nextIncomplete(0) >= 0)) {
      return;
    }
    verdicts.forEach(
        (words, partitions) ->
            log.error(
                "{} partitions ({}): {}", partitions.cardinality(), ranges(partitions), words));
    verdicts.clear();
  }

  /** Numbers as people write them: 3, 5-9. */
  static String ranges(BitSet numbers) {
    StringJoiner ranges = new StringJoiner(", ");
    for (int first = numbers.nextSetBit(0); first >= 0; ) {
      int end = numbers.nextClearBit(first);
      ranges.add(end == first + 1 ? "" + first : first + "-" + (end - 1));
      first = numbers.nextSetBit(end);
    }
    return ranges.toString();
  }

  /** Logs now and then which nodes incomplete partitions wait for. */
  private void remind(long nowNanos) {
    if (nowNanos < nextReminderNanos) {
      return;
    }
    nextReminderNanos = nowNanos + REMINDER_NANOS;
    String waits = waitsFor();
    if (waits != null) {
      log.warn("{}", waits);
    }
  }

  /** The silent nodes that incomplete partitions wait for, as text; null if there are none. */
  public @Nullable String waitsFor() {
    Set<UUID> awaited = new TreeSet<>();
    int waiting = 0;
    int heardTo = local.nextIncomplete(0) < 0 ? 0 : inquiry.heardTo(awaited);
    for (int partition = local.nextIncomplete(0), before = -1;
        partition > before;
        before = partition, partition = local.nextIncomplete(partition + 1)) {
      boolean waits = local.losses(partition) > heardTo;
      Heard heard = heardBefore.get(partition);
      List<UUID> primaries = cluster.ring().preferenceList(partition, cluster.largestN());
      for (UUID primary : primaries.contains(cluster.self()) ? primaries : List.<UUID>of()) {
        boolean known = heard != null && heard.primaries.containsKey(primary);
        if (!known && !cluster.mayAnswer(primary)) {
          awaited.add(primary);
          waits = true;
        }
      }
      waiting += waits ? 1 : 0;
    }
    if (waiting == 0) {
      return null;
    }
    String names = awaited.stream().map(this::described).collect(Collectors.joining(", "));
    return waiting
        + " partitions are incomplete, excluded from reads, and wait for "
        + names
        + "; if a primary among them never comes back, restart this node with --accept-stale-data";
  }

  private String described(UUID node) {
    return cluster.name(node) + (cluster.declaredDead(node) ? " (dead)" : "");
  }

  /** An incomplete partition of others counts again when no possibly old hint is left. */
  private void judgeHints() {
    BitSet held = null;
    for (int partition = local.nextIncompleteHints(0);
        partition >= 0;
        partition = local.nextIncompleteHints(partition + 1)) {
      held = held == null ? hints.partitions() : held;
      if (cluster.ring().preferenceList(partition, cluster.largestN()).contains(cluster.self())) {
        local.markPrimary(partition);
      } else if (!held.get(partition)) {
        local.hintsGone(partition);
      }
    }
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
      local.markNoPrimary(partition);
    } else {
      Round begun = new Round(partition, primaries, nowNanos);
      round = begun;
      if (!Contained.run("the comparison of partition " + partition, begun::nextPeer)) {
        begun.pause();
      }
    }
  }

  private final class Round {
    private final int partition;
    private final long begunNanos;
    private final int losses;
    private final List<UUID> primaries;
    private final Deque<UUID> holdersLeft = new ArrayDeque<>();
    private final Deque<UUID> left = new ArrayDeque<>();
    private final Deque<Key> differing = new ArrayDeque<>();
    private final CallGroup calls = new CallGroup(peers, cluster, deadlines);
    private final int required;
    private final Heard heard;
    private boolean holder;
    private int fetching;
    private @Nullable UUID peer;
    private boolean peerComplete;
    private @Nullable Key after;
    private boolean listed;
    private boolean ended;
    private int turn;

    Round(int partition, List<UUID> primaries, long begunNanos) {
      this.partition = partition;
      this.begunNanos = begunNanos;
      this.losses = local.losses(partition);
      this.primaries = primaries;
      Heard before = heardBefore.get(partition);
      if (before == null || before.losses != losses) {
        before = new Heard(losses);
        heardBefore.put(partition, before);
      }
      this.heard = before;
      // A primary that was incomplete itself may have more data now.
      heard
          .primaries
          .entrySet()
          .removeIf(each -> !each.getValue() || !primaries.contains(each.getKey()));
      holdersLeft.addAll(holdersToHear());
      if (!holdersLeft.isEmpty()) {
        heard.primaries.clear();
      }
      for (UUID primary : primaries) {
        if (!primary.equals(cluster.self()) && !heard.primaries.containsKey(primary)) {
          left.add(primary);
        }
      }
      this.required = cluster.comparisonsRequired(primaries.size());
    }

    /** Members that hold hints of the partition and were not compared since the loss. */
    private List<UUID> holdersToHear() {
      List<UUID> holders = inquiry.holders(partition);
      holders.removeAll(heard.holders);
      return holders;
    }

    void nextPeer() {
      turn++;
      holder = !holdersLeft.isEmpty();
      UUID next = holder ? holdersLeft.poll() : left.poll();
      if (next == null) {
        end();
      } else if (cluster.mayAnswer(next)) {
        peer = next;
        after = null;
        nextPage();
      } else if (!holder || cluster.declaredDead(next)) {
        nextPeer();
      } else {
        pause();
      }
    }

    private void nextPage() {
      UUID asked = asked();
      Key from = after;
      listed = false;
      ask(
          asked,
          call ->
              new ListKeys(
                  call,
                  TIMEOUT_MILLIS,
                  cluster.ringHash(),
                  cluster.registersHash(),
                  partition,
                  from),
          KeyPage.class,
          this::onPage);
    }

    private void onPage(KeyPage page) {
      for (int i = 0; i < page.keys().length; i++) {
        Key key = page.keys()[i];
        // Buckets differ in n: this node's sets of others' keys are hints, and stay hints.
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
                Fetch.whole(
                    call,
                    TIMEOUT_MILLIS,
                    cluster.ringHash(),
                    cluster.registerHash(key.bucket()),
                    REQUEST_ID,
                    key),
            Holds.class,
            holds -> onSet(key, holds, mine));
      }
      if (!ended && mine == turn && fetching == 0 && differing.isEmpty()) {
        if (listed) {
          if (holder) {
            heard.holders.add(asked());
          } else {
            heard.primaries.put(asked(), peerComplete);
          }
          nextPeer();
        } else {
          nextPage();
        }
      }
    }

    private void onSet(Key key, Holds holds, int mine) {
      byte[] set = holds.set();
      if (set == null) {
        fetched(holds.hash() == Siblings.EMPTY.hash());
        return;
      }
      local.store(
          key,
          partition,
          set,
          cluster.bucket(key.bucket()).conflict(),
          cluster.bucket(key.bucket()).durability(),
          // Appended even if the same set is on its way to the disk: that may still be lost.
          StorePurpose.WRITE,
          reason -> {
            if (mine == turn) {
              fetched(reason == null);
            }
          });
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

    /**
     * This peer cannot be compared now. The other primaries can; but not before the hints of a live
     * member.
     */
    private void skip() {
      if (ended) {
        return;
      }
      calls.close();
      differing.clear();
      fetching = 0;
      if (holder && !cluster.declaredDead(asked())) {
        turn++;
        pause();
      } else {
        nextPeer();
      }
    }

    private <A extends Response> void ask(
        UUID node, LongFunction<Request> question, Class<A> expected, Consumer<A> onAnswer) {
      calls.timeoutProlonged(TIMEOUT_MILLIS, this::skip);
      if (!calls.ask(node, question, expected, onAnswer, failure -> skip())) {
        skip();
      }
    }

    private UUID asked() {
      UUID present = peer;
      if (present == null) {
        throw new IllegalStateException("no peer is being compared with");
      }
      return present;
    }

    /** The rest another time. */
    private void pause() {
      stop();
      quietUntil = begunNanos + PAUSE_NANOS;
    }

    private void stop() {
      ended = true;
      calls.close();
      round = null;
    }

    private void end() {
      List<UUID> unheard = new ArrayList<>(primaries);
      unheard.remove(cluster.self());
      unheard.removeAll(heard.primaries.keySet());
      boolean hintsHeard = inquiry.heardTo(null) >= losses && holdersToHear().isEmpty();
      boolean accepted = acceptStaleData && unheard.stream().allMatch(cluster::declaredDead);
      // During the comparison a holder may have become known, or more data been lost.
      if (!hintsHeard || losses != local.losses(partition) || !(unheard.isEmpty() || accepted)) {
        pause();
        return;
      }
      stop();
      heardBefore.remove(partition);
      judge(unheard);
      local.markComplete(partition, losses);
      completed.accept(partition);
      tick(clock.nanoTime());
    }

    private void judge(List<UUID> unheard) {
      long complete = heard.primaries.values().stream().filter(well -> well).count();
      if (!unheard.isEmpty()) {
        counters.completedUnheard++;
        tellLater(
            "complete without "
                + unheard.stream().map(cluster::name).collect(Collectors.joining(", "))
                + ", because of --accept-stale-data; acknowledged writes that no other node holds are lost");
      } else if (complete < required) {
        counters.completedBelowQuorum++;
        tellLater(
            "more copies were lost than the durability covers: "
                + complete
                + " complete replicas were left, "
                + required
                + " are needed for every acknowledged write; all "
                + primaries.size()
                + " were compared");
      }
    }

    private void tellLater(String words) {
      if (verdicts.isEmpty()) {
        verdictsDueNanos = clock.nanoTime() + VERDICTS_NANOS;
      }
      verdicts.computeIfAbsent(words, first -> new BitSet()).set(partition);
    }
  }
}
