package starling.gossip.cluster;

import org.jspecify.annotations.Nullable;
import starling.gossip.ProcessIncarnation;

/**
 * What peers report of another process of this node's id whose connection they hold. A killed
 * process may leave such a connection behind for as long as a connection may be silent, so it ends
 * this process only if the other one was heard after this one began.
 */
final class LaterProcess {
  private long begunNanos;
  private @Nullable ProcessIncarnation connected;
  private long connectedNanos;

  /** From now on this process takes part: only later messages can tell of others. */
  void begin(long nowNanos) {
    begunNanos = nowNanos;
  }

  /**
   * A peer rejects this process because it holds a connection of another one.
   *
   * @param heardSinceNanos the peer has heard the other process at this time or later
   * @return whether this process is the one to stop
   */
  boolean onConnected(
      ProcessIncarnation own, ProcessIncarnation other, long heardSinceNanos, long nowNanos) {
    if (other.sameProcess(own) || !other.outranks(own)) {
      return false;
    }
    connected = other;
    connectedNanos = nowNanos;
    return heardSinceNanos - begunNanos > 0;
  }

  /** Whether a peer lately held a connection of a process incarnation above this one. */
  boolean outranks(ProcessIncarnation own, long nowNanos, long latelyNanos) {
    ProcessIncarnation other = connected;
    return other != null && other.outranks(own) && nowNanos - connectedNanos < latelyNanos;
  }
}
