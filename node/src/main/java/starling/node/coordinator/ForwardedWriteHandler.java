package starling.node.coordinator;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.peer.PeerRequestHandler;
import starling.node.peer.PendingRequest;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.ForwardOutcome;
import starling.node.peer.message.ForwardWrite;
import starling.node.peer.message.OtherBucket;
import starling.node.port.Clock;
import starling.node.request.WriteOutcome;

/**
 * Coordinates writes that other nodes forward. A forwarded write costs this node as much as a
 * request of its own clients, and is admitted under the same bounds.
 */
public final class ForwardedWriteHandler implements PeerRequestHandler<ForwardWrite> {
  private static final Logger log = LoggerFactory.getLogger(ForwardedWriteHandler.class);

  private record Caller(UUID peer, long call) {}

  /** A forwarded write that has not ended. */
  private record Forwarded(
      PendingRequest request,
      WriteCoordinator.Pending operation,
      long begunNanos,
      int valueBytes) {}

  private final ClusterView cluster;
  private final WriteForwarding forwarding;
  private final AdmissionControl admissionControl;
  private final Clock clock;
  private final long maxForwardedBytes;
  private final Map<Caller, Forwarded> forwarded = new HashMap<>();

  /** Bytes of the values in them. */
  private long forwardedBytes;

  /**
   * @param maxForwardedBytes bytes of the values of forwarded writes that have not ended
   */
  public ForwardedWriteHandler(
      ClusterView cluster,
      WriteForwarding forwarding,
      AdmissionControl admissionControl,
      Clock clock,
      long maxForwardedBytes) {
    this.cluster = cluster;
    this.forwarding = forwarding;
    this.admissionControl = admissionControl;
    this.clock = clock;
    this.maxForwardedBytes = maxForwardedBytes;
  }

  @Override
  public void handle(ForwardWrite forward, PendingRequest pending) {
    OtherBucket other =
        cluster.otherBucket(forward.call(), forward.request().bucket(), forward.register());
    if (other != null) {
      pending.answer(other);
      return;
    }
    log.debug("request {}: forwarded by {}", forward.request().requestId(), pending.from());
    if (admissionControl.judge(forward.remainingMillis()) != ConcurrencyLimit.Decision.TAKEN) {
      pending.decline(DeclineReason.OVERLOADED, "too many requests are under way");
      return;
    }
    int valueBytes = forward.request().content().valueBytes();
    if (forwardedBytes + valueBytes > maxForwardedBytes) {
      pending.decline(
          DeclineReason.OVERLOADED, "too many bytes of forwarded writes are held already");
      return;
    }
    Caller caller = new Caller(pending.from(), forward.call());
    long begunNanos = clock.nanoTime();
    WriteForwarding.Accepted taken =
        forwarding.acceptForwarded(
            forward.request(),
            forward.asFallback(),
            forward.remainingMillis(),
            outcome -> {
              ended(caller);
              OtherBucket changed =
                  outcome instanceof WriteOutcome.Rejected refused
                          && refused.rejection().couldBeMade()
                      ? cluster.otherBucket(
                          forward.call(), forward.request().bucket(), forward.register())
                      : null;
              pending.answer(
                  changed == null ? new ForwardOutcome(forward.call(), outcome) : changed);
            });
    if (taken.declined() != null) {
      pending.decline(taken.declined(), "this node may not coordinate the write");
    } else if (taken.pending() != null && !taken.pending().ended()) {
      forwardedBytes += valueBytes;
      forwarded.put(caller, new Forwarded(pending, taken.pending(), begunNanos, valueBytes));
      admissionControl.begun();
    }
  }

  /** The forwarding node has given up: a write that has not begun will not begin. */
  public void forget(UUID from, long call) {
    Caller caller = new Caller(from, call);
    Forwarded write = forwarded.get(caller);
    if (write != null) {
      write.operation().abandon();
      if (write.operation().ended()) {
        ended(caller);
        var unused = write.request().end();
      }
    }
  }

  private void ended(Caller caller) {
    Forwarded write = forwarded.remove(caller);
    if (write != null) {
      forwardedBytes -= write.valueBytes();
      admissionControl.ended(write.begunNanos());
    }
  }
}
