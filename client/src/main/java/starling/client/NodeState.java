package starling.client;

/**
 * What the client knows of one node. A node that broke a connection, was silent, or is not ready is
 * left alone: it gets no calls until a probe of {@code /health/ready} succeeds. Owned by the
 * client's thread; time comes from outside.
 *
 * <pre>
 *   up ──broken, silent, not ready──▶ down ──probe answered 200──▶ up
 *   up ──Retry-After──▶ resting ──time──▶ up
 * </pre>
 */
final class NodeState {
  private static final long MIN_BACKOFF_NANOS = 100_000_000L;
  private static final int MAX_DOUBLINGS = 5;

  /**
   * For so long after a node came back each of its requests counts as several, first as {@link
   * #COLD_WEIGHT}: a process that has just started answers slowly, and takes the processor from
   * what else runs on its machine.
   */
  private static final long WARM_UP_NANOS = 10_000_000_000L;

  private static final int COLD_WEIGHT = 16;

  /** A node with requests in flight that said nothing for so long gets calls last. */
  private static final long SUSPECT_NANOS = 100_000_000L;

  final Endpoint endpoint;
  final String name;
  final String zone;

  private int inFlight;
  private boolean down;
  private boolean probing;
  private int failures;
  private long probeAt;
  private boolean cold;
  private long backAt;
  private boolean resting;
  private long restsUntil;
  private long heardAt;
  private String reason = "";

  NodeState(Endpoint endpoint, String zone) {
    this.endpoint = endpoint;
    this.name = endpoint.toString();
    this.zone = zone;
  }

  int inFlight() {
    return inFlight;
  }

  /** The requests in flight, as far as they speak against one more. */
  int load(long now) {
    long left = cold ? WARM_UP_NANOS - (now - backAt) : 0;
    if (left <= 0) {
      cold = false;
      return inFlight;
    }
    int extra = (int) ((COLD_WEIGHT - 1) * left / WARM_UP_NANOS);
    return inFlight * (1 + extra) + extra;
  }

  boolean down() {
    return down;
  }

  /** Why the node is down; empty for a node that is up. */
  String reason() {
    return reason;
  }

  /** Whether calls may go to the node. */
  boolean usable(long now) {
    return !down && !rests(now);
  }

  private boolean rests(long now) {
    if (resting && now - restsUntil >= 0) {
      resting = false;
    }
    return resting;
  }

  /** Whether the node owes answers and has said nothing for a while. */
  boolean suspect(long now) {
    return inFlight > 0 && now - heardAt > SUSPECT_NANOS;
  }

  /** Whether the node said nothing since then. */
  boolean silentSince(long sentAt) {
    return heardAt - sentAt <= 0;
  }

  void onSent(long now) {
    if (inFlight++ == 0) {
      heardAt = now;
    }
  }

  /** A request has ended, with or without an answer. */
  void onEnded() {
    inFlight--;
  }

  void onHeard(long now) {
    heardAt = now;
  }

  /**
   * The node failed.
   *
   * @param random from 0 to 1: spreads the probes of many clients
   */
  void onFailed(long now, double random, String why) {
    if (down && !probing) {
      return;
    }
    down = true;
    probing = false;
    reason = why;
    long backoff = MIN_BACKOFF_NANOS << Math.min(failures, MAX_DOUBLINGS);
    failures++;
    probeAt = now + (long) (backoff * (0.5 + random / 2));
  }

  boolean probeDue(long now) {
    return down && !probing && now - probeAt >= 0;
  }

  boolean probeLate(long now, long timeoutNanos) {
    return probing && now - probeAt >= timeoutNanos;
  }

  void onProbing(long now) {
    probing = true;
    probeAt = now;
  }

  /** A probe succeeded: the node is back. */
  void onProbed(long now) {
    cold = true;
    backAt = now;
    down = false;
    probing = false;
    failures = 0;
    reason = "";
  }

  void rest(long now, long nanos) {
    resting = true;
    restsUntil = now + nanos;
  }
}
