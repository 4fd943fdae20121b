package starling.client;

import org.jspecify.annotations.Nullable;

/** What a call needs from its client; all of it on the client's thread. */
interface CallHost {
  /** A node for the next request, or null where none can take one now. */
  @Nullable NodeState choose(Call call, long now);

  /** Whether the call was sent to every node that there is. */
  boolean exhausted(Call call);

  /** Sends a request; its end is reported to the attempt. */
  void send(LiveAttempt attempt, WireRequest request, long now);

  /** Calls {@link Call#place} when a node may be able to take it; false: too many calls wait. */
  boolean await(Call call);

  /** Calls {@link Call#onTimer} at this time, in place of an earlier one. */
  void wakeAt(Call call, long nanos);

  /** The call needs no more timers. */
  void ended(Call call);

  /** The node has said nothing for the time of an attempt. */
  void silent(NodeState node, long now);

  /** Whether nodes lately held as many idempotency records of this position as they may. */
  boolean withoutKeys(long position, long now);

  /** Nodes hold as many idempotency records of this position as they may. */
  void noteTooManyRecords(long position, long now);

  boolean takeRetry(Behavior behavior);

  boolean takeHedge();

  /** When a read counts as slow, in nanoseconds. */
  long slowNanos();

  /** From 0 to 1. */
  double random();

  /** Why no node can take a call. */
  String whyNone();
}
