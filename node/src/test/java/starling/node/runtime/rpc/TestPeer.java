package starling.node.runtime.rpc;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;
import starling.node.port.Transport.Channel;
import starling.node.runtime.SystemClock;
import starling.node.runtime.VertxTimers;

/** One end of the network between nodes, on a loop of its own, and all that it has heard. */
final class TestPeer implements AutoCloseable, PeerNetwork.Listener {
  static final String CLUSTER = "test";

  /** Addresses that all peers of a test know, as a member list would give them. */
  static final class Directory extends ConcurrentHashMap<UUID, Address> {
    private static final long serialVersionUID = 1;
  }

  private static final Address ANY = new Address("127.0.0.1", 0);

  final UUID id;
  final ProcessIncarnation life;
  final PeerNetwork network;
  final int port;
  final List<String> messages = new CopyOnWriteArrayList<>();
  final List<String> gossip = new CopyOnWriteArrayList<>();
  final List<String> datagrams = new CopyOnWriteArrayList<>();
  final List<String> events = new CopyOnWriteArrayList<>();
  final AtomicInteger batches = new AtomicInteger();
  final Map<UUID, Address> directory;
  volatile @Nullable UUID cluster;
  volatile boolean failing;
  private final Vertx vertx;
  private final Context context;

  private TestPeer(
      UUID id,
      ProcessIncarnation life,
      @Nullable UUID cluster,
      Directory directory,
      UnaryOperator<PeerNetworkConfig> change,
      Address listen) {
    this.id = id;
    this.life = life;
    this.cluster = cluster;
    this.directory = directory;
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
    context = vertx.getOrCreateContext();
    SplittableRandom random = new SplittableRandom(id.getLeastSignificantBits());
    network =
        new PeerNetwork(
            vertx,
            context,
            new SystemClock(),
            new VertxTimers(vertx),
            change.apply(PeerNetworkConfig.of(CLUSTER, id, listen)),
            listen,
            () -> this.cluster,
            () -> life,
            directory::get,
            random::nextLong,
            this);
    this.port = await(network.listen());
    directory.put(id, network.advertised());
  }

  /** A peer whose id begins with this number, so that tests can say whose is lower. */
  static TestPeer start(int number, Directory directory) {
    return start(number, directory, c -> c);
  }

  static TestPeer start(int number, Directory directory, UnaryOperator<PeerNetworkConfig> change) {
    return new TestPeer(
        id(number), new ProcessIncarnation(1, number), null, directory, change, ANY);
  }

  static TestPeer inCluster(int number, UUID cluster, Directory directory) {
    return new TestPeer(
        id(number), new ProcessIncarnation(1, number), cluster, directory, c -> c, ANY);
  }

  /** A peer that listens on this host. */
  static TestPeer at(String host, int number, Directory directory) {
    return new TestPeer(
        id(number),
        new ProcessIncarnation(1, number),
        null,
        directory,
        c -> c,
        new Address(host, 0));
  }

  static TestPeer living(int number, ProcessIncarnation life, Directory directory) {
    return new TestPeer(id(number), life, null, directory, c -> c, ANY);
  }

  /** The next process of this peer, at the same address. */
  TestPeer again(Directory directory) {
    return new TestPeer(
        id,
        new ProcessIncarnation(life.incarnation() + 1, life.processNonce() + 1),
        cluster,
        directory,
        c -> c,
        address());
  }

  static UUID id(int number) {
    return new UUID(number, 7);
  }

  Address address() {
    return network.advertised();
  }

  boolean send(TestPeer to, Channel channel, String text) {
    return send(to.id, channel, text.getBytes(StandardCharsets.UTF_8));
  }

  boolean send(UUID to, Channel channel, byte[] frame) {
    return onLoop(() -> network.send(to, channel, frame));
  }

  boolean gossip(Address to, String text) {
    return onLoop(() -> network.sendGossip(to, text.getBytes(StandardCharsets.UTF_8)));
  }

  void datagram(Address to, String text) {
    boolean unused =
        onLoop(
            () -> {
              network.sendDatagram(to, text.getBytes(StandardCharsets.UTF_8));
              return true;
            });
  }

  boolean connected(TestPeer to, Channel channel) {
    return onLoop(() -> network.connected(to.id, channel));
  }

  boolean connectedTo(int number, Channel channel) {
    return onLoop(() -> network.connected(id(number), channel));
  }

  PeerStatistics statistics() {
    return onLoop(network::statistics);
  }

  <T> T onLoop(Callable<T> task) {
    CompletableFuture<T> done = new CompletableFuture<>();
    context.runOnContext(
        unused -> {
          try {
            done.complete(task.call());
          } catch (Exception e) {
            done.completeExceptionally(e);
          }
        });
    return done.orTimeout(10, TimeUnit.SECONDS).join();
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }

  @Override
  public void onMessage(UUID from, Channel channel, byte[] frame) {
    if (failing) {
      throw new IllegalStateException("planted");
    }
    messages.add(
        from.getMostSignificantBits()
            + " "
            + channel
            + " "
            + new String(frame, StandardCharsets.UTF_8));
  }

  @Override
  public void onGossip(Address from, byte[] frame) {
    gossip.add(from + " " + new String(frame, StandardCharsets.UTF_8));
  }

  @Override
  public void onDatagram(Address from, byte[] datagram) {
    datagrams.add(from + " " + new String(datagram, StandardCharsets.UTF_8));
  }

  @Override
  public void onBatchEnd() {
    batches.incrementAndGet();
  }

  @Override
  public void onConnected(UUID peer, Channel channel) {
    events.add("connected " + peer.getMostSignificantBits() + " " + channel);
  }

  @Override
  public void onDisconnected(UUID peer, Channel channel) {
    events.add("disconnected " + peer.getMostSignificantBits() + " " + channel);
  }

  @Override
  public void onUnreachable(UUID peer) {
    events.add("unreachable " + peer.getMostSignificantBits());
  }

  @Override
  public void onSameId(ProcessIncarnation other) {
    events.add("same id " + other.processNonce());
  }

  @Override
  public void onLaterLife(ProcessIncarnation other, long heardSinceNanos) {
    events.add("later life " + other.processNonce());
  }

  /** Ends silently, as a killed process does. */
  void kill() {
    await(vertx.close());
  }

  @Override
  public void close() {
    await(network.close());
    await(vertx.close());
  }
}
