package starling.client;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what calls decide: one thread, which is the transport's, owns all calls, nodes and
 * budgets, so nothing here has a lock. Other threads only add calls.
 */
final class Engine implements CallHost {
  private static final long MILLI = 1_000_000;
  private static final long TICK_MILLIS = 2;
  private static final long IDLE_TICK_MILLIS = 50;
  private static final long WAITING_TICK_MILLIS = 5;
  private static final long FIRST_SLOW_NANOS = 20 * MILLI;
  private static final long MIN_SLOW_NANOS = 3 * MILLI;
  private static final double SLOW_FACTOR = 1.2;
  private static final double HEDGE_BUDGET = 0.05;
  private static final double FIRST_RETRIES = 10;
  private static final double MAX_RETRIES = 1000;
  private static final double FIRST_HEDGES = 2;
  private static final double MAX_HEDGES = 50;

  private final Wire wire;
  private final DoubleSupplier randomness;
  private final Supplier<List<String>> credentials;
  private final Routes routes;
  private final Rings rings;
  private final Probes probes;
  private final int maxWaiting;
  private final int maxInFlightPerNode;
  private final TimerWheel wheel;
  private final RequestBudget retries = new RequestBudget(FIRST_RETRIES, MAX_RETRIES);
  private final RequestBudget hedges = new RequestBudget(FIRST_HEDGES, MAX_HEDGES);
  private final HotKeys hotKeys = new HotKeys();
  private final SlowReads slowReads = new SlowReads(FIRST_SLOW_NANOS);
  private final Set<Call> open = new LinkedHashSet<>();
  private final WaitingCalls waiting;

  /** Calls begun and not ended, by all threads. */
  private final AtomicInteger begun = new AtomicInteger();

  private volatile int bound;
  private volatile boolean closed;
  private final CompletableFuture<Void> ended = new ClientFuture<>(this);
  private boolean placing;
  private long tickDue = Long.MAX_VALUE;

  Engine(
      Wire wire,
      DoubleSupplier randomness,
      Supplier<List<String>> credentials,
      List<Endpoint> endpoints,
      Routing routing,
      String zone,
      int maxInFlightPerNode,
      int maxWaiting) {
    this.wire = wire;
    this.randomness = randomness;
    this.credentials = credentials;
    this.routes = new Routes(zone, maxInFlightPerNode);
    this.rings = new Rings(this, wire, routes, endpoints, routing);
    this.probes = new Probes(this, wire, routes, randomness);
    this.maxInFlightPerNode = maxInFlightPerNode;
    this.maxWaiting = maxWaiting;
    this.waiting = new WaitingCalls(maxWaiting);
    this.bound = maxWaiting;
    this.wheel = new TimerWheel(TICK_MILLIS * MILLI, wire.nanos());
    boolean unused =
        wire.execute(
            () -> {
              rings.start(wire.nanos());
              tickIn(IDLE_TICK_MILLIS);
            });
  }

  // ---- any thread

  boolean closed() {
    return closed;
  }

  boolean onOwnThread() {
    return wire.onOwnThread();
  }

  /**
   * Takes a call; false if there are too many.
   *
   * @throws ClosedException if the client has ended
   */
  boolean submit(Call call) {
    if (begun.incrementAndGet() > bound) {
      begun.decrementAndGet();
      return false;
    }
    if (!wire.execute(() -> begin(call))) {
      begun.decrementAndGet();
      throw ClosedException.before();
    }
    return true;
  }

  void cancel(Call call) {
    boolean unused = wire.execute(call::cancel);
  }

  /** Runs a task on the client's thread; false if that has ended. */
  boolean execute(Runnable task) {
    return wire.execute(task);
  }

  long nanos() {
    return wire.nanos();
  }

  CompletableFuture<Void> close() {
    closed = true;
    boolean runs =
        wire.execute(
            () -> {
              long now = wire.nanos();
              for (Call call : List.copyOf(open)) {
                call.close(now);
              }
              var unused = wire.close().whenComplete((done, failure) -> ended.complete(null));
            });
    if (!runs) {
      // Closed before.
      ended.complete(null);
    }
    return ended;
  }

  // ---- the client's thread

  private void begin(Call call) {
    long now = wire.nanos();
    open.add(call);
    if (closed) {
      call.close(now);
      return;
    }
    retries.earn(call.spec.behavior().retries().budget());
    if (call.spec.operation() == Operation.GET) {
      hedges.earn(HEDGE_BUDGET);
    }
    StarlingException failure = rings.poison();
    if (failure != null) {
      call.reject(failure);
    } else {
      call.place(now);
    }
  }

  @Override
  public @Nullable NodeState choose(Call call, long now) {
    return rings.ready() ? routes.choose(call, now, randomness.getAsDouble()) : null;
  }

  @Override
  public boolean exhausted(Call call) {
    return rings.ready() && routes.exhausted(call);
  }

  @Override
  public void send(LiveAttempt attempt, WireRequest request, long now) {
    NodeState node = attempt.node;
    node.onSent(now);
    wire.send(
        node.endpoint,
        request,
        new Wire.Sink() {
          @Override
          public void answered(Answer answer) {
            long at = wire.nanos();
            node.onEnded();
            node.onHeard(at);
            learn(attempt, answer, at);
            attempt.answered(answer, at);
            placeWaiting(at);
          }

          @Override
          public void broken(boolean sent, boolean garbage, String reason) {
            long at = wire.nanos();
            node.onEnded();
            probes.failed(node, at, reason);
            attempt.broken(sent, garbage, reason, at);
            placeWaiting(at);
          }
        });
  }

  private void learn(LiveAttempt attempt, Answer answer, long now) {
    NodeState node = attempt.node;
    if (answer.status < 400) {
      if (attempt.call.spec.operation() == Operation.GET) {
        slowReads.add(now - attempt.sentAt);
      }
    } else {
      Verdict verdict = Verdict.of(attempt.call.spec, answer);
      if (verdict.kind().equals("not-ready")) {
        probes.failed(node, now, "is not ready");
      } else if (verdict.next() == Verdict.Next.OTHER_NODE && verdict.waitMillis() > 0) {
        node.rest(now, verdict.waitMillis() * MILLI);
      }
    }
    rings.onAnswer(node, answer, now);
  }

  @Override
  public void silent(NodeState node, long now) {
    probes.failed(node, now, "was silent");
  }

  @Override
  public boolean await(Call call) {
    tickIn(WAITING_TICK_MILLIS);
    return waiting.add(call);
  }

  /** Places calls that wait, until one cannot be placed. */
  void placeWaiting(long now) {
    if (placing || waiting.isEmpty()) {
      return;
    }
    placing = true;
    try {
      for (Call call = waiting.next(now); call != null; call = waiting.next(now)) {
        if (choose(call, now) == null) {
          break;
        }
        waiting.remove(call);
        call.place(now);
      }
    } finally {
      placing = false;
    }
  }

  /** There are other nodes. */
  void onRing(long now) {
    int nodes = Math.max(routes.nodes().size(), routes.seeds().size());
    bound = (int) Math.min(1 << 20, (long) maxInFlightPerNode * nodes + maxWaiting);
    placeWaiting(now);
  }

  /** The endpoints belong to different clusters. */
  void onPoison(StarlingException failure) {
    for (Call call : List.copyOf(open)) {
      call.reject(failure);
    }
  }

  @Override
  public void wakeAt(Call call, long nanos) {
    wheel.set(call, nanos);
    tickIn(millis(nanos - wire.nanos()) + TICK_MILLIS);
  }

  private static long millis(long nanos) {
    return Math.max(1, (nanos + MILLI - 1) / MILLI);
  }

  @Override
  public void ended(Call call) {
    wheel.remove(call);
    if (open.remove(call)) {
      begun.decrementAndGet();
    }
  }

  @Override
  public boolean withoutKeys(long position, long now) {
    return hotKeys.contains(position, now);
  }

  @Override
  public void noteTooManyRecords(long position, long now) {
    hotKeys.add(position, now);
  }

  @Override
  public boolean takeRetry(Behavior behavior) {
    return behavior.retries().budget() > 0 && retries.take();
  }

  @Override
  public boolean takeHedge() {
    return hedges.take();
  }

  @Override
  public long slowNanos() {
    return Math.max(MIN_SLOW_NANOS, (long) (slowReads.nanos() * SLOW_FACTOR));
  }

  @Override
  public double random() {
    return randomness.getAsDouble();
  }

  @Override
  public String whyNone() {
    return rings.ready() ? routes.whyNone(wire.nanos()) : rings.trouble();
  }

  /** The request with the program's credentials. */
  WireRequest signed(WireRequest request) {
    return new WireRequest(request.method(), request.target(), credentials.get(), request.body());
  }

  // ---- time

  private void tickIn(long millis) {
    long due = wire.nanos() + millis * MILLI;
    if (tickDue == Long.MAX_VALUE || due - tickDue < 0) {
      tickDue = due;
      wire.after(millis, () -> tick(due));
    }
  }

  private void tick(long due) {
    if (due != tickDue || closed) {
      // An earlier tick replaced this one.
      return;
    }
    tickDue = Long.MAX_VALUE;
    long now = wire.nanos();
    try {
      wheel.advance(now, entry -> ((Call) entry).onTimer(now));
      placeWaiting(now);
      rings.tick(now);
      probes.tick(now);
    } finally {
      // A timer of the transport costs more than a call's place in the wheel.
      tickIn(waiting.isEmpty() ? IDLE_TICK_MILLIS : WAITING_TICK_MILLIS);
    }
    long quiet = wheel.quietUntil();
    if (quiet != Long.MAX_VALUE) {
      tickIn(millis(quiet - now));
    }
  }
}
