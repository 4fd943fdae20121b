package starling.gossip.heartbeat;

import starling.gossip.ProcessIncarnation;

/**
 * A higher incarnation of this node's own id that others call alive. This node collects for a while
 * what its peers know of the heartbeat; if the heartbeat then grows in several rounds, the process
 * is alive. A single growth may be a late message of a dead process, from a peer or a link that was
 * paused.
 */
final class DuplicateIdDetector {
  /** Rounds in which the heartbeat must grow after all late messages should have come. */
  private static final int BEATS_OF_THE_LIVING = 3;

  private final ProcessIncarnation life;
  private final long sinceNanos;
  private long heartbeat;
  private long lastBeatNanos;
  private int beats;

  DuplicateIdDetector(ProcessIncarnation life, long heartbeat, long nowNanos) {
    this.life = life;
    this.heartbeat = heartbeat;
    this.sinceNanos = nowNanos;
    this.lastBeatNanos = nowNanos;
  }

  ProcessIncarnation life() {
    return life;
  }

  /** When it was first heard of, or its heartbeat last grew. */
  long lastBeatNanos() {
    return lastBeatNanos;
  }

  /**
   * Another node knows this heartbeat of it.
   *
   * @param gatherNanos how long late messages may still come
   * @param roundNanos at most one growth counts in as long
   */
  void seen(long known, long nowNanos, long gatherNanos, long roundNanos) {
    if (known <= heartbeat) {
      return;
    }
    heartbeat = known;
    boolean gathered = nowNanos - sinceNanos >= gatherNanos;
    if (gathered && nowNanos - lastBeatNanos >= roundNanos) {
      beats++;
      lastBeatNanos = nowNanos;
    }
  }

  /** Whether its heartbeat has grown too often for a dead process. */
  boolean lives() {
    return beats >= BEATS_OF_THE_LIVING;
  }
}
