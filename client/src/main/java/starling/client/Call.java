package starling.client;

import org.jspecify.annotations.Nullable;
import starling.wire.ProblemKind;

/**
 * One call, from its beginning to its end: which request goes out when, and what their answers mean
 * for the caller. A state machine without clock, randomness or socket: time comes with each input,
 * everything else from the {@link CallHost}. Owned by the client's thread.
 *
 * <p>(1) The first conclusive answer ends the call; an attempt that is slow or hedged stays in the
 * race. (2) A write is sent again only under the same idempotency key, unless no request of it can
 * have reached a node or all were answered with "nothing written". (3) The call ends at its
 * deadline at the latest. (4) Extra requests come out of a budget; a request that never left does
 * not count, nor one that is sent again without its key because nodes remember too many writes to
 * the key of the store. (5) The write counts as perhaps written as soon as one request may have
 * reached a node and no answer to it excludes that.
 *
 * <pre>
 *   PLACING: waits for a node that can take it          → RUNNING, ENDED
 *   RUNNING: at least one request is out                → PLACING, BACKING_OFF, ENDED
 *   BACKING_OFF: the next request has a time            → PLACING, RUNNING, ENDED
 *   ENDED: the caller has the result; answers are ignored
 * </pre>
 */
final class Call extends TimerWheel.Entry {
  private static final long BASE_BACKOFF_NANOS = 10_000_000;
  private static final long RUNNING_BACKOFF_NANOS = 1_000_000_000;
  private static final int MAX_DOUBLINGS = 6;
  private static final double RETRY_AFTER_SPREAD = 0.25;

  /** The end of a call. */
  interface Ending {
    /**
     * A node has done what the call asks for.
     *
     * @param unsure whether another request of the call may have written, too
     */
    void succeeded(Answer answer, Attempts attempts, boolean unsure);

    void failed(StarlingException failure);
  }

  private enum State {
    PLACING,
    RUNNING,
    BACKING_OFF,
    ENDED
  }

  CallSpec spec;
  private final CallHost host;
  private final Ending ending;
  private final Observer.Observation observation;
  private final long endsAt;
  private final AttemptLog attempts;
  private final CallOutcome outcome = new CallOutcome();

  private State state = State.PLACING;
  private boolean hedgeDecided;

  private long placeAt;

  /** Carries out this write for another request of the call, and is asked again. */
  private @Nullable NodeState runsAt;

  Call(
      CallSpec spec,
      CallHost host,
      Ending ending,
      Observer.Observation observation,
      long startedAt) {
    this.spec = spec;
    this.host = host;
    this.ending = ending;
    this.observation = observation;
    this.attempts = new AttemptLog(startedAt);
    this.endsAt = startedAt + spec.patience();
  }

  boolean hasEnded() {
    return state == State.ENDED;
  }

  /** Whether less than a quarter of its time is left. */
  boolean hasLittleTime(long now) {
    return endsAt - now < spec.patience() / 4;
  }

  /** Whether it waits for a node that can take it. */
  boolean waits() {
    return state == State.PLACING;
  }

  /** Whether a request of this call went to the node. */
  boolean tried(NodeState node) {
    return attempts.tried(node);
  }

  /** Sends the next request, or waits for a node that can take it. */
  void place(long now) {
    if (state == State.ENDED) {
      return;
    }
    if (now - endsAt >= 0) {
      onDeadline(now);
      return;
    }
    if (!spec.repeatable() && attempts.anyLive()) {
      // A second request without a key could make a second event.
      return;
    }
    Long position = spec.position();
    if (mayForgoKey() && position != null && host.withoutKeys(position, now)) {
      spec = spec.withoutKey();
    }
    NodeState running = runsAt;
    runsAt = null;
    NodeState node = running != null ? running : host.choose(this, now);
    if (node != null) {
      send(node, now, false);
      return;
    }
    if (elsewhere() && host.exhausted(this)) {
      onExhausted(now);
      return;
    }
    state = State.PLACING;
    if (host.await(this)) {
      host.wakeAt(this, endsAt);
    } else {
      fail(ClientVerdict.full(), now);
    }
  }

  private boolean elsewhere() {
    return spec.behavior().retries().elsewhere();
  }

  /** No node is left to ask: only an answer that is still out can help. */
  private void onExhausted(long now) {
    Verdict known = outcome.last();
    if (attempts.anyLive()) {
      state = State.RUNNING;
      arm(now);
    } else {
      fail(known != null ? known : ClientVerdict.nowhere(spec.patience(), host.whyNone()), now);
    }
  }

  private void send(NodeState node, long now, boolean hedged) {
    LiveAttempt attempt = new LiveAttempt(this, node, now, hedged);
    boolean first = !attempts.reached();
    attempts.add(attempt);
    state = State.RUNNING;
    observation.attempt(node.name);
    host.send(attempt, spec.request(endsAt - now, first), now);
    if (state == State.RUNNING) {
      arm(now);
    }
  }

  private void arm(long now) {
    long wake = endsAt;
    if (mayHedge()) {
      wake = earlier(wake, attempts.firstSentAt() + host.slowNanos());
    }
    LiveAttempt latest = attempts.latest();
    if (latest.prompt()) {
      wake = earlier(wake, latest.sentAt + attemptTimeout());
    }
    host.wakeAt(this, wake - now > 0 ? wake : now);
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }

  private long attemptTimeout() {
    return spec.behavior().attemptTimeout().toNanos();
  }

  private boolean mayHedge() {
    return spec.operation() == Operation.GET
        && spec.behavior().hedge() == Hedge.READS
        && !hedgeDecided
        && attempts.size() == 1;
  }

  private boolean mayRepeat() {
    return attempts.sent() < spec.behavior().retries().attempts()
        && (spec.repeatable() || !outcome.unsure());
  }

  /** Whether no request of this write that a node may carry out went out under its key. */
  private boolean mayForgoKey() {
    return spec.write()
        && spec.repeatable()
        && !spec.ownKey()
        && !outcome.unsure()
        && !attempts.anyLive();
  }

  void onTimer(long now) {
    if (state == State.ENDED) {
      return;
    }
    if (now - endsAt >= 0) {
      onDeadline(now);
    } else if (state == State.BACKING_OFF) {
      if (now - placeAt >= 0) {
        place(now);
      } else {
        host.wakeAt(this, earlier(placeAt, endsAt));
      }
    } else if (state == State.RUNNING) {
      onSlow(now);
    } else {
      host.wakeAt(this, endsAt);
    }
  }

  private void onSlow(long now) {
    if (mayHedge() && now - attempts.firstSentAt() - host.slowNanos() >= 0) {
      hedgeDecided = true;
      NodeState other = host.choose(this, now);
      if (other != null && !tried(other) && host.takeHedge()) {
        observation.hedged();
        send(other, now, true);
        return;
      }
    }
    LiveAttempt latest = attempts.latest();
    if (latest.prompt() && now - latest.sentAt - attemptTimeout() >= 0) {
      latest.slow();
      if (latest.node.silentSince(latest.sentAt)) {
        host.silent(latest.node, now);
      }
      NodeState other = spec.repeatable() && mayRepeat() ? host.choose(this, now) : null;
      if (other != null && !tried(other) && host.takeRetry(spec.behavior())) {
        observation.retried("no answer in time");
        send(other, now, false);
        return;
      }
    }
    arm(now);
  }

  void onAnswer(NodeState node, Answer answer, long now) {
    if (state == State.ENDED) {
      return;
    }
    observation.answered(node.name, answer.status);
    Verdict verdict = Verdict.of(spec, answer);
    outcome.onAnswer(answer, verdict);
    if (verdict.next() == Verdict.Next.DONE) {
      noteLive();
      end(null, null);
      ending.succeeded(answer, attempts.told(now), outcome.unsure());
      return;
    }
    Long position = spec.position();
    if (verdict.next() == Verdict.Next.WITHOUT_KEY && position != null && mayForgoKey()) {
      host.noteTooManyRecords(position, now);
      observation.retried("too many idempotency records");
      place(now);
    } else if (verdict.next() == Verdict.Next.FAIL) {
      fail(verdict, now);
    } else if (elsewhere()) {
      elsewhere(node, verdict, now);
    } else {
      again(verdict, now);
    }
  }

  void onBroken(NodeState node, boolean sent, boolean garbage, String why, long now) {
    if (state == State.ENDED) {
      return;
    }
    String message = node.name + " " + why;
    Verdict verdict =
        garbage
            ? ClientVerdict.garbage(spec.write(), message, 0)
            : ClientVerdict.unreachable(message);
    if (!sent) {
      attempts.noteUnsent();
    }
    outcome.onBroken(verdict, garbage, sent || !attempts.reached());
    if (sent) {
      if (spec.write()) {
        outcome.onUnsure();
      }
      if (elsewhere()) {
        elsewhere(node, verdict, now);
      } else {
        again(verdict, now);
      }
      return;
    }
    if (attempts.anyPrompt()) {
      arm(now);
    } else {
      observation.retried("not sent");
      backOff(attempts.unsent() * host.random() * BASE_BACKOFF_NANOS, now);
    }
  }

  /** After a failure that may pass: another request, if it is safe, in time and in the budget. */
  private void again(Verdict verdict, long now) {
    if (attempts.anyPrompt()) {
      arm(now);
      return;
    }
    int done = attempts.sent();
    double asked = verdict.waitMillis() * 1e6;
    double wait =
        verdict.next() != Verdict.Next.OTHER_NODE && asked > 0
            ? asked * (1 + RETRY_AFTER_SPREAD * host.random())
            : host.random() * (BASE_BACKOFF_NANOS << Math.min(done, MAX_DOUBLINGS));
    boolean inTime = now + (long) wait - endsAt < 0;
    if (inTime && mayRepeat() && host.takeRetry(spec.behavior())) {
      observation.retried(verdict.kind());
      backOff(wait, now);
    } else if (attempts.anyLive()) {
      host.wakeAt(this, endsAt);
    } else {
      fail(verdict, now);
    }
  }

  /** After the failure of a node: the next one is asked, if the failure is of that node alone. */
  private void elsewhere(NodeState node, Verdict verdict, long now) {
    boolean runs = verdict.kind().equals(ProblemKind.STILL_RUNNING.slug()) && attempts.sent() > 1;
    if (!runs && verdict.next() != Verdict.Next.OTHER_NODE) {
      fail(verdict, now);
    } else if (attempts.anyPrompt()) {
      arm(now);
    } else if (mayRepeat() && host.takeRetry(spec.behavior())) {
      observation.retried(verdict.kind());
      runsAt = runs ? node : null;
      double pause = Math.max(verdict.waitMillis() * 1e6, host.random() * RUNNING_BACKOFF_NANOS);
      backOff(runs ? pause : 0, now);
    } else if (attempts.anyLive()) {
      host.wakeAt(this, endsAt);
    } else {
      fail(verdict, now);
    }
  }

  private void backOff(double nanos, long now) {
    state = State.BACKING_OFF;
    placeAt = now + (long) nanos;
    host.wakeAt(this, earlier(placeAt, endsAt));
  }

  private void onDeadline(long now) {
    Verdict known = outcome.last();
    if (attempts.anyLive()) {
      fail(ClientVerdict.timedOut(spec.patience()), now);
    } else if (known != null && attempts.sent() > 0) {
      fail(known, now);
    } else {
      fail(ClientVerdict.nowhere(spec.patience(), host.whyNone()), now);
    }
  }

  /** Ends a call that no request was sent for. */
  void reject(StarlingException failure) {
    if (state != State.ENDED && attempts.isEmpty()) {
      end(failure.outcome(), failure.kind());
      ending.failed(failure);
    }
  }

  /** The caller does not wait any more. */
  void cancel() {
    if (state != State.ENDED) {
      noteLive();
      end(outcome.value(), "cancelled");
    }
  }

  /** The client is closing. */
  void close(long now) {
    if (state != State.ENDED) {
      noteLive();
      Verdict closed = ClientVerdict.closed();
      end(outcome.value(), closed.kind());
      ending.failed(new ClosedException(outcome.failure(spec, closed, attempts.told(now))));
    }
  }

  private void fail(Verdict verdict, long now) {
    noteLive();
    end(outcome.value(), verdict.kind());
    ending.failed(verdict.exception(outcome.failure(spec, verdict, attempts.told(now))));
  }

  /** A write whose answer is still to come may have happened. */
  private void noteLive() {
    if (spec.write() && attempts.anyLive()) {
      outcome.onUnsure();
    }
  }

  private void end(StarlingException.@Nullable Outcome ended, @Nullable String kind) {
    state = State.ENDED;
    host.ended(this);
    observation.finished(ended, kind);
  }
}
