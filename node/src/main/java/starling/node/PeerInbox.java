package starling.node;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.coordinator.ForwardedWriteHandler;
import starling.node.metrics.NodeCounters;
import starling.node.peer.PauseDetector;
import starling.node.peer.PeerClient;
import starling.node.peer.PeerCodec;
import starling.node.peer.message.Chunked;
import starling.node.peer.message.Forget;
import starling.node.peer.message.PeerMessage;
import starling.node.peer.message.Request;
import starling.node.peer.message.Response;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.version.HybridClock;
import starling.node.version.MalformedException;

/**
 * The messages of other nodes: reads frames, defers them while the process may have been paused,
 * and passes each message to the part of the node that handles it.
 */
final class PeerInbox {
  private static final Logger log = LoggerFactory.getLogger(PeerInbox.class);

  private final Clock clock;
  private final HybridClock hybridClock;
  private final ClusterView cluster;
  private final PeerClient peers;
  private final PeerRequestDispatcher requests;
  private final ForwardedWriteHandler forwardedWrites;
  private final NodeCounters counters;
  private final PauseDetector pauseDetector;

  PeerInbox(
      Clock clock,
      HybridClock hybridClock,
      ClusterView cluster,
      PeerClient peers,
      PeerRequestDispatcher requests,
      ForwardedWriteHandler forwardedWrites,
      NodeCounters counters) {
    this.clock = clock;
    this.hybridClock = hybridClock;
    this.cluster = cluster;
    this.peers = peers;
    this.requests = requests;
    this.forwardedWrites = forwardedWrites;
    this.counters = counters;
    this.pauseDetector = new PauseDetector(clock.nanoTime());
  }

  /** Handles the deferred frames, once the process is known to run. */
  void tick(long nowNanos) {
    pauseDetector.tick(nowNanos, this::act, requests::tooLate);
  }

  /** A frame on the data or control channel of a peer whose identity is known. */
  void onFrame(UUID from, byte[] frame) {
    try {
      peers.heard(from, clock.nanoTime());
      PeerMessage message = PeerCodec.decode(frame);
      // Before it is handled, and also if it is deferred: this node's next counters must be higher.
      hybridClock.observe(PeerCodec.clock(frame), clock.wallMillis());
      if (pauseDetector.holds(clock.nanoTime())) {
        pauseDetector.keep(from, message);
      } else {
        act(from, message);
      }
    } catch (MalformedException e) {
      malformed(from, e);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("an error while a frame from {} was handled", cluster.name(from), e);
    }
  }

  private void act(UUID from, PeerMessage message) {
    try {
      if (message instanceof Response answer) {
        peers.onAnswer(from, answer);
      } else if (message instanceof Request question) {
        requests.on(from, question);
      } else if (message instanceof Forget forget) {
        forwardedWrites.forget(from, forget.call());
      } else if (message instanceof Chunked chunked) {
        peers.onChunked(from, chunked);
      }
    } catch (MalformedException e) {
      malformed(from, e);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      // One message must not end the node's tick or the connection's other messages.
      log.error("an error while a message from {} was handled", cluster.name(from), e);
    }
  }

  /** A message that came in chunks. */
  void onWhole(UUID from, byte[] whole, byte @Nullable [] tail, long tookNanos) {
    PeerMessage message = PeerCodec.decode(whole, tail);
    hybridClock.observe(PeerCodec.clock(whole), clock.wallMillis());
    if (message instanceof Chunked) {
      throw new MalformedException("a message in chunks within a message in chunks");
    }
    if (message instanceof Request question
        && question.remainingMillis() <= tookNanos / 1_000_000) {
      requests.tooLate(from, question);
    } else {
      act(from, message);
    }
  }

  private void malformed(UUID from, MalformedException e) {
    counters.malformed++;
    log.warn("a frame from {} could not be read: {}", cluster.name(from), e.getMessage());
  }
}
