package starling.node;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.peer.PeerClient;
import starling.node.peer.PeerRequestHandler;
import starling.node.peer.PendingRequest;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Declined;
import starling.node.peer.message.OtherRing;
import starling.node.peer.message.Request;
import starling.node.peer.message.Response;
import starling.node.port.OutOfMemory;
import starling.node.version.MalformedException;

/**
 * Passes requests of other nodes to their handlers. A request with another ring, or one that this
 * node cannot execute, is declined with a reason, and nothing is done.
 */
final class PeerRequestDispatcher {
  private static final Logger log = LoggerFactory.getLogger(PeerRequestDispatcher.class);

  /** The state of this node in which a request is executed. */
  enum When {
    /** Always: members ask for it while the ring is changed or unknown. */
    ALWAYS,
    /** If both nodes know the same ring, whether this one serves or not. */
    SAME_RING,
    /** When this node serves and both nodes know the same ring. */
    SERVING
  }

  private record Registered<R extends Request>(
      Class<R> type, When when, PeerRequestHandler<R> handler) {
    void handle(Request request, PendingRequest pending) {
      handler.handle(type.cast(request), pending);
    }
  }

  private final ClusterView cluster;
  private final PeerClient peers;
  private final NodeCounters counters;
  private final int maxInFlight;
  private final Map<Class<?>, Registered<?>> handlers = new HashMap<>();
  private final InFlight serving = new InFlight();

  /** Those that need no serving node. They wait for files, and take no room from the others. */
  private final InFlight others = new InFlight();

  /**
   * @param maxInFlight requests that are executed at once, of those that need a serving node and of
   *     the others; more are declined
   */
  PeerRequestDispatcher(
      ClusterView cluster, PeerClient peers, NodeCounters counters, int maxInFlight) {
    this.cluster = cluster;
    this.peers = peers;
    this.counters = counters;
    this.maxInFlight = maxInFlight;
  }

  /** Registers the handler of a class of requests. */
  <R extends Request> void handle(Class<R> type, When when, PeerRequestHandler<R> handler) {
    if (handlers.putIfAbsent(type, new Registered<>(type, when, handler)) != null) {
      throw new IllegalArgumentException("two handlers of " + type.getSimpleName());
    }
  }

  /** As {@link #handle(Class, When, PeerRequestHandler)}, for a node that serves. */
  <R extends Request> void handle(Class<R> type, PeerRequestHandler<R> handler) {
    handle(type, When.SERVING, handler);
  }

  void on(UUID from, Request request) {
    Registered<?> registered = handlers.get(request.getClass());
    if (registered == null) {
      throw new IllegalStateException("no handler for " + request);
    }
    boolean anyState = inAnyState(request, registered.when);
    InFlight inFlight = anyState ? others : serving;
    if (!anyState && !serves(from, request)) {
      return;
    }
    if (inFlight.count >= maxInFlight) {
      decline(
          from, request.call(), DeclineReason.OVERLOADED, "too many requests are under way here");
    } else {
      begin(registered, request, inFlight.begin(from, request.call()));
    }
  }

  private boolean inAnyState(Request request, When when) {
    return when == When.ALWAYS || (when == When.SAME_RING && request.ring() == cluster.ringHash());
  }

  private boolean serves(UUID from, Request request) {
    String notServing = cluster.notServing();
    if (notServing != null) {
      decline(from, request.call(), DeclineReason.NOT_READY, notServing);
      return false;
    }
    if (request.ring() != cluster.ringHash()) {
      counters.ringDifferences++;
      peers.tell(from, new OtherRing(request.call(), cluster.ringFacts().encode()));
      return false;
    }
    return true;
  }

  private void begin(Registered<?> registered, Request request, PendingRequest pending) {
    try {
      registered.handle(request, pending);
    } catch (MalformedException e) {
      pending.decline(DeclineReason.FAILED, "the request could not be read: " + e.getMessage());
      throw e;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("an error ended a request of {}", cluster.name(pending.from()), e);
      pending.decline(DeclineReason.FAILED, "an error inside the node ended the request");
    }
  }

  /**
   * A request that waited here for longer than its caller does is declined, and nothing is done.
   */
  void tooLate(UUID from, Request request) {
    counters.late++;
    decline(from, request.call(), DeclineReason.TOO_LATE, "the request came too late");
  }

  /** Requests that need a serving node and have not ended. */
  int inFlight() {
    return serving.count;
  }

  private void decline(UUID to, long call, DeclineReason reason, String detail) {
    counters.declined++;
    if (call != 0) {
      peers.tell(to, new Declined(call, reason, detail));
    }
  }

  /** Requests that have not ended. */
  private final class InFlight implements PendingRequest.Ending {
    private int count;

    PendingRequest begin(UUID from, long call) {
      count++;
      return new PendingRequest(from, call, this);
    }

    @Override
    public void onEnd() {
      count--;
    }

    @Override
    public void answer(UUID to, Response response) {
      peers.answer(to, response);
    }

    @Override
    public void decline(UUID to, long call, DeclineReason reason, String detail) {
      PeerRequestDispatcher.this.decline(to, call, reason, detail);
    }
  }
}
