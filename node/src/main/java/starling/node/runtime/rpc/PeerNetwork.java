package starling.node.runtime.rpc;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.datagram.DatagramPacket;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;
import starling.node.port.Clock;
import starling.node.port.Timers;
import starling.node.port.Transport;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/**
 * Connections to all other nodes: one for control and one for data per pair, made by the side that
 * first has something to send, kept open, and made again after they break.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>Before both sides have greeted a node reads only a greeting: it rejects another cluster,
 *       another version and garbage with an explanatory error. Only gossip passes between two
 *       clusters of one name.
 *   <li>When two nodes dial each other at once, the connection stays that the lower id has dialled.
 *   <li>The loss of an accepted frame is reported by {@link Listener#onDisconnected}.
 *   <li>All queues are bounded; a frame that does not fit was surely not sent, and the sender
 *       learns that.
 * </ol>
 *
 * <p>Everything runs on the one event loop of the context it was made with; {@link #listen} and
 * {@link #close} may be called from anywhere, everything else from there only.
 */
public final class PeerNetwork implements Transport {
  private static final Logger log = LoggerFactory.getLogger(PeerNetwork.class);
  private static final long LOOK_NANOS = 250_000_000L;
  private static final int PORT_ATTEMPTS = 5;

  /** A check that runs so late shows a paused loop, not silent peers. */
  private static final long LATE_NANOS = 2_000_000_000L;

  /** Receives messages of other nodes; on the event loop. */
  public interface Listener {
    void onMessage(UUID from, Channel channel, byte[] frame);

    /** Gossip of the node at an address. */
    void onGossip(Address from, byte[] frame);

    /** A datagram of gossip, sent from an address. */
    void onDatagram(Address from, byte[] datagram);

    /** All messages that arrived together were delivered: work deferred for a batch is due. */
    default void onBatchEnd() {}

    default void onConnected(UUID peer, Channel channel) {}

    /**
     * A connection has ended, or one that was to carry frames already taken was not made. Answers
     * may be missing for good.
     */
    void onDisconnected(UUID peer, Channel channel);

    /** No process listens at the address of this node, or another node does. */
    void onUnreachable(UUID peer);

    /** Another process uses this node's id. */
    void onSameId(ProcessIncarnation other);

    /**
     * A peer rejects this process because it holds a connection of a later process of this node's
     * id, which may have ended without the peer's knowledge.
     *
     * @param heardSinceNanos the peer has heard that process at this time or later
     */
    void onLaterLife(ProcessIncarnation other, long heardSinceNanos);
  }

  private final PeerNetworkConfig config;
  private final Context context;
  private final Timers timers;
  private final Identity identity;
  private final HandshakePolicy doorkeeper;
  private final Function<UUID, @Nullable Address> addresses;
  private final Listener listener;
  private final PeerCounters counters = new PeerCounters();
  private final OncePerMinute warnings;
  private final OpenConnections connections;
  private final ConnectionRegistry lines;
  private final Connector dialler;
  private final Acceptor reception;
  private final Vertx vertx;
  private @Nullable NetServer server;

  /** Of the same port as the server. */
  private @Nullable DatagramSocket datagrams;

  // An unreferenced client is collected, and its sockets are closed with it.
  private final NetClient client;
  private final PeerConnection.Events established = new Established();
  private boolean closing;
  private long lookedNanos;

  /**
   * @param advertised the advertised address; its port is set by {@link #listen} if it is 0
   * @param clusterId null while the node is in no cluster; once it is, for good
   * @param life the process incarnation; while the incarnation is 0 the process has not begun and
   *     neither dials nor accepts
   * @param addresses the present address of a node, or null
   * @param jitter a number from 0 to below its argument
   */
  public PeerNetwork(
      Vertx vertx,
      Context context,
      Clock clock,
      Timers timers,
      PeerNetworkConfig config,
      Address advertised,
      Supplier<@Nullable UUID> clusterId,
      Supplier<ProcessIncarnation> life,
      Function<UUID, @Nullable Address> addresses,
      LongUnaryOperator jitter,
      Listener listener) {
    this.config = config;
    this.context = context;
    this.timers = timers;
    this.addresses = addresses;
    this.listener = listener;
    this.identity = new Identity(config.clusterName(), config.self(), clusterId, life, advertised);
    this.doorkeeper = new HandshakePolicy(identity);
    this.warnings = new OncePerMinute(log, clock);
    this.connections =
        new OpenConnections(
            context, clock, timers, counters, config.deadlines().greeting(), this::tooSlow);
    this.lines = new ConnectionRegistry(config.self(), listener);
    this.client =
        vertx.createNetClient(
            new NetClientOptions()
                .setConnectTimeout((int) config.deadlines().connect().toMillis())
                .setTcpNoDelay(true));
    this.dialler =
        new Connector(
            config, client, connections, identity, doorkeeper, lines, addresses, jitter, this);
    this.reception =
        new Acceptor(config.bounds(), connections, identity, doorkeeper, lines, dialler, this);
    this.vertx = vertx;
  }

  /** Begins to listen for connections and datagrams; returns the port of both. */
  public Future<Integer> listen() {
    Promise<Integer> bound = Promise.promise();
    context.runOnContext(
        unused ->
            listen(config.listen().port() == 0 ? PORT_ATTEMPTS : 1, false)
                .map(
                    port -> {
                      identity.listening(port);
                      lookedNanos = connections.now();
                      timers.after(LOOK_NANOS, this::look);
                      return port;
                    })
                .onComplete(bound));
    return bound.future();
  }

  /**
   * A free port for datagrams may be taken for connections: then another is tried. A socket of IPv4
   * cannot listen on an address of IPv6, which a name may be, too; one of IPv6 sends to both.
   */
  private Future<Integer> listen(int attempts, boolean ipv6) {
    String host = config.listen().host();
    DatagramSocket socket = vertx.createDatagramSocket(new DatagramSocketOptions().setIpV6(ipv6));
    datagrams = socket;
    socket.handler(this::onDatagram);
    return socket
        .listen(config.listen().port(), host)
        .compose(
            opened -> {
              int port = opened.localAddress().port();
              NetServer listening =
                  vertx.createNetServer(
                      new NetServerOptions()
                          .setHost(host)
                          .setPort(port)
                          .setTcpNoDelay(true)
                          .setReuseAddress(true));
              server = listening;
              listening.connectHandler(reception::accept);
              return listening.listen().map(NetServer::actualPort);
            })
        .recover(
            failure ->
                socket
                    .close()
                    .transform(
                        closed -> {
                          if (!ipv6 && failure instanceof UnsupportedAddressTypeException) {
                            return listen(attempts, true);
                          }
                          return attempts > 1
                              ? listen(attempts - 1, ipv6)
                              : Future.failedFuture(failure);
                        }));
  }

  /** Announces the end on every connection and stops listening. */
  public Future<Void> close() {
    Promise<Void> closed = Promise.promise();
    context.runOnContext(
        unused -> {
          closing = true;
          dialler.stop();
          reception.stop();
          for (PeerConnection connection : connections.all()) {
            connection.sendLast(Frame.GOODBYE, new byte[0], connections.now());
          }
          Future<Void> ended = datagrams == null ? Future.succeededFuture() : datagrams.close();
          ended
              .eventually(() -> server == null ? Future.succeededFuture() : server.close())
              .eventually(client::close)
              .onComplete(closed);
        });
    return closed.future();
  }

  /** The advertised address of this node. */
  public Address advertised() {
    return identity.advertised();
  }

  // ---- sending

  @Override
  public boolean send(UUID peer, Channel channel, byte[] frame) {
    PeerConnection standing = lines.standing(peer, channel);
    boolean sent;
    if (tooLong(frame) || closing || peer.equals(config.self())) {
      sent = false;
    } else if (standing != null) {
      boolean foreign = doorkeeper.otherCluster(standing.theirCluster()) != null;
      sent = !foreign && standing.send(Frame.MESSAGE, frame, connections.now());
    } else {
      Address address = addresses.apply(peer);
      sent =
          address != null
              && dialler.offer(
                  new ConnectAttempts.Route(channel, address), peer, Frame.MESSAGE, frame);
    }
    counters.framesDropped += sent ? 0 : 1;
    return sent;
  }

  @Override
  public boolean connected(UUID peer, Channel channel) {
    return lines.standing(peer, channel) != null;
  }

  /**
   * Sends gossip to the node at an address, on its control connection; dials if there is none.
   * False means that surely nothing was sent.
   */
  public boolean sendGossip(Address to, byte[] frame) {
    PeerConnection standing = lines.standingAt(to);
    boolean sent;
    if (tooLong(frame) || closing || identity.isAt(to)) {
      sent = false;
    } else if (standing != null) {
      sent = standing.send(Frame.GOSSIP, frame, connections.now());
    } else {
      sent =
          dialler.offer(new ConnectAttempts.Route(Channel.CONTROL, to), null, Frame.GOSSIP, frame);
    }
    counters.framesDropped += sent ? 0 : 1;
    return sent;
  }

  /** Sends a datagram; the sender does not learn whether it arrives. */
  public void sendDatagram(Address to, byte[] datagram) {
    DatagramSocket socket = datagrams;
    if (socket != null && !closing && !identity.isAt(to)) {
      // A name that is not resolved, or an address of another family, is as a lost datagram.
      Future<Void> unused = socket.send(Buffer.buffer(datagram), to.port(), to.host());
    }
  }

  private void onDatagram(DatagramPacket packet) {
    Address from = new Address(packet.sender().hostAddress(), packet.sender().port());
    listener.onDatagram(from, packet.data().getBytes());
  }

  private boolean tooLong(byte[] frame) {
    return frame.length >= config.bounds().frameBytes();
  }

  // ---- established connections

  /** Both sides of a connection have greeted: adds it. */
  void establish(PeerConnection connection, Hello peer) {
    PeerNetworkConfig.Bounds bounds = config.bounds();
    connections.greeted(connection);
    connection.establish(
        peer,
        bounds.frameBytes(),
        peer.channel() == Channel.CONTROL ? bounds.controlQueueBytes() : bounds.dataQueueBytes(),
        peer.channel() == Channel.CONTROL ? Long.MAX_VALUE : bounds.allQueueBytes(),
        established);
    Address known = addresses.apply(peer.node());
    connection.resolved(known == null ? peer.advertised() : known);
    lines.put(connection, connections.now());
  }

  private final class Established implements PeerConnection.Events {
    @Override
    public boolean onFrame(PeerConnection from, int kind, byte[] payload) {
      switch (kind) {
        case Frame.MESSAGE -> onMessage(from, payload);
        case Frame.GOSSIP -> listener.onGossip(from.address(), payload);
        case Frame.KEEP_ALIVE -> {
          // Its arrival is its only meaning.
        }
        case Frame.CLUSTER -> onCluster(from, payload);
        case Frame.GOODBYE -> from.abort();
        default ->
            refuse(
                from,
                doorkeeper.refusal(
                    RejectionReason.MALFORMED, "a frame of kind " + kind + " after the greeting"));
      }
      return !from.ended();
    }

    @Override
    public void onBadLength(PeerConnection from, long length) {
      refuse(from, doorkeeper.tooLong(length));
    }

    @Override
    public void onBatchEnd() {
      listener.onBatchEnd();
    }

    @Override
    public void onEnd(PeerConnection connection) {
      lines.remove(connection);
    }
  }

  private void onMessage(PeerConnection from, byte[] payload) {
    HandshakeRejection foreign = doorkeeper.otherCluster(from.theirCluster());
    if (foreign == null) {
      listener.onMessage(from.node(), from.channel(), payload);
    } else {
      refuse(from, foreign);
    }
  }

  /** The other side has joined a cluster since it greeted. */
  private void onCluster(PeerConnection from, byte[] payload) {
    try {
      BinaryReader in = new BinaryReader(payload);
      UUID theirs = Hello.id(in, "the cluster id");
      in.end("the cluster id");
      from.theyAreIn(theirs);
      HandshakeRejection foreign = doorkeeper.otherCluster(theirs);
      if (foreign != null && from.channel() == Channel.DATA) {
        refuse(from, foreign);
      }
    } catch (MalformedException e) {
      refuse(from, doorkeeper.refusal(RejectionReason.MALFORMED, String.valueOf(e.getMessage())));
    }
  }

  // ---- refusals

  /** Rejects a connection with an explanatory error. */
  void refuse(PeerConnection connection, HandshakeRejection refused) {
    count(refused.reason(), "refused " + connection.remote() + ": " + refused.words());
    connection.sendLast(Frame.REFUSED, refused.encode(), connections.now());
  }

  void count(RejectionReason reason, String words) {
    counters.refused(reason);
    warn(reason, words);
  }

  void warn(RejectionReason reason, String words) {
    if (!reason.ordinary()) {
      warnings.warn(reason, words);
    }
  }

  private void tooSlow(PeerConnection connection) {
    refuse(connection, doorkeeper.refusal(RejectionReason.SLOW, "the greeting took too long"));
  }

  /** A greeting with this node's id came: from this process, or another one. */
  void onSameId(ProcessIncarnation other) {
    if (!other.sameProcess(identity.life())) {
      listener.onSameId(other);
    }
  }

  /**
   * A peer holds a connection of another process of this id, and answered so to a greeting sent at
   * this time. It would have closed a connection that was silent for longer than allowed.
   */
  void onLaterLife(ProcessIncarnation other, long greetedNanos) {
    if (!other.sameProcess(identity.life())) {
      listener.onLaterLife(other, greetedNanos - config.deadlines().silence().toNanos());
    }
  }

  Listener listener() {
    return listener;
  }

  // ---- what time does

  /** Finds silent peers, peers that need a keep-alive, and peers that have moved. */
  private void look() {
    if (closing) {
      return;
    }
    timers.after(LOOK_NANOS, this::look);
    long now = connections.now();
    boolean late = now - lookedNanos > LATE_NANOS;
    lookedNanos = now;
    for (PeerConnection connection : lines.all()) {
      if (!connection.ended()) {
        look(connection, now, late);
      }
    }
    dialler.tidy();
  }

  private void look(PeerConnection connection, long now, boolean late) {
    UUID mine = identity.clusterId();
    HandshakeRejection foreign = doorkeeper.otherCluster(connection.theirCluster());
    Address known = addresses.apply(connection.node());
    if (foreign != null && connection.channel() == Channel.DATA) {
      refuse(connection, foreign);
    } else if (silent(connection)) {
      // After a process pause the frames that arrived meanwhile are read before any peer counts as
      // silent.
      if (!late) {
        log.warn(
            "node {} at {} is silent; its connection is closed",
            connection.node(),
            connection.address());
        connection.abort();
      }
    } else if (known != null && connection.movedTo(known)) {
      connection.sendLast(Frame.GOODBYE, new byte[0], now);
    } else if (mine != null && !mine.equals(connection.toldCluster())) {
      BinaryWriter id = new BinaryWriter(16);
      Hello.id(id, mine);
      if (connection.send(Frame.CLUSTER, id.toBytes(), now)) {
        connection.toldCluster(mine);
      }
    } else if (now - connection.lastSentNanos() > config.deadlines().keepAlive().toNanos()) {
      boolean unused = connection.send(Frame.KEEP_ALIVE, new byte[0], now);
    }
  }

  /** Whether nothing has come for longer than a connection may be silent. */
  boolean silent(PeerConnection connection) {
    long silence = config.deadlines().silence().toNanos();
    return connections.now() - connection.lastHeardNanos() > silence;
  }

  // ---- figures

  /** Open sockets, also those of unknown peers. */
  int openSockets() {
    return connections.all().size();
  }

  public PeerStatistics statistics() {
    return new PeerStatistics(
        lines.count(Channel.CONTROL),
        lines.count(Channel.DATA),
        counters.framesOut,
        counters.framesIn,
        counters.bytesOut,
        counters.bytesIn,
        counters.framesDropped,
        counters.dialsFailed,
        connections.queuedBytes() + dialler.waitingBytes(),
        counters.refused());
  }
}
