package starling.gossip;

/**
 * A higher life of this node's own id that others call alive. It is believed to live once it is
 * seen to go on beating: what the peers know of its heartbeat is gathered for a while, and what
 * beats in several rounds after that is of the living. A single beat may be a late word of the
 * dead, brought by a peer or a link that stood still.
 */
final class Rival {
  /** In so many rounds it must be seen to beat after all late words should have come. */
  private static final int BEATS_OF_THE_LIVING = 3;

  private final Life life;
  private final long sinceNanos;
  private long heartbeat;
  private long lastBeatNanos;
  private int beats;

  Rival(Life life, long heartbeat, long nowNanos) {
    this.life = life;
    this.heartbeat = heartbeat;
    this.sinceNanos = nowNanos;
    this.lastBeatNanos = nowNanos;
  }

  Life life() {
    return life;
  }

  /** When it was first heard of, or last seen to beat. */
  long lastBeatNanos() {
    return lastBeatNanos;
  }

  /**
   * Another node knows this heartbeat of it.
   *
   * @param gatherNanos how long late words may still come in
   * @param roundNanos no more than one beat counts in as long
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

  /** Whether it has beaten too often for a dead one. */
  boolean lives() {
    return beats >= BEATS_OF_THE_LIVING;
  }
}
