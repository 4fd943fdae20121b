package starling.node.sim;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import starling.node.config.NodeLimits;
import starling.node.request.BucketProperties;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.check.FrontierOracle;
import starling.node.sim.workload.History;
import starling.node.sim.workload.Promise;
import starling.node.sim.workload.Workload;
import starling.node.storage.Durability;
import starling.node.version.Content;
import starling.sim.NetworkFaults;
import starling.sim.Scheduled;
import starling.sim.Simulation;

/**
 * One history of three primaries of a key and the one fallback they have, in which somebody else
 * chooses what happens next: two writes, a delete, a node that goes down and starts again, and a
 * primary that comes back and is brought the hints that were kept for it. Each frame of a write or
 * a hint, and each task of a node's writer, waits until it is chosen; all else happens by itself.
 */
final class Interleaving {
  static final String KEY = "k";
  private static final long SEED = 1;

  /** Two nodes, which may be fallbacks. */
  private static final Promise PROMISE = new Promise(3, 2, 0, true);

  private static final RequestOptions ALL =
      new RequestOptions(Quorum.ALL, null, null, null, null, null);

  private static final long STEP_MILLIS = 1;
  private static final long READY_MILLIS = 20_000;
  private static final long REST_MILLIS = 60_000;

  /** Hints are looked for every second. */
  private static final long IDLE_MILLIS = 3_000;

  /** The node that crashes. */
  enum Victim {
    /** The primary that coordinates the first write and the delete. */
    FIRST,
    /** The primary that coordinates the second write. */
    SECOND,
    /** The primary that was away. */
    RETURNED,
    FALLBACK
  }

  /** What a client or a fault does once. */
  enum Move {
    WRITE,
    WRITE_TOO,
    DELETE,
    RETURN,
    FALL,
    START
  }

  /** What a path has had in it. */
  enum Mark {
    ACKNOWLEDGED_WRITE,
    ACKNOWLEDGED_DELETE,
    OVERLAPPING_WRITES,
    HINT_DELIVERED,
    HINT_TAKEN,
    FELL_WITH_FRAMES_ON_THEIR_WAY,
    FELL_WITH_ITS_DISK_AT_WORK,
    FELL_WITH_HINTS_ON_THEIR_WAY,
    REQUEST_WITHOUT_ANSWER,
    SIBLINGS
  }

  /**
   * What can happen next.
   *
   * @param node where it happens, and which alone it changes; -1: it concerns all
   */
  record Choice(String what, int node, Runnable happen) {
    @Override
    public String toString() {
      return what;
    }
  }

  private final Victim victim;
  private final boolean power;
  private final HeldFrames frames;
  private final Simulation sim;
  private final SimCluster cluster;
  private final int first;
  private final int second;
  private final int away;
  private final int fallback;
  private final History history = new History();
  private final Set<Move> moves = EnumSet.allOf(Move.class);
  private final Set<Mark> marks = EnumSet.noneOf(Mark.class);
  private final String context;
  private @Nullable String known;
  private final Set<Integer> seen = new TreeSet<>();
  private int running;

  /** A coordinator ended before it had noted which primaries missed its write. */
  private boolean coordinatorEnded;

  Interleaving(Victim victim, boolean power, SimWiring wiring) {
    this.victim = victim;
    this.power = power;
    this.frames = new HeldFrames(wiring);
    this.sim = new Simulation(SEED);
    NodeLimits usual = NodeLimits.DEFAULT;
    // No request runs out of time or is hedged: what is slow is chosen.
    int never = (int) READY_MILLIS * 10;
    SimCluster.Options options =
        SimCluster.Options.PLAIN
            .withDefaults(
                new BucketProperties(
                    3,
                    Quorum.QUORUM,
                    Quorum.QUORUM,
                    Quorum.ZERO,
                    Quorum.ZERO,
                    Durability.SYNCED,
                    60_000,
                    BucketProperties.Conflict.SIBLINGS,
                    0))
            .withDisk(1_000)
            .withWeather(new NetworkFaults(10_000, 0, 0, 0, 0, 0, 0, 0))
            .withLimits(
                new NodeLimits(
                    usual.requestsInFlight(),
                    usual.callsInFlight(),
                    never,
                    usual.hintBytes(),
                    usual.hintAgeMillis()));
    this.cluster = new SimCluster(sim, 4, frames, options).awaitReady();
    List<Integer> primaries = cluster.primaries(Workload.BUCKET, KEY);
    first = primaries.get(0);
    second = primaries.get(1);
    away = primaries.get(2);
    fallback = cluster.others(primaries).get(0);
    History.Write before = history.begin(KEY, false, false, Set.of(), sim.nanoTime(), PROMISE);
    WriteOutcome outcome =
        cluster.put(first, Workload.BUCKET, KEY, Integer.toString(before.token), "");
    context = ((WriteOutcome.Written) outcome).context();
    before.end(History.Fate.ACKNOWLEDGED, sim.nanoTime());
    seen.add(before.token);
    cluster.runFor(10);
    cluster.crash(away);
    cluster.runFor(10);
    frames.hold();
    hold(-1);
  }

  /** The writers of all nodes wait but that of one. */
  private void hold(int free) {
    String name = free < 0 ? "" : cluster.home(free).name;
    sim.hold(
        label -> {
          String node = label.substring(0, label.indexOf(' ') < 0 ? 0 : label.indexOf(' '));
          return label.endsWith(" writer") && !node.equals(name) && frames.appends(node);
        });
  }

  private int fallen() {
    return switch (victim) {
      case FIRST -> first;
      case SECOND -> second;
      case RETURNED -> away;
      case FALLBACK -> fallback;
    };
  }

  Set<Mark> marks() {
    return marks;
  }

  /**
   * What can happen next, what has waited longest first and what clients and faults do last; empty
   * when all has happened.
   */
  List<Choice> choices() {
    List<Choice> all = underWay();
    long end = sim.nanoTime() + IDLE_MILLIS * 1_000_000;
    while (all.isEmpty() && mayStillHappen() && sim.nanoTime() < end) {
      cluster.runFor(10);
      all = underWay();
    }
    for (Move move : moves) {
      if (possible(move)) {
        all.add(new Choice(move.toString(), where(move), () -> make(move)));
      }
    }
    return all;
  }

  /** A hint is looked for when some time has passed. */
  private boolean mayStillHappen() {
    return cluster.up(away) && cluster.up(fallback) && hints() > 0;
  }

  private long hints() {
    return IntStream.range(0, cluster.size())
        .filter(cluster::up)
        .mapToLong(i -> cluster.node(i).statistics().hintsHeld())
        .sum();
  }

  private List<Choice> underWay() {
    List<Choice> all = new ArrayList<>();
    for (Scheduled task : sim.held()) {
      int node = Integer.parseInt(task.label().substring(1, task.label().indexOf(' ')));
      all.add(new Choice(task.label(), node, () -> step(() -> sim.letGo(task))));
    }
    for (HeldFrames.Frame frame : frames.deliverable()) {
      all.add(new Choice(frame.toString(), frame.to(), () -> step(() -> deliver(frame))));
    }
    return all;
  }

  private void step(Runnable what) {
    what.run();
    cluster.runFor(STEP_MILLIS);
    if (hints() > 0) {
      marks.add(Mark.HINT_TAKEN);
    }
  }

  private void deliver(HeldFrames.Frame frame) {
    if (frame.hints()) {
      marks.add(Mark.HINT_DELIVERED);
    }
    frames.deliver(cluster, frame);
  }

  private boolean possible(Move move) {
    return switch (move) {
      case WRITE, DELETE -> cluster.up(first);
      case WRITE_TOO -> cluster.up(second);
      case RETURN -> true;
      case FALL -> cluster.up(fallen());
      case START -> !moves.contains(Move.FALL);
    };
  }

  private int where(Move move) {
    return switch (move) {
      case WRITE, DELETE -> first;
      case WRITE_TOO -> second;
      case RETURN, FALL, START -> -1;
    };
  }

  private void make(Move move) {
    moves.remove(move);
    switch (move) {
      case WRITE, DELETE -> step(() -> write(first, move == Move.DELETE));
      case WRITE_TOO -> step(() -> write(second, false));
      case RETURN -> start(away);
      case FALL -> step(() -> fall(fallen()));
      case START -> start(fallen());
    }
  }

  // --- clients

  private void write(int node, boolean delete) {
    if (running > 0) {
      marks.add(Mark.OVERLAPPING_WRITES);
    }
    running++;
    History.Write write = history.begin(KEY, delete, false, seen, sim.nanoTime(), PROMISE);
    Content content =
        delete
            ? Content.tombstone()
            : Content.json(SimCluster.bytes(Integer.toString(write.token)));
    String brought = known == null ? context : known;
    write.end(History.Fate.UNKNOWN, Long.MAX_VALUE);
    cluster.write(
        node,
        Workload.BUCKET,
        KEY,
        content,
        brought,
        Condition.NONE,
        RequestOptions.NONE,
        outcome -> {
          running--;
          if (outcome instanceof WriteOutcome.Written written) {
            marks.add(delete ? Mark.ACKNOWLEDGED_DELETE : Mark.ACKNOWLEDGED_WRITE);
            write.end(History.Fate.ACKNOWLEDGED, sim.nanoTime());
            if (known == null) {
              // One client alone goes on with what it was told, so that contexts never mix.
              known = written.context();
              seen.add(write.token);
            }
          } else if (outcome instanceof WriteOutcome.Rejected refused
              && refused.rejection().outcome() == Rejection.Outcome.NONE) {
            write.end(History.Fate.REFUSED, sim.nanoTime());
          }
        });
  }

  // --- faults

  private void fall(int node) {
    String name = cluster.home(node).name;
    boolean coordinates = node == first || node == second;
    coordinatorEnded |= coordinates && cluster.node(node).statistics().callsInFlight() > 0;
    boolean hints = frames.deliverable().stream().anyMatch(HeldFrames.Frame::hints);
    if (!frames.deliverable().isEmpty()) {
      marks.add(Mark.FELL_WITH_FRAMES_ON_THEIR_WAY);
    }
    if (hints) {
      marks.add(Mark.FELL_WITH_HINTS_ON_THEIR_WAY);
    }
    if (sim.held().stream().anyMatch(task -> task.label().startsWith(name + " "))) {
      marks.add(Mark.FELL_WITH_ITS_DISK_AT_WORK);
    }
    if (power) {
      cluster.powerLoss(node);
    } else {
      cluster.crash(node);
    }
    frames.onDown(cluster, node);
    // What its process has left to do never happens.
    for (Scheduled task : sim.held()) {
      if (task.label().startsWith(name + " ")) {
        sim.letGo(task);
      }
    }
    for (int other = 0; other < cluster.size(); other++) {
      if (other != node && cluster.up(other)) {
        cluster.home(other).process().onBroken(cluster.address(node), "data");
      }
    }
  }

  private void start(int node) {
    frames.onStart(node);
    hold(node);
    cluster.restart(node);
    cluster.until("a node is ready", READY_MILLIS, () -> cluster.node(node).notReady() == null);
    hold(-1);
    cluster.runFor(STEP_MILLIS);
  }

  // --- the verdict

  /** Lets all come to rest, and judges what is there. */
  void judge() {
    if (running > 0) {
      marks.add(Mark.REQUEST_WITHOUT_ANSWER);
    }
    sim.hold(label -> false);
    frames.letGo(cluster);
    for (int i = 0; i < cluster.size(); i++) {
      if (!cluster.up(i)) {
        cluster.restart(i);
      }
    }
    cluster.awaitReady();
    cluster.until(
        "no hint is left",
        REST_MILLIS,
        () ->
            IntStream.range(0, cluster.size())
                .allMatch(
                    i ->
                        cluster.node(i).statistics().hintPartitions() == 0
                            && cluster.node(i).statistics().incompletePartitions() == 0));
    cluster.runFor(IDLE_MILLIS);
    if (!cluster.halts().isEmpty()) {
      throw new AssertionError("nodes gave up: " + cluster.halts());
    }
    if (!coordinatorEnded) {
      requireEqualPrimaries();
    }
    for (int i = 0; i < cluster.size(); i++) {
      ReadOutcome read = cluster.get(i, Workload.BUCKET, KEY);
      if (read instanceof ReadOutcome.Rejected refused) {
        throw new AssertionError("n" + i + " does not answer at rest: " + refused);
      }
      Set<Integer> shown = Workload.shown(read);
      if (shown.size() > 1) {
        marks.add(Mark.SIBLINGS);
      }
      List<String> wrong = FrontierOracle.judge(history, KEY, shown);
      if (!wrong.isEmpty()) {
        throw new AssertionError("a read at n" + i + " shows " + shown + ": " + wrong);
      }
    }
    // A primary that missed a write which no node noted learns of it when its key is read.
    cluster.get(first, Workload.BUCKET, KEY, null, ALL);
    cluster.runFor(IDLE_MILLIS);
    requireEqualPrimaries();
  }

  private void requireEqualPrimaries() {
    Set<Long> hashes = new TreeSet<>();
    ReplicaReport report = cluster.replicas(first, Workload.BUCKET, KEY);
    for (ReplicaReport.Holding holding : report.replicas()) {
      if (holding.siblings() != null) {
        hashes.add(holding.siblings().hash());
      }
    }
    if (hashes.size() > 1) {
      throw new AssertionError("primaries differ at rest: " + report);
    }
  }
}
