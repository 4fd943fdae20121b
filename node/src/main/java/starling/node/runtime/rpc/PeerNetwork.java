package starling.node.runtime.rpc;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.Address;
import starling.gossip.Life;
import starling.node.port.Clock;
import starling.node.port.Transport;
import starling.node.version.MalformedException;

/**
 * Connections to all other nodes: one for control and one for data per pair, made when first needed
 * by whichever side has something to send, kept, and made again after they break.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>Nothing but a greeting is listened to before both sides have greeted: another cluster,
 *       another version and garbage are turned away with words.
 *   <li>When two nodes dial each other at once, the connection stays that the lower id has dialled.
 *   <li>Everything that waits is bounded; what does not fit was surely not sent, and that is said.
 * </ol>
 *
 * <p>Everything runs on the one event loop of the context it was made on.
 */
public final class PeerNetwork implements Transport {
  private static final Logger log = LoggerFactory.getLogger(PeerNetwork.class);

  private static final int GREETING_BYTES = 4096;
  private static final long GREETING_NANOS = 3_000_000_000L;
  private static final long KEEP_ALIVE_NANOS = 5_000_000_000L;
  private static final long SILENCE_NANOS = 20_000_000_000L;
  private static final long LOG_AGAIN_NANOS = 60_000_000_000L;
  private static final int DIAL_MILLIS = 2_000;
  private static final long FIRST_BACKOFF_NANOS = 100_000_000L;
  private static final long LONGEST_BACKOFF_NANOS = 2_000_000_000L;
  private static final int MAX_ADDRESSES = 4096;

  /** Hears what comes from other nodes; on the event loop. */
  public interface Listener {
    void onMessage(UUID from, byte[] frame);

    void onGossip(Address from, byte[] frame);

    /** Answers may be missing for good. */
    void onDisconnected(UUID peer, Channel channel);

    /** Nobody listens at the address of this node. */
    void onUnreachable(UUID peer);

    /** Another process uses this node's id. */
    void onSameId(Life other);
  }

  /** One channel to one node, or for control to an address whose node is not known yet. */
  private final class Line {
    final Channel channel;
    @Nullable PeerConnection connection;
    boolean dialling;
    long backoffNanos;
    long notBeforeNanos = Long.MIN_VALUE;
    final List<byte[]> waiting = new ArrayList<>();
    int waitingBytes;
    int waitingKind;

    Line(Channel channel) {
      this.channel = channel;
    }

    boolean stands() {
      return connection != null && !connection.closed();
    }

    boolean queue(int kind, byte[] frame) {
      if (waitingBytes + frame.length > config.dialQueueBytes() && !waiting.isEmpty()) {
        return false;
      }
      waitingKind = kind;
      waiting.add(frame);
      waitingBytes += frame.length;
      return true;
    }

    /** Hands what has waited to a connection. */
    void drain(PeerConnection to) {
      for (byte[] frame : waiting) {
        if (to.send(waitingKind, frame, now())) {
          counters.framesOut++;
          counters.bytesOut += frame.length;
        } else {
          counters.framesDropped++;
        }
      }
      forget();
    }

    void forget() {
      waiting.clear();
      waitingBytes = 0;
    }

    void failed() {
      dialling = false;
      counters.framesDropped += waiting.size();
      forget();
      backoffNanos =
          Math.min(LONGEST_BACKOFF_NANOS, Math.max(FIRST_BACKOFF_NANOS, 2 * backoffNanos));
      notBeforeNanos = now() + backoffNanos / 2 + jitter.apply(backoffNanos / 2);
    }
  }

  private final PeerNetworkConfig config;
  private final Context context;
  private final Clock clock;
  private final Supplier<@Nullable UUID> clusterId;
  private final Supplier<Life> life;
  private final Function<UUID, @Nullable Address> addresses;
  private final Function<Long, Long> jitter;
  private final Listener listener;
  private final NetServer server;
  private final NetClient client;
  private final PeerCounters counters = new PeerCounters();
  private final Map<UUID, Line> control = new HashMap<>();
  private final Map<UUID, Line> data = new HashMap<>();
  private final Map<Address, Line> unknown = new LinkedHashMap<>();
  private final Map<Address, UUID> byAddress = new LinkedHashMap<>();
  private final Set<PeerConnection> connections = new LinkedHashSet<>();
  private final Map<String, Long> logged = new HashMap<>();
  private final Vertx vertx;
  private Address advertised;
  private boolean closing;
  private int inbound;

  /**
   * @param advertised where others are told to reach this node; its port is set by {@link #listen}
   *     if it is 0
   * @param life the incarnation and life number of this process
   * @param addresses where a node is reached at present, or null
   * @param jitter a number from 0 to below its argument
   */
  public PeerNetwork(
      Vertx vertx,
      Context context,
      Clock clock,
      PeerNetworkConfig config,
      Address advertised,
      Supplier<@Nullable UUID> clusterId,
      Supplier<Life> life,
      Function<UUID, @Nullable Address> addresses,
      Function<Long, Long> jitter,
      Listener listener) {
    this.vertx = vertx;
    this.context = context;
    this.clock = clock;
    this.config = config;
    this.advertised = advertised;
    this.clusterId = clusterId;
    this.life = life;
    this.addresses = addresses;
    this.jitter = jitter;
    this.listener = listener;
    this.server =
        vertx.createNetServer(
            new NetServerOptions()
                .setHost(config.listen().host())
                .setPort(config.listen().port())
                .setTcpNoDelay(true)
                .setReuseAddress(true));
    // A client that nobody holds is collected, and its sockets are closed with it.
    this.client =
        vertx.createNetClient(
            new NetClientOptions().setConnectTimeout(DIAL_MILLIS).setTcpNoDelay(true));
  }

  /** Begins to listen; gives the port. To be called on the event loop. */
  public Future<Integer> listen() {
    server.connectHandler(this::accept);
    long unused = vertx.setPeriodic(1_000, timer -> look());
    return server
        .listen()
        .map(
            listening -> {
              if (advertised.port() == 0) {
                advertised = new Address(advertised.host(), listening.actualPort());
              }
              return listening.actualPort();
            });
  }

  /** Where others are told to reach this node. */
  public Address advertised() {
    return advertised;
  }

  /** Says goodbye on every connection and stops listening. */
  public Future<Void> close() {
    closing = true;
    for (PeerConnection connection : List.copyOf(connections)) {
      connection.sendLast(Frame.GOODBYE, new byte[0], now());
    }
    return server.close().eventually(() -> client.close());
  }

  public PeerCounters counters() {
    return counters;
  }

  /** Connections on which both sides have greeted. */
  public int established(Channel channel) {
    int established = 0;
    for (PeerConnection connection : connections) {
      established +=
          connection.established() && connection.channel() == channel && !connection.closed()
              ? 1
              : 0;
    }
    return established;
  }

  /** Bytes that wait to be written. */
  public long queuedBytes() {
    long queued = 0;
    for (PeerConnection connection : connections) {
      queued += connection.queuedBytes();
    }
    return queued;
  }

  // ---- sending

  @Override
  public boolean send(UUID peer, Channel channel, byte[] frame) {
    return send(line(peer, channel), peer, Frame.MESSAGE, frame);
  }

  @Override
  public boolean connected(UUID peer, Channel channel) {
    Line line = lines(channel).get(peer);
    return line != null && line.stands();
  }

  /** Sends gossip to an address, whoever it is; it may be lost without a word. */
  public void sendGossip(Address to, byte[] frame) {
    if (to.equals(advertised)) {
      return;
    }
    UUID known = byAddress.get(to);
    if (known != null) {
      Line line = line(known, Channel.CONTROL);
      if (line.stands()) {
        boolean unused = send(line, known, Frame.GOSSIP, frame);
        return;
      }
    }
    if (unknown.size() >= MAX_ADDRESSES && !unknown.containsKey(to)) {
      counters.framesDropped++;
      return;
    }
    Line line = unknown.computeIfAbsent(to, unused -> new Line(Channel.CONTROL));
    if (line.dialling) {
      boolean unused = line.queue(Frame.GOSSIP, frame);
    } else if (now() >= line.notBeforeNanos) {
      boolean unused = line.queue(Frame.GOSSIP, frame);
      dial(line, to, null);
    } else {
      counters.framesDropped++;
    }
  }

  private boolean send(Line line, UUID peer, int kind, byte[] frame) {
    PeerConnection connection = line.connection;
    if (connection != null && !connection.closed()) {
      if (connection.send(kind, frame, now())) {
        counters.framesOut++;
        counters.bytesOut += frame.length;
        return true;
      }
      counters.framesDropped++;
      return false;
    }
    if (closing || peer.equals(config.self())) {
      return false;
    }
    if (line.dialling) {
      return line.queue(kind, frame);
    }
    if (now() < line.notBeforeNanos) {
      return false;
    }
    Address address = addresses.apply(peer);
    if (address == null || !line.queue(kind, frame)) {
      return false;
    }
    dial(line, address, peer);
    return true;
  }

  private Map<UUID, Line> lines(Channel channel) {
    return channel == Channel.CONTROL ? control : data;
  }

  private Line line(UUID peer, Channel channel) {
    return lines(channel).computeIfAbsent(peer, unused -> new Line(channel));
  }

  // ---- dialling

  private void dial(Line line, Address address, @Nullable UUID expected) {
    line.dialling = true;
    client
        .connect(address.port(), address.host())
        .onComplete(
            dialled -> {
              if (dialled.failed()) {
                counters.dialsFailed++;
                line.failed();
                if (expected != null) {
                  listener.onUnreachable(expected);
                }
              } else if (closing) {
                var unused = dialled.result().close();
              } else {
                greet(dialled.result(), line, expected);
              }
            });
  }

  private void greet(NetSocket socket, Line line, @Nullable UUID expected) {
    PeerConnection connection =
        open(
            socket,
            true,
            line.channel,
            new PeerConnection.Events() {
              @Override
              public boolean onFrame(PeerConnection from, int kind, byte[] payload) {
                if (from.established()) {
                  return onEstablished(from, kind, payload);
                }
                return onReply(from, line, expected, kind, payload);
              }

              @Override
              public void onOverlong(PeerConnection from, long length) {
                overlong(from, length);
              }

              @Override
              public void onClosed(PeerConnection from) {
                if (!from.established() && line.dialling) {
                  line.failed();
                }
                closed(from);
              }
            });
    boolean unused = connection.send(Frame.HELLO, hello(line.channel).encode(), now());
  }

  private Hello hello(Channel channel) {
    Life present = life.get();
    return new Hello(
        Hello.VERSION,
        Hello.VERSION,
        channel,
        config.clusterName(),
        clusterId.get(),
        config.self(),
        present.incarnation(),
        present.number(),
        advertised);
  }

  /** The answer to our greeting. */
  private boolean onReply(
      PeerConnection from, Line line, @Nullable UUID expected, int kind, byte[] payload) {
    try {
      if (kind == Frame.REFUSED) {
        onRefused(Refused.decode(payload), line, expected, from);
        return false;
      }
      if (kind != Frame.WELCOME) {
        throw new MalformedException("a frame of kind " + kind + " before the greeting");
      }
      Hello peer = Hello.decode(payload);
      String stranger = stranger(peer);
      if (stranger == null && expected != null && !expected.equals(peer.node())) {
        stranger = "the address of " + expected + " now belongs to " + peer.node();
      }
      if (stranger != null) {
        refuseAloud(stranger, from);
        return false;
      }
      line.dialling = false;
      establish(from, peer);
      // Dialled by address: what waited goes out here, and the node's own line is used from now on.
      line.drain(from);
      line.backoffNanos = 0;
      line.notBeforeNanos = now();
      return true;
    } catch (MalformedException e) {
      refuseAloud(e.getMessage(), from);
      return false;
    }
  }

  private void onRefused(Refused refused, Line line, @Nullable UUID expected, PeerConnection from) {
    if (refused.reason() == Refused.Reason.SECOND) {
      // The other side's own connection is on its way: what waits goes out on that one.
      line.dialling = false;
      if (expected == null) {
        line.forget();
      } else if (line.stands() && line.connection != null) {
        line.drain(line.connection);
      }
      return;
    }
    if (refused.reason() == Refused.Reason.SAME_ID) {
      sameId(new Life(Math.max(0, refused.incarnation()), refused.life()));
    } else {
      once("refused by " + from.remote() + ": " + refused.words());
    }
  }

  private void sameId(Life other) {
    if (!other.sameProcess(life.get())) {
      listener.onSameId(other);
    }
  }

  // ---- accepting

  private void accept(NetSocket socket) {
    int ungreeted = 0;
    for (PeerConnection connection : connections) {
      ungreeted += connection.established() || connection.dialled() ? 0 : 1;
    }
    if (closing || inbound >= config.maxInbound() || ungreeted >= config.maxUngreeted()) {
      counters.refused++;
      once("too many connections from other nodes: one more was closed");
      var unused = socket.close();
      return;
    }
    inbound++;
    var unused =
        open(
            socket,
            false,
            Channel.CONTROL,
            new PeerConnection.Events() {
              @Override
              public boolean onFrame(PeerConnection from, int kind, byte[] payload) {
                if (from.established()) {
                  return onEstablished(from, kind, payload);
                }
                return onGreeting(from, kind, payload);
              }

              @Override
              public void onOverlong(PeerConnection from, long length) {
                overlong(from, length);
              }

              @Override
              public void onClosed(PeerConnection from) {
                inbound--;
                closed(from);
              }
            });
  }

  private boolean onGreeting(PeerConnection from, int kind, byte[] payload) {
    try {
      if (kind != Frame.HELLO) {
        throw new MalformedException("a frame of kind " + kind + " before the greeting");
      }
      Hello peer = Hello.decode(payload);
      String stranger = stranger(peer);
      if (stranger != null) {
        Refused.Reason reason =
            peer.node().equals(config.self()) ? Refused.Reason.SAME_ID : Refused.Reason.STRANGER;
        refuse(from, reason, stranger);
        return false;
      }
      Line line = line(peer.node(), peer.channel());
      boolean mineFirst = config.self().compareTo(peer.node()) < 0;
      if (line.dialling && mineFirst) {
        refuse(from, Refused.Reason.SECOND, "this node is dialling too, and has the lower id");
        return false;
      }
      boolean welcome = from.send(Frame.WELCOME, hello(peer.channel()).encode(), now());
      establish(from, peer);
      return welcome;
    } catch (MalformedException e) {
      refuse(from, Refused.Reason.STRANGER, String.valueOf(e.getMessage()));
      return false;
    }
  }

  /** Why a peer is not one of ours, or null. */
  private @Nullable String stranger(Hello peer) {
    if (!peer.clusterName().equals(config.clusterName())) {
      return "this is the cluster '"
          + config.clusterName()
          + "', the peer's is '"
          + peer.clusterName()
          + "'";
    }
    // Gossip may pass, or two clusters would never learn of each other and the later one end.
    if (peer.channel() == Channel.DATA && ofAnotherCluster(peer)) {
      return "two clusters share the name '"
          + config.clusterName()
          + "': this one is "
          + clusterId.get()
          + ", the peer's "
          + peer.clusterId();
    }
    if (peer.node().equals(config.self())) {
      sameId(new Life(Math.max(0, peer.incarnation()), peer.life()));
      return "the caller has the id of this node";
    }
    return null;
  }

  private boolean ofAnotherCluster(Hello peer) {
    UUID mine = clusterId.get();
    return mine != null && peer.clusterId() != null && !mine.equals(peer.clusterId());
  }

  private void refuse(PeerConnection from, Refused.Reason reason, String words) {
    Life present = life.get();
    counters.refused++;
    if (reason == Refused.Reason.STRANGER) {
      once("refused " + from.remote() + ": " + words);
    }
    from.sendLast(
        Frame.REFUSED,
        new Refused(reason, present.incarnation(), present.number(), words).encode(),
        now());
  }

  private void refuseAloud(@Nullable String words, PeerConnection from) {
    counters.refused++;
    once("closed the connection to " + from.remote() + ": " + words);
    from.close();
  }

  // ---- connections

  private PeerConnection open(
      NetSocket socket, boolean dialled, Channel channel, PeerConnection.Events events) {
    PeerConnection connection =
        new PeerConnection(
            socket, context, dialled, channel, GREETING_BYTES, GREETING_BYTES, now(), events);
    connections.add(connection);
    connection.begin(() -> connection.heard(now()));
    return connection;
  }

  private void establish(PeerConnection connection, Hello peer) {
    connection.establish(
        peer,
        config.maxFrameBytes(),
        peer.channel() == Channel.CONTROL ? config.controlQueueBytes() : config.dataQueueBytes());
    Line line = line(peer.node(), connection.channel());
    PeerConnection before = line.connection;
    line.connection = connection;
    line.backoffNanos = 0;
    line.notBeforeNanos = Long.MIN_VALUE;
    if (before != null && before != connection) {
      // The other side would not have dialled anew if it still had the old one.
      before.close();
    }
    if (connection.channel() == Channel.CONTROL) {
      byAddress.values().removeIf(peer.node()::equals);
      if (byAddress.size() < MAX_ADDRESSES) {
        byAddress.put(peer.advertised(), peer.node());
      }
    }
    if (!line.dialling) {
      line.drain(connection);
    }
  }

  private boolean onEstablished(PeerConnection from, int kind, byte[] payload) {
    counters.framesIn++;
    counters.bytesIn += payload.length;
    switch (kind) {
      case Frame.MESSAGE -> {
        if (ofAnotherCluster(from.peer())) {
          refuseAloud("a message from another cluster of the same name", from);
          return false;
        }
        listener.onMessage(from.node(), payload);
      }
      case Frame.GOSSIP -> listener.onGossip(from.address(), payload);
      case Frame.KEEP_ALIVE -> {
        // That it came is all it says.
      }
      case Frame.GOODBYE -> {
        from.close();
        return false;
      }
      default -> {
        refuseAloud("a frame of the unknown kind " + kind, from);
        return false;
      }
    }
    return true;
  }

  private void overlong(PeerConnection from, long length) {
    counters.overlong++;
    refuseAloud("a frame of " + length + " bytes", from);
  }

  private void closed(PeerConnection connection) {
    connections.remove(connection);
    if (!connection.established()) {
      return;
    }
    Line line = line(connection.node(), connection.channel());
    if (line.connection == connection) {
      line.connection = null;
      listener.onDisconnected(connection.node(), connection.channel());
    }
  }

  /** Every second: who has not greeted, who is silent, who should hear that we are here. */
  private void look() {
    long now = now();
    for (PeerConnection connection : List.copyOf(connections)) {
      if (!connection.established()) {
        if (now - connection.openedNanos() > GREETING_NANOS) {
          counters.refused++;
          connection.close();
        }
      } else if (now - connection.lastHeardNanos() > SILENCE_NANOS) {
        once("the connection to " + connection.address() + " was silent for too long");
        connection.close();
      } else if (now - connection.lastSentNanos() > KEEP_ALIVE_NANOS) {
        boolean unused = connection.send(Frame.KEEP_ALIVE, new byte[0], now);
      }
    }
    unknown.values().removeIf(line -> !line.dialling && now - line.notBeforeNanos > SILENCE_NANOS);
  }

  /** Logs a line, the same one at most once a minute. */
  private void once(String line) {
    long now = now();
    Long last = logged.get(line);
    if (last == null || now - last > LOG_AGAIN_NANOS) {
      if (logged.size() > 1_000) {
        logged.clear();
      }
      logged.put(line, now);
      log.warn("{}", line);
    }
  }

  private long now() {
    return clock.nanoTime();
  }
}
