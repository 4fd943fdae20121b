package starling.node.runtime.rpc;

import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.node.port.OutOfMemory;
import starling.node.port.Transport.Channel;
import starling.node.version.MalformedException;

/**
 * Makes connections when there is something to send: one try at a time per address and channel,
 * pauses that grow between failures, and a small queue of frames that wait for the connection.
 *
 * <p>A waiting frame counts as accepted and may be lost like any other. So a message waits only for
 * a first try, and for a second at most; once a try has failed, messages are rejected until one has
 * succeeded, and their senders may try another node. Gossip may wait for any try, because no
 * request depends on it.
 */
final class Connector {
  private static final long FORGET_NANOS = 30_000_000_000L;

  private final PeerNetworkConfig config;
  private final NetClient client;
  private final OpenConnections connections;
  private final Identity identity;
  private final HandshakePolicy doorkeeper;
  private final ConnectionRegistry lines;
  private final Function<UUID, @Nullable Address> addresses;
  private final LongUnaryOperator jitter;
  private final PeerNetwork network;
  private final Map<ConnectAttempts.Route, ConnectAttempts> dials = new LinkedHashMap<>();
  private boolean stopped;

  Connector(
      PeerNetworkConfig config,
      NetClient client,
      OpenConnections connections,
      Identity identity,
      HandshakePolicy doorkeeper,
      ConnectionRegistry lines,
      Function<UUID, @Nullable Address> addresses,
      LongUnaryOperator jitter,
      PeerNetwork network) {
    this.config = config;
    this.client = client;
    this.connections = connections;
    this.identity = identity;
    this.doorkeeper = doorkeeper;
    this.lines = lines;
    this.addresses = addresses;
    this.jitter = jitter;
    this.network = network;
  }

  /**
   * Accepts a frame for a node that is not connected, and dials.
   *
   * @param node null if it is for any node that answers at the address
   * @return false if the frame was surely not sent
   */
  boolean offer(ConnectAttempts.Route route, @Nullable UUID node, int kind, byte[] payload) {
    if (stopped || !identity.begun() || identity.isAt(route.address())) {
      return false;
    }
    ConnectAttempts dial = dials.get(route);
    if (dial == null) {
      if (dials.size() >= config.bounds().dials()) {
        return false;
      }
      dial = made(route);
      dials.put(route, dial);
    }
    boolean mayWait = node == null || !dial.backoff.failing();
    if (dial.step != ConnectAttempts.Step.RESTING) {
      return mayWait && dial.offer(node, kind, payload);
    }
    if (!dial.backoff.over(connections.now())) {
      return false;
    }
    dial.open = true;
    dial.expected = node;
    boolean taken = mayWait && dial.offer(node, kind, payload);
    start(dial);
    return taken;
  }

  private ConnectAttempts made(ConnectAttempts.Route route) {
    PeerNetworkConfig.Bounds bounds = config.bounds();
    PeerNetworkConfig.Deadlines deadlines = config.deadlines();
    return new ConnectAttempts(
        route,
        new WaitingFrames(bounds.dialQueueFrames(), bounds.dialQueueBytes()),
        new Backoff(deadlines.leastPause().toNanos(), deadlines.mostPause().toNanos(), jitter));
  }

  private void start(ConnectAttempts dial) {
    dial.step = ConnectAttempts.Step.CONNECTING;
    int turn = ++dial.turn;
    connections.after(
        config.deadlines().waiting(),
        () -> {
          if (dial.turn == turn) {
            waitedLongEnough(dial);
          }
        });
    Address address = dial.route.address();
    client
        .connect(address.port(), address.host())
        .onComplete(
            connected -> {
              boolean wanted = dial.turn == turn && !stopped;
              if (connected.succeeded() && wanted) {
                greet(dial, connected.result());
              } else if (connected.succeeded()) {
                var unused = connected.result().close();
              } else if (wanted) {
                OutOfMemory.endsProcess(connected.cause());
                connections.counters().dialsFailed++;
                UUID expected = dial.expected;
                fail(dial);
                if (expected != null && refused(connected.cause())) {
                  network.listener().onUnreachable(expected);
                }
              }
            });
  }

  /** A timeout, an unknown name or a lack of sockets says nothing of the process there. */
  private static boolean refused(Throwable failure) {
    return failure instanceof ConnectException && !(failure instanceof ConnectTimeoutException);
  }

  /** Drops the waiting frames; the try goes on, unless it only waited for the other side's. */
  private void waitedLongEnough(ConnectAttempts dial) {
    dial.open = false;
    if (dial.step == ConnectAttempts.Step.YIELDED) {
      fail(dial);
    } else {
      lose(dial, dial.waiting.take());
    }
  }

  private void greet(ConnectAttempts dial, NetSocket socket) {
    dial.step = ConnectAttempts.Step.GREETING;
    PeerConnection connection =
        connections.open(
            socket,
            true,
            new PeerConnection.Events() {
              @Override
              public boolean onFrame(PeerConnection from, int kind, byte[] payload) {
                return onReply(dial, from, kind, payload);
              }

              @Override
              public void onBadLength(PeerConnection from, long length) {
                network.refuse(from, doorkeeper.tooLong(length));
              }

              @Override
              public void onBatchEnd() {
                network.listener().onBatchEnd();
              }

              @Override
              public void onEnd(PeerConnection from) {
                if (dial.connection == from) {
                  fail(dial);
                }
              }
            });
    dial.connection = connection;
    Hello hello = identity.greeting(dial.route.channel());
    dial.greetedNanos = connections.now();
    connection.greeted(hello);
    boolean unused = connection.send(Frame.HELLO, hello.encode(), connections.now());
  }

  // ---- the answer

  private boolean onReply(ConnectAttempts dial, PeerConnection from, int kind, byte[] payload) {
    switch (kind) {
      case Frame.WELCOME -> onWelcome(dial, from, payload);
      case Frame.REFUSED -> onRefused(dial, from, payload);
      default ->
          network.refuse(
              from,
              doorkeeper.refusal(
                  RejectionReason.MALFORMED, "a frame of kind " + kind + " answers a greeting"));
    }
    return !from.ended();
  }

  private void onWelcome(ConnectAttempts dial, PeerConnection from, byte[] payload) {
    HandshakePolicy.Decision verdict = doorkeeper.judge(payload);
    HandshakeRejection refused =
        verdict.refused() == null ? unexpected(dial, verdict) : verdict.refused();
    if (refused != null) {
      reject(dial, from, verdict.hello(), refused);
      return;
    }
    Hello peer = verdict.welcome();
    PeerConnection kept = lines.standing(peer.node(), peer.channel());
    if (kept == null || lines.mayStand(from.greetings(from.mine(), peer), peer)) {
      dial.connection = null;
      network.establish(from, peer);
      kept = from;
    }
    if (peer.channel() == Channel.CONTROL) {
      // Otherwise each gossip message to a seed under another name would make another connection.
      lines.reachedAt(dial.route.address(), peer.node());
    }
    settle(dial, kept);
  }

  private void reject(
      ConnectAttempts dial, PeerConnection from, @Nullable Hello peer, HandshakeRejection refused) {
    if (refused.reason() == RejectionReason.SAME_ID && peer != null) {
      network.onSameId(peer.life());
    }
    UUID expected = dial.expected;
    network.refuse(from, refused);
    if (refused.reason() == RejectionReason.WRONG_NODE && expected != null) {
      network.listener().onUnreachable(expected);
    }
  }

  private @Nullable HandshakeRejection unexpected(
      ConnectAttempts dial, HandshakePolicy.Decision verdict) {
    Hello peer = verdict.welcome();
    if (!dial.mayReach(peer.node())) {
      return doorkeeper.refusal(
          RejectionReason.WRONG_NODE,
          dial.route.address() + " is " + peer.node() + ", not " + dial.expected);
    }
    if (peer.channel() != dial.route.channel()) {
      return doorkeeper.refusal(
          RejectionReason.MALFORMED, "the answer is for channel " + peer.channel());
    }
    return null;
  }

  private void onRefused(ConnectAttempts dial, PeerConnection from, byte[] payload) {
    HandshakeRejection refused;
    try {
      refused = HandshakeRejection.decode(payload);
    } catch (MalformedException e) {
      network.refuse(
          from, doorkeeper.refusal(RejectionReason.MALFORMED, String.valueOf(e.getMessage())));
      return;
    }
    switch (refused.reason()) {
      case SECOND -> {
        dial.connection = null;
        from.abort();
        dial.step = ConnectAttempts.Step.YIELDED;
        UUID node = dial.expected;
        PeerConnection standing =
            node == null
                ? lines.standingAt(dial.route.address())
                : lines.standing(node, dial.route.channel());
        if (standing != null) {
          settle(dial, standing);
        } else if (!dial.open) {
          fail(dial);
        }
      }
      case SAME_ID -> {
        from.abort();
        if (refused.life().sameProcess(identity.life())) {
          identity.metItselfAt(dial.route.address());
        } else {
          network.onSameId(refused.life());
        }
      }
      case EARLIER_LIFE -> {
        from.abort();
        network.onLaterLife(refused.life(), dial.greetedNanos);
      }
      default -> {
        network.warn(
            refused.reason(), "rejected by " + from.remote() + ": " + refused.printableWords());
        from.abort();
      }
    }
  }

  // ---- ends

  private void fail(ConnectAttempts dial) {
    dial.backoff.failed(connections.now());
    rest(dial);
    lose(dial, dial.waiting.take());
  }

  private void rest(ConnectAttempts dial) {
    dial.turn++;
    dial.step = ConnectAttempts.Step.RESTING;
    dial.open = false;
    dial.restingSinceNanos = connections.now();
    PeerConnection own = dial.connection;
    dial.connection = null;
    if (own != null) {
      own.sendLast(Frame.GOODBYE, new byte[0], connections.now());
    }
  }

  /** A connection is established by either side: the waiting frames go out on it. */
  private void settle(ConnectAttempts dial, PeerConnection connection) {
    rest(dial);
    dials.remove(dial.route);
    List<WaitingFrames.Waiting> lost = new ArrayList<>();
    for (WaitingFrames.Waiting frame : dial.waiting.take()) {
      boolean meant = frame.node() == null || frame.node().equals(connection.node());
      if (!meant || !connection.send(frame.kind(), frame.payload(), connections.now())) {
        lost.add(frame);
      }
    }
    lose(dial, lost);
  }

  private void lose(ConnectAttempts dial, List<WaitingFrames.Waiting> frames) {
    connections.counters().framesDropped += frames.size();
    Set<UUID> concerned = new LinkedHashSet<>();
    for (WaitingFrames.Waiting frame : frames) {
      if (frame.node() != null) {
        concerned.add(frame.node());
      }
    }
    concerned.forEach(node -> network.listener().onDisconnected(node, dial.route.channel()));
  }

  // ---- effects of the other side's connections on the dials of this one

  /** Whether this node has greeted a caller too, on a connection whose answer is still to come. */
  boolean hasGreeted(Hello caller) {
    return towards(caller).stream().anyMatch(dial -> dial.step == ConnectAttempts.Step.GREETING);
  }

  /** The other side's connection is established: the dials towards it are no longer needed. */
  void overtaken(PeerConnection by) {
    towards(by.theirs()).forEach(dial -> settle(dial, by));
  }

  private List<ConnectAttempts> towards(Hello node) {
    List<ConnectAttempts> found = new ArrayList<>(2);
    ConnectAttempts advertised =
        dials.get(new ConnectAttempts.Route(node.channel(), node.advertised()));
    if (advertised != null && advertised.mayReach(node.node())) {
      found.add(advertised);
    }
    Address known = addresses.apply(node.node());
    if (known != null && !known.equals(node.advertised())) {
      ConnectAttempts other = dials.get(new ConnectAttempts.Route(node.channel(), known));
      if (other != null && node.node().equals(other.expected)) {
        found.add(other);
      }
    }
    return found;
  }

  long waitingBytes() {
    return dials.values().stream().mapToLong(dial -> dial.waiting.bytes()).sum();
  }

  /** Forgets addresses that were not needed for a while. */
  void tidy() {
    long now = connections.now();
    dials
        .values()
        .removeIf(
            dial ->
                dial.step == ConnectAttempts.Step.RESTING
                    && now - dial.restingSinceNanos > FORGET_NANOS);
  }

  void stop() {
    stopped = true;
  }
}
