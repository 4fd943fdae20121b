package starling.node.sim.workload;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import starling.node.request.BucketChange;
import starling.node.request.BucketProperties;
import starling.node.request.Condition;
import starling.node.request.Condition.Matches;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.sim.SimCluster;
import starling.node.sim.SwarmPlan;
import starling.node.sim.check.CoverageMark;
import starling.node.sim.check.CoverageMarks;
import starling.node.sim.check.Exemption;
import starling.node.sim.check.Exemptions;
import starling.node.sim.check.Finding.Kind;
import starling.node.sim.check.Pace;
import starling.node.sim.check.ReadChecks;
import starling.node.sim.check.Violation;
import starling.node.version.Content;
import starling.node.version.IdempotencyKey;
import starling.node.version.Version;
import starling.sim.Simulation;
import starling.sim.SplitMix;
import starling.wire.ProblemKind;

/**
 * Clients that read and write a few keys at random nodes and note in a {@link History} what they
 * did and what they were told. A client's context comes from answers; what it has seen is what
 * answers showed it. Some time out, and then do not know what became of their write. Each client
 * has a random stream of its own and a list of times at which it wants to do something; one that
 * was held up does what it missed as fast as it is answered.
 */
public final class Workload {
  public static final String BUCKET = "b";
  private static final long RETRY_NANOS = 50_000_000;
  private static final long BREATH_NANOS = 1_000_000;
  private static final int MAX_ATTEMPTS = 4;

  /** So long a client waits for an answer. */
  public static final long TIMEOUT_MILLIS = 3_000;

  /** A client whose reads cannot cover its context goes on without it after so many. */
  private static final int MAX_BEHIND = 4;

  private static final RequestOptions DEFAULT_READ =
      new RequestOptions(Quorum.QUORUM, null, null, null, null, null);
  private static final RequestOptions DEFAULT_WRITE =
      new RequestOptions(null, Quorum.QUORUM, null, null, null, null);

  /** What a client knows of a key. */
  private static final class Known {
    final Session session;
    String context = "";
    Set<Integer> seen = new TreeSet<>();

    /** Version hash of the last state that was read, and its values. */
    @Nullable Long hash;

    Set<Integer> standing = Set.of();

    /** How many reads in a row could not cover the context. */
    int behind;

    Known(Session session) {
      this.session = session;
    }
  }

  /** One client: a random stream, and what it knows of the keys that it uses. */
  private abstract class Client {
    final SplitMix chance;

    final int number;

    /** Whether it brings its context to reads too. */
    final boolean faithful;

    private final Map<Integer, Known> known = new TreeMap<>();

    Client(int number, String stream) {
      this.number = number;
      chance = sim.stream(stream);
      faithful = chance.nextBoolean();
    }

    Known known(int key) {
      return known.computeIfAbsent(
          key, unused -> new Known(new Session(history, keyName(key), exemptions)));
    }

    /** Its request is over. */
    abstract void next();

    final void arm(long atNanos) {
      sim.at(Math.max(atNanos, sim.nanoTime() + BREATH_NANOS), "client", this::act);
    }

    abstract void act();

    /** A node that is up, or -1. */
    final int node() {
      return firstUp(chance.nextInt(cluster.size()));
    }
  }

  /** Reads and writes the hot keys over and over. */
  private final class HotClient extends Client {
    private long dueNanos;

    HotClient(int number) {
      super(number, "client " + number);
      dueNanos = sim.nanoTime();
      next();
    }

    @Override
    void next() {
      dueNanos += (long) (plan.meanGapMillis() * 1_000_000 * chance.nextExponential());
      arm(dueNanos);
    }

    @Override
    void act() {
      if (over) {
        planned += Math.max(0, (sim.nanoTime() - dueNanos) / (plan.meanGapMillis() * 1_000_000));
        return;
      }
      int node = node();
      if (node < 0) {
        arm(sim.nanoTime() + RETRY_NANOS);
        return;
      }
      planned++;
      attempted++;
      int key = chance.nextInt(plan.keys());
      int what = chance.nextInt(100);
      if (what < 40) {
        read(node, this, key);
      } else {
        write(node, this, key, what, chance.chance(0.15));
      }
      beside(node, key);
    }

    /** Asks, now and then, for what changes nothing. */
    private void beside(int node, int key) {
      int drawn = chance.nextInt(1_000);
      if (drawn < 5) {
        cluster.askReplicas(node, BUCKET, keyName(key), () -> {});
      } else if (drawn < 7) {
        int timeout = plan.properties().timeoutMillis();
        cluster.askBucket(
            node, BUCKET, new BucketChange(null, null, null, null, null, null, timeout, null));
      }
    }
  }

  /** Writes one cold key a few times, and leaves it for good. */
  private final class ColdClient extends Client {
    private final int key;
    private int writes;
    private int tries = 8;

    ColdClient(int number, int key, long firstNanos) {
      super(number, "cold client " + number);
      this.key = key;
      writes = 1 + chance.nextInt(3);
      arm(sim.nanoTime() + firstNanos);
    }

    @Override
    void next() {
      if (writes > 0 && tries > 0) {
        arm(sim.nanoTime() + (long) (plan.chaosMillis() * 20_000 * chance.nextExponential()));
      }
    }

    @Override
    void act() {
      int node = over ? -1 : node();
      if (node < 0) {
        if (!over) {
          arm(sim.nanoTime() + RETRY_NANOS);
        }
        return;
      }
      tries--;
      if (chance.chance(0.25)) {
        read(node, this, key);
      } else {
        writes--;
        boolean last = writes == 0;
        write(node, this, key, 40 + chance.nextInt(60), last && chance.chance(0.3));
      }
    }
  }

  private final SimCluster cluster;
  private final Simulation sim;
  private final SwarmPlan plan;
  private final ClientBehavior habits;
  private final History history = new History();
  private final Exemptions exemptions;
  private final ReadChecks checks;
  private final Pace pace = new Pace();
  private Runnable acknowledged = () -> {};
  private boolean over;
  private int running;

  /** Requests that a client waits for, and those of them that were sent before this period. */
  private int awaited;

  private int awaitedOfOld;
  private int period;
  private long planned;
  private long attempted;
  private long restNanos;

  public Workload(SimCluster cluster, SwarmPlan plan, ClientBehavior habits) {
    this.cluster = cluster;
    this.sim = cluster.sim();
    this.plan = plan;
    this.habits = habits;
    this.exemptions = new Exemptions(plan, history, cluster.damage());
    this.checks = new ReadChecks(history, plan, exemptions);
    history.longestNanos(plan.longestMillis() * 1_000_000);
  }

  /** Told at the very moment when a client has heard of its write. */
  public void onAcknowledged(Runnable hook) {
    acknowledged = hook;
  }

  public History history() {
    return history;
  }

  public Exemptions exemptions() {
    return exemptions;
  }

  /** How fast the requests were answered that began since the last call of {@link Pace#reset}. */
  public Pace pace() {
    return pace;
  }

  /** How many keys were used, hot and cold ones. */
  int keys() {
    return plan.keys() + plan.coldKeys();
  }

  /** When every request has surely had all its effect. */
  public long restNanos() {
    return restNanos;
  }

  public void begin() {
    for (int i = 0; i < plan.clients(); i++) {
      var unused = new HotClient(i);
    }
    SplitMix chance = sim.stream("cold keys");
    int number = plan.clients();
    for (int i = 0; i < plan.coldKeys(); i++) {
      // Some are written before anything happens, and must last through all of it.
      boolean early = chance.chance(0.3);
      double when = chance.nextDouble() * (early ? 0.03 : 0.95);
      int writers = chance.chance(0.3) ? 2 : 1;
      for (int each = 0; each < writers; each++) {
        long due = (long) (when * plan.chaosMillis() * 1_000_000) + chance.nextInt(20_000_000);
        var unused = new ColdClient(number++, plan.keys() + i, due);
      }
    }
  }

  /** No new requests from now on. */
  public void end() {
    over = true;
  }

  /** From now on {@link #earlierIsOver} speaks of what was sent before now. */
  public void beginPeriod() {
    period++;
    awaitedOfOld = awaited;
  }

  /** Whether everything that was sent before this period was answered or given up. */
  public boolean earlierIsOver() {
    return awaitedOfOld == 0;
  }

  /** Whether no request waits for its answer. */
  public boolean quiet() {
    return running == 0;
  }

  /** Requests that clients have sent. */
  public long requests() {
    return attempted;
  }

  /** Of the requests that clients wanted to send, the part they have sent. */
  public double attempted() {
    return planned == 0 ? 0 : (double) attempted / planned;
  }

  /** A client that is refused a connection tries the next node. */
  private int firstUp(int from) {
    for (int i = 0; i < cluster.size(); i++) {
      int node = (from + i) % cluster.size();
      if (cluster.up(node)) {
        return node;
      }
    }
    return -1;
  }

  static String keyName(int key) {
    return "k" + key;
  }

  // --- reads

  private void read(int node, Client client, int key) {
    RequestOptions options = plan.mixed() ? DrawnOptions.ofRead(client.chance) : DEFAULT_READ;
    Promise promise = Promise.ofRead(plan.properties().with(options), plan.nodes());
    long begun = sim.nanoTime();
    Known known = client.known(key);
    String context = client.faithful ? known.context : null;
    boolean remembered = cluster.primariesRemember(BUCKET, keyName(key));
    Turn turn = new Turn(client);
    habits.read(
        cluster,
        node,
        cluster.request(BUCKET, keyName(key), context, options),
        outcome ->
            outside(
                () -> {
                  pace.answered(
                      Pace.Kind.READ,
                      options,
                      !(outcome instanceof ReadOutcome.Rejected),
                      begun,
                      sim.nanoTime());
                  if (!turn.listens()) {
                    return;
                  }
                  turn.end(true);
                  if (outcome instanceof ReadOutcome.Rejected refused) {
                    probe(refused.rejection());
                    known.behind =
                        refused.rejection().kind() == ProblemKind.BEHIND ? known.behind + 1 : 0;
                    if (known.behind == MAX_BEHIND) {
                      // What it has seen may be lost; it goes on without.
                      forgets(known);
                    }
                    return;
                  }
                  known.behind = 0;
                  history.read();
                  shownOnce(outcome);
                  Set<Integer> shown = shown(outcome);
                  probe(context, key, shown, outcome);
                  sim.note("read " + keyName(key) + " " + shown);
                  History.View view = new History.View(begun, sim.nanoTime());
                  boolean remembers = remembered && cluster.primariesRemember(BUCKET, keyName(key));
                  checks.judge(keyName(key), shown, view, promise, remembers);
                  if (client.faithful && !plan.lastWriterWins()) {
                    known.session.onRead(shown, view);
                  }
                  if (outcome instanceof ReadOutcome.Found found) {
                    known.context = found.context();
                    known.hash = found.versionHash();
                  } else if (outcome instanceof ReadOutcome.Missing missing) {
                    known.context = missing.context();
                    known.hash = null;
                  }
                  known.seen = new TreeSet<>(shown);
                  known.standing = shown;
                }));
  }

  /**
   * What an answer says is judged on the stack of the node that gives it, which ends each operation
   * that throws: what is found leaves by an event of its own, so that no node keeps it.
   */
  private void outside(Runnable judged) {
    try {
      judged.run();
    } catch (RuntimeException | AssertionError wrong) {
      sim.after(
          0,
          "wrong",
          () -> {
            throw wrong;
          });
    }
  }

  private static void forgets(Known known) {
    known.behind = 0;
    known.context = "";
    known.seen = new TreeSet<>();
    known.session.forget();
  }

  /** Tokens of the values that an answer shows. */
  public static Set<Integer> shown(ReadOutcome outcome) {
    return outcome instanceof ReadOutcome.Found found ? tokens(found.values()) : Set.of();
  }

  /** A read shows one event of a write that may have become two, while its name is kept. */
  private void shownOnce(ReadOutcome outcome) {
    if (!(outcome instanceof ReadOutcome.Found found)) {
      return;
    }
    Set<Integer> once = new TreeSet<>();
    for (Version version : found.values()) {
      int token = Integer.parseInt(SimCluster.text(version.content().bytes()));
      // A value that no client wrote is judged with everything else that is shown.
      if (!once.add(token) && history.write(token) != null) {
        Exemption line = exemptions.forgotten(history.write(token));
        if (line == null) {
          throw new Violation(
              Kind.MADE_TWICE, "made twice: " + token + " shows in " + found.values());
        }
        exemptions.note(line);
      }
    }
  }

  public static Set<Integer> tokens(List<Version> values) {
    Set<Integer> tokens = new TreeSet<>();
    for (Version version : values) {
      tokens.add(Integer.parseInt(SimCluster.text(version.content().bytes())));
    }
    return tokens;
  }

  // --- writes

  private void write(int node, Client client, int key, int what, boolean drawnDelete) {
    Known known = client.known(key);
    RequestOptions options = plan.mixed() ? DrawnOptions.ofWrite(client.chance) : DEFAULT_WRITE;
    BucketProperties properties = plan.properties().with(options);
    boolean delete = drawnDelete;
    String context = known.context;
    Set<Integer> seen = known.seen;
    Condition condition = Condition.NONE;
    boolean blind = false;
    if (plan.lastWriterWins() || what >= 85) {
      blind = true;
      context = null;
      seen = Set.of();
    } else if (what >= 78) {
      context = "";
      seen = Set.of();
    } else if (what >= 74) {
      condition = Condition.ABSENT;
      context = null;
      seen = Set.of();
      delete = false;
    } else if (what >= 68 && known.hash != null) {
      condition = new Condition.Matches(Set.of(known.hash));
      context = null;
      seen = known.standing;
    } else if (what >= 63 && what < 68) {
      condition = Condition.PRESENT;
      if (what == 63) {
        // It replaces what its condition was judged on, which is not told, and not what W primaries
        // have: a write of a lower w than the bucket's own need not be among it.
        blind = true;
        context = null;
        seen = Set.of();
      }
    }
    Promise promise = Promise.ofWrite(properties, plan.nodes());
    History.Write write = history.begin(keyName(key), delete, blind, seen, sim.nanoTime(), promise);
    if (blind && condition != Condition.NONE) {
      write.asked = judgedOn(properties, promise);
    }
    write.longestNanos = (plan.longestMillis() + properties.timeoutMillis()) * 1_000_000;
    if (condition != Condition.NONE && condition != Condition.PRESENT) {
      write.deletesSeenBy = Long.MAX_VALUE;
    } else if (context != null && !context.isEmpty()) {
      write.deletesSeenBy = write.begun;
    }
    sim.note("begin " + write + " at " + node);
    Content content =
        delete
            ? Content.tombstone()
            : Content.json(SimCluster.bytes(Integer.toString(write.token)));
    int attempts = 1;
    IdempotencyKey name = null;
    if (client.chance.chance(0.3)) {
      attempts = MAX_ATTEMPTS;
      name = new IdempotencyKey(client.number, write.token, 1);
    }
    boolean first = name != null && client.chance.chance(0.5);
    WriteRequest request =
        cluster.request(BUCKET, keyName(key), content, context, condition, options, name, first);
    sim.note(request.requestId() + (name == null ? "" : " named") + " writes " + write.token);
    write.named = name != null;
    // A node that loses its coordinator sends a write with a name to another one.
    write.late = name != null;
    boolean remembered = cluster.primariesRemember(BUCKET, keyName(key));
    send(new Writing(client, key, known, write, request, remembered), node, attempts);
  }

  /** One write of one client, which may be sent more than once. */
  private record Writing(
      Client client,
      int key,
      Known known,
      History.Write write,
      WriteRequest request,
      boolean remembered) {
    Writing again() {
      return new Writing(client, key, known, write, request.again(), remembered);
    }
  }

  private void send(Writing writing, int node, int attempts) {
    History.Write write = writing.write;
    write.sent = sim.nanoTime();
    restNanos = Math.max(restNanos, write.sent + write.longestNanos);
    long begun = sim.nanoTime();
    Turn turn =
        new Turn(writing.client) {
          @Override
          boolean givenUp() {
            sim.note("given up " + write.token);
            return notKnown(writing, attempts);
          }
        };
    habits.write(
        cluster,
        node,
        writing.request,
        outcome ->
            outside(
                () -> {
                  boolean written = outcome instanceof WriteOutcome.Written;
                  write.promised |= written;
                  boolean well = written || failedCondition(outcome);
                  pace.answered(
                      Pace.Kind.WRITE, writing.request.options(), well, begun, sim.nanoTime());
                  if (!turn.listens()) {
                    return;
                  }
                  boolean again = false;
                  if (outcome instanceof WriteOutcome.Written done) {
                    acknowledged(writing, done);
                  } else if (outcome instanceof WriteOutcome.Rejected refused) {
                    probe(refused.rejection());
                    sim.note("refused " + write.token + " " + refused.rejection());
                    boolean once =
                        writing.request.idempotency() == null || attempts == MAX_ATTEMPTS;
                    if (once && refused.rejection().outcome() == Rejection.Outcome.NONE) {
                      write.end(History.Fate.REFUSED, sim.nanoTime());
                    } else {
                      again = notKnown(writing, attempts);
                    }
                  }
                  sim.note("end " + write);
                  turn.end(!again);
                }));
  }

  private static boolean failedCondition(WriteOutcome outcome) {
    return outcome instanceof WriteOutcome.Rejected refused
        && refused.rejection().kind() == ProblemKind.PRECONDITION_FAILED;
  }

  /** What became of an attempt is not known; whether the client tries again. */
  private boolean notKnown(Writing writing, int attempts) {
    if (attempts > 1) {
      sendAgain(writing, attempts - 1);
      return true;
    }
    writing.write.end(History.Fate.UNKNOWN, Long.MAX_VALUE);
    return false;
  }

  /** Another node is asked, and has to find out whether it happened. */
  private void sendAgain(Writing writing, int attempts) {
    running++;
    long delay = RETRY_NANOS + writing.client.chance.nextInt(100) * BREATH_NANOS;
    sim.after(
        delay,
        "again",
        () -> {
          int node = firstUp(writing.client.chance.nextInt(cluster.size()));
          running--;
          if (node < 0) {
            sendAgain(writing, attempts);
          } else {
            cluster.probes().hit(CoverageMark.SENT_AGAIN);
            sim.note("again " + writing.write.token + " at " + node);
            send(writing.again(), node, attempts);
          }
        });
  }

  private void acknowledged(Writing writing, WriteOutcome.Written written) {
    History.Write write = writing.write;
    Known known = writing.known;
    WriteRequest request = writing.request;
    boolean plain = request.condition() == Condition.NONE;
    write.end(History.Fate.ACKNOWLEDGED, sim.nanoTime());
    if (!plain && request.condition() != Condition.PRESENT) {
      judgeCondition(writing);
    }
    known.context = written.context();
    // A write with an idempotency key is answered as each repetition is, and those are not judged
    // again: the answer
    // does not claim what the condition was judged on.
    boolean claims = request.idempotency() == null || !(request.condition() instanceof Matches);
    known.seen = claims ? new TreeSet<>(write.seen) : new TreeSet<>();
    known.seen.add(write.token);
    if (written.versionHash() != WriteOutcome.Written.UNNAMED && !write.delete) {
      known.hash = written.versionHash();
      known.standing = new TreeSet<>(Set.of(write.token));
    }
    cluster.probes().hit(CoverageMark.CONDITION_HELD, plain ? 0 : 1);
    if (plain && request.context() != null && !request.context().isEmpty()) {
      known.session.onWrite(write.token, write.delete);
    } else {
      known.session.onForgetfulWrite(write.token, write.delete);
    }
    acknowledged.run();
  }

  /** A condition that held is a read of as many primaries as it was judged on. */
  private void judgeCondition(Writing writing) {
    History.Write write = writing.write;
    BucketProperties asked = plan.properties().with(writing.request.options());
    boolean remembers =
        writing.remembered && cluster.primariesRemember(BUCKET, keyName(writing.key));
    checks.judgeCondition(
        write,
        write.seen,
        new History.View(write.begun, sim.nanoTime()),
        judgedOn(asked, write.promise),
        remembers);
  }

  /** The primaries that a condition is judged on. */
  private Promise judgedOn(BucketProperties asked, Promise promise) {
    int n = asked.n();
    int w = Math.min(Promise.ofWrite(plan.properties(), n + 1).copies(), promise.copies());
    return Promise.ofPrimaries(n, Math.max(asked.r().resolve(n), n - w + 1));
  }

  // --- probes

  private void probe(Rejection refusal) {
    if (refusal.kind() == ProblemKind.INTERNAL && !plan.disksFail()) {
      throw new Violation(
          Kind.INTERNAL_ERROR, "an error inside a node whose disk works: " + refusal);
    }
    CoverageMark hit =
        switch (refusal.kind()) {
          case BEHIND -> CoverageMark.CONTEXT_NOT_REACHED_YET;
          case UNAVAILABLE -> CoverageMark.QUORUM_UNAVAILABLE;
          case TIMEOUT -> CoverageMark.QUORUM_TIMED_OUT;
          case NOT_READY -> CoverageMark.NODE_NOT_READY;
          case STORAGE_FULL -> CoverageMark.REFUSED_WITH_FULL_DISK;
          case PRECONDITION_FAILED -> CoverageMark.CONDITION_FAILED;
          default -> null;
        };
    if (hit != null) {
      cluster.probes().hit(hit);
    }
  }

  private void probe(@Nullable String context, int key, Set<Integer> shown, ReadOutcome outcome) {
    CoverageMarks probes = cluster.probes();
    probes.hit(CoverageMark.READ_WITH_A_CONTEXT, context == null || context.isEmpty() ? 0 : 1);
    probes.hit(CoverageMark.THREE_SIBLINGS, shown.size() >= 3 ? 1 : 0);
    boolean deleted = outcome instanceof ReadOutcome.Missing missing && missing.deleted();
    probes.hit(CoverageMark.READ_FOUND_A_DELETE, deleted ? 1 : 0);
    boolean fromHints = !shown.isEmpty() && cluster.primariesUp(BUCKET, keyName(key)) == 0;
    probes.hit(CoverageMark.READ_ANSWERED_FROM_HINTS, fromHints ? 1 : 0);
  }

  /** One attempt of one client: ends with its answer or with the client's time-out. */
  private class Turn {
    private final Client client;
    private final int sentIn = period;
    private boolean ended;

    Turn(Client client) {
      this.client = client;
      running++;
      awaited++;
      long patience = client.chance.nextInt(10) == 0 ? 300 : TIMEOUT_MILLIS;
      sim.after(
          patience * 1_000_000,
          "patience",
          () -> {
            if (!ended) {
              cluster.probes().hit(CoverageMark.CLIENT_LOST_PATIENCE);
              end(!givenUp());
            }
          });
    }

    /** Whether the client tries the same again. */
    boolean givenUp() {
      return false;
    }

    boolean listens() {
      return !ended;
    }

    /**
     * The attempt is over.
     *
     * @param next whether the client goes on to something else
     */
    void end(boolean next) {
      ended = true;
      running--;
      awaited--;
      awaitedOfOld -= sentIn < period ? 1 : 0;
      if (next) {
        client.next();
      }
    }
  }
}
