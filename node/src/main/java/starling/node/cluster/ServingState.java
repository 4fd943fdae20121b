package starling.node.cluster;

import org.jspecify.annotations.Nullable;
import starling.node.port.Clock;

/**
 * Whether this node serves requests, as far as that does not follow from its metadata.
 *
 * <ul>
 *   <li><em>waiting</em>: a part of the start has not ended, such as the comparison with what peers
 *       remember; ends when that part has ended.
 *   <li><em>fenced</em>: the ring is being changed; ends with a ring of a later version.
 *   <li><em>serving</em>.
 *   <li><em>stopped</em>: for good.
 * </ul>
 */
final class ServingState {
  private final Clock clock;

  /** The ring version up to which the node is fenced; -1 for none. */
  private long fencedAt = -1;

  private long lookUntilNanos;
  private boolean looked;
  private @Nullable String stopped;
  private @Nullable String waiting;

  ServingState(Clock clock) {
    this.clock = clock;
  }

  void fence(long ringVersion) {
    fencedAt = Math.max(fencedAt, ringVersion);
  }

  void onRing(long ringVersion) {
    if (fencedAt >= 0 && ringVersion > fencedAt) {
      fencedAt = -1;
    }
  }

  boolean fenced() {
    return fencedAt >= 0;
  }

  void waitFor(@Nullable String reason) {
    waiting = reason;
  }

  @Nullable String waiting() {
    return waiting;
  }

  void stop(String reason) {
    stopped = reason;
  }

  @Nullable String stopped() {
    return stopped;
  }

  /** How long a starting node looks for the other members before it is ready. */
  void lookAround(long nanos) {
    lookUntilNanos = clock.nanoTime() + nanos;
  }

  /** Whether that time has passed. */
  boolean lookedLongEnough() {
    return looked || clock.nanoTime() - lookUntilNanos >= 0;
  }

  /** Every member was heard of. */
  void foundAll() {
    looked = true;
  }
}
