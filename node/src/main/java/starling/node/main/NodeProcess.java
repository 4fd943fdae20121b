package starling.node.main;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;
import starling.node.Node;
import starling.node.NodePorts;
import starling.node.cluster.GossipLink;
import starling.node.cluster.NodeId;
import starling.node.config.MemoryBudget;
import starling.node.config.NodeConfig;
import starling.node.config.NodeLimits;
import starling.node.config.NodeSettings;
import starling.node.config.StorageOptions;
import starling.node.port.DiskFullException;
import starling.node.port.OutOfMemory;
import starling.node.port.Transport.Channel;
import starling.node.runtime.SystemClock;
import starling.node.runtime.SystemRandomness;
import starling.node.runtime.VertxTimers;
import starling.node.runtime.http.HttpApi;
import starling.node.runtime.metrics.Metrics;
import starling.node.runtime.metrics.NodeMetrics;
import starling.node.runtime.rpc.PeerNetwork;
import starling.node.runtime.rpc.PeerNetworkConfig;
import starling.node.runtime.storage.FileDisk;
import starling.node.runtime.storage.StorageThreads;
import starling.node.storage.CorruptRange;
import starling.node.storage.LogStorage;
import starling.node.storage.Storage;
import starling.node.storage.StorageConfig;
import starling.node.storage.StorageFailure;
import starling.node.storage.StorageListener;
import starling.node.storage.StoragePorts;

/**
 * One node as a process: constructs a node, its log, its network and its HTTP API. HTTP listens
 * first, so that health checks are answered while the log is recovered; the node joins its cluster
 * last.
 */
final class NodeProcess {
  private static final Logger log = LoggerFactory.getLogger(NodeProcess.class);
  private static final Duration DRAIN = Duration.ofSeconds(5);
  private static final int START_SECONDS = 600;
  private static final int RECKON_MILLIS = 1000;

  /** Threads for blocking work: name resolution and the output of metrics. */
  static final int WORKERS = 8;

  /** Compaction keeps at least this part of the log alive. */
  private static final double MIN_LIVE = 0.6;

  private final NodeConfig config;
  private final Consumer<String> fatal;
  private final Vertx vertx;
  private final Context loop;
  private final SystemClock clock = new SystemClock();
  private final SystemRandomness randomness = new SystemRandomness();
  private final Metrics metrics = new Metrics();
  private final StartingNode service = new StartingNode();
  private final HttpApi http;
  private @Nullable FileDisk disk;

  /** Written before the loop has a node, then on the loop. */
  private volatile @Nullable DescriptorBudget budget;

  private @Nullable StorageThreads threads;
  private @Nullable Storage storage;
  private @Nullable PeerNetwork network;
  private @Nullable Node node;

  /** Reports of the store before the node existed; on the loop. */
  private @Nullable String noRoom;

  private @Nullable String stall;

  /**
   * @param fatal called from any thread with the reason why the process must end
   */
  NodeProcess(NodeConfig config, Consumer<String> fatal) {
    this.config = config;
    this.fatal = fatal;
    this.vertx = vertx();
    startWorkers(vertx);
    this.loop = vertx.getOrCreateContext();
    this.http = new HttpApi(vertx, loop, config.http(), service, metrics);
  }

  static Vertx vertx() {
    // A thread hop costs more than the work itself: one loop owns a node's state.
    Vertx made =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(WORKERS)
                .setPreferNativeTransport(true));
    return made.exceptionHandler(NodeProcess::onError);
  }

  /**
   * Makes all threads for blocking work, which stay: if a thread could not be made later, a name
   * resolution or a scrape would fail.
   */
  static void startWorkers(Vertx vertx) {
    CountDownLatch all = new CountDownLatch(WORKERS);
    for (int i = 0; i < WORKERS; i++) {
      Future<Boolean> unused =
          vertx.executeBlocking(
              () -> {
                // Each task holds its thread until the last task has one.
                all.countDown();
                return all.await(START_SECONDS, TimeUnit.SECONDS);
              },
              false);
    }
  }

  /** An error ended a task on the loop; the next task runs, unless memory is exhausted. */
  private static void onError(Throwable error) {
    OutOfMemory.endsProcess(error);
    log.error("an error ended a task on the event loop", error);
  }

  /**
   * Starts everything and waits until the node is ready.
   *
   * @param ready called once with the advertised addresses
   * @throws IOException if an address is in use, or the directory cannot be used
   */
  void start(Consumer<String> ready) throws IOException {
    List<String> lowered = config.memory().lowered();
    if (!lowered.isEmpty()) {
      log.info(
          "the heap of {} lowers the bounds of this node: {}; raise -Xmx for the usual bounds",
          MemoryBudget.mib(config.memory().heapBytes()),
          String.join(", ", lowered));
    }
    FileDisk opened = take(config.data());
    disk = opened;
    DescriptorBudget shared = share(opened);
    budget = shared;
    int unusedLimit = onLoop(() -> limitConnections(shared));
    int httpPort =
        await(
            "listen on " + new Address(config.http().host(), config.http().port()), http.listen());
    Address httpAddress =
        config.httpAdvertised() != null
            ? config.httpAdvertised()
            : new Address(config.http().host(), httpPort);
    NodeId known = NodeId.of(opened, randomness.identity());
    UUID id = known.id();
    StorageThreads thread = StorageThreads.start("starling");
    threads = thread;
    // Opened on the loop: from here on that thread owns the log, and no request waits for it yet.
    Storage recovered = onLoop(() -> open(opened, thread, id));
    storage = recovered;
    PeerNetwork peers = onLoop(() -> network(id));
    network = peers;
    int peerPort = await("listen on " + config.peer(), onLoop(peers::listen));
    Address peerAddress = peers.advertised();
    log.info("listening for clients on port {} and for other nodes on port {}", httpPort, peerPort);
    onLoop(
        () -> {
          Node made = node(known, opened, httpAddress, peerAddress, recovered, peers);
          node = made;
          if (noRoom != null) {
            made.onRoomChanged(true, noRoom);
          }
          if (stall != null) {
            made.onStorageStall(stall);
          }
          var unused = new NodeMetrics(metrics, made, recovered, peers);
          long unusedTimer = vertx.setPeriodic(RECKON_MILLIS, timer -> reckonAgain(recovered));
          service.become(made);
          made.start();
          return made;
        });
    String line = "ready name=" + config.name() + " http=" + httpAddress + " peer=" + peerAddress;
    loop.runOnContext(unused -> awaitReady(() -> ready.accept(line)));
  }

  private DescriptorBudget share(FileDisk files) throws IOException {
    int segments = files.list("log").size();
    int wanted = config.http().maxConnections();
    try {
      DescriptorBudget made =
          DescriptorBudget.of(
              DescriptorBudget.limitOfProcess(), DescriptorBudget.openNow(), segments, wanted);
      if (wanted == 0 && made.clients() < DescriptorBudget.MAX_CLIENTS) {
        log.warn(
            "http.maxConnections is {} instead of {}: {}; raise the limit (ulimit -n) for more",
            made.clients(),
            DescriptorBudget.MAX_CLIENTS,
            made.words());
      }
      return made;
    } catch (DescriptorBudget.DoesNotFitException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private int limitConnections(DescriptorBudget shared) {
    http.limitConnections(shared.clients());
    return shared.clients();
  }

  /** The log's segments stay open: when there are many more, fewer clients may connect. */
  private void reckonAgain(Storage store) {
    DescriptorBudget present = budget;
    int segments = store.statistics().segments();
    if (present == null || !present.outgrownBy(segments)) {
      return;
    }
    DescriptorBudget next = present.grownTo(segments);
    budget = next;
    int unused = limitConnections(next);
    if (next.clients() < present.clients()) {
      log.warn(
          "http.maxConnections falls from {} to {} because the log has grown: {}; raise the limit (ulimit -n)",
          present.clients(),
          next.clients(),
          next.words());
    }
  }

  private static FileDisk take(String data) throws IOException {
    try {
      return FileDisk.open(Path.of(data));
    } catch (FileSystemException e) {
      // Its message is no more than the path.
      throw new IOException("the data directory " + data + " cannot be used: " + e, e);
    } catch (InvalidPathException e) {
      throw new IOException("the data directory cannot be used: " + e.getMessage(), e);
    }
  }

  private void awaitReady(Runnable ready) {
    Node present = node;
    if (present != null && present.notReady() == null) {
      ready.run();
    } else {
      long unused = vertx.setTimer(10, timer -> awaitReady(ready));
    }
  }

  private Storage open(FileDisk files, StorageThreads running, UUID id) throws IOException {
    try {
      return recover(files, running, id);
    } catch (DiskFullException e) {
      throw new IOException(
          "the disk is full, and a start must write a little: "
              + e.getMessage()
              + "; free some space, then start again",
          e);
    }
  }

  private Storage recover(FileDisk files, StorageThreads running, UUID id) throws IOException {
    StorageOptions kept = config.storage();
    MemoryBudget memory = config.memory();
    return LogStorage.open(
        files,
        StorageConfig.of(id, bootId())
            .with(
                draft -> {
                  draft.segmentBytes = kept.segmentBytes();
                  draft.hotValueBytes = kept.cacheBytes();
                  draft.queueBytes = memory.logQueueBytes();
                  draft.maxRecordBytes = Math.toIntExact(memory.setBytes()) + (256 << 10);
                  draft.memtableEntries = memory.memtableEntries();
                  draft.rebuildEntries = memory.rebuildEntries();
                  draft.compression = kept::compressionOf;
                  draft.reserveBytes = kept.minFreeBytes();
                  draft.leastLive = MIN_LIVE;
                  draft.compactionBytesPerSecond = kept.compactionBytesPerSecond();
                  draft.scrubNanos = kept.scrubInterval().toNanos();
                }),
        running.with(task -> loop.runOnContext(unused -> task.run())),
        new StoragePorts(new VertxTimers(vertx), clock, randomness.identity()),
        new StorageListener() {
          @Override
          public void failed(StorageFailure failure) {
            Node present = node;
            if (present != null) {
              present.onStorageFailure(failure.reason());
            }
          }

          @Override
          public void roomChanged(boolean full, String reason) {
            noRoom = full ? reason : null;
            Node present = node;
            if (present != null) {
              present.onRoomChanged(full, reason);
            }
          }

          @Override
          public void stallChanged(@Nullable String reason) {
            stall = reason;
            Node present = node;
            if (present != null) {
              present.onStorageStall(reason);
            }
          }

          @Override
          public void operationFailed(String operation, Throwable reason) {
            log.warn(
                "{} failed; the store tries again and serves requests meanwhile: {}",
                operation,
                reason);
          }

          @Override
          public void onCorruptRange(CorruptRange range) {
            Node present = node;
            if (present != null) {
              present.onCorruptRange(range);
            }
          }
        });
  }

  private PeerNetworkConfig.Bounds bounds() {
    PeerNetworkConfig.Bounds bounds =
        PeerNetworkConfig.Bounds.DEFAULT.withAllQueueBytes(config.memory().peerQueueBytes());
    DescriptorBudget shared = budget;
    return shared == null ? bounds : bounds.withInbound(shared.peers(), bounds.ungreeted());
  }

  private PeerNetwork network(UUID id) {
    Address advertised =
        config.peerAdvertised() != null
            ? config.peerAdvertised()
            : new Address(config.peer().host(), config.peer().port());
    return new PeerNetwork(
        vertx,
        loop,
        clock,
        new VertxTimers(vertx),
        PeerNetworkConfig.of(config.clusterName(), id, config.peer()).with(bounds()),
        advertised,
        () -> node == null ? null : node.clusterId(),
        () -> node == null ? new ProcessIncarnation(0, 0) : node.life(),
        peer -> node == null ? null : node.addressOf(peer),
        bound -> bound < 1 ? 0 : randomness.choice().nextLong(bound),
        new PeerNetwork.Listener() {
          @Override
          public void onMessage(UUID from, Channel channel, byte[] frame) {
            if (node != null) {
              node.onMessage(from, frame);
            }
          }

          @Override
          public void onGossip(Address from, byte[] frame) {
            if (node != null) {
              node.onGossip(from, frame);
            }
          }

          @Override
          public void onDatagram(Address from, byte[] datagram) {
            if (node != null) {
              node.onDatagram(from, datagram);
            }
          }

          @Override
          public void onDisconnected(UUID peer, Channel channel) {
            if (node != null) {
              node.onDisconnected(peer, channel);
            }
          }

          @Override
          public void onUnreachable(UUID peer) {
            if (node != null) {
              node.onUnreachable(peer);
            }
          }

          @Override
          public void onSameId(ProcessIncarnation other) {
            if (node != null) {
              node.onSameId(other);
            }
          }

          @Override
          public void onLaterLife(ProcessIncarnation other, long heardSinceNanos) {
            if (node != null) {
              node.onLaterLife(other, heardSinceNanos);
            }
          }
        });
  }

  private Node node(
      NodeId known,
      FileDisk files,
      Address httpAddress,
      Address peerAddress,
      Storage recovered,
      PeerNetwork peers) {
    MemoryBudget memory = config.memory();
    NodeSettings settings =
        new NodeSettings(
            known.id(),
            known.member(),
            config.name(),
            config.clusterName(),
            peerAddress,
            httpAddress,
            config.zone(),
            config.weight(),
            Starling.version(),
            config.seeds(),
            config.partitions(),
            config.defaults(),
            new NodeLimits(
                    config.requestsInFlight(),
                    NodeLimits.DEFAULT.callsInFlight(),
                    config.hedgeDelayMillis(),
                    config.queueDelayMillis(),
                    config.hintBytes(),
                    config.hintAge().toMillis())
                .with(
                    new NodeLimits.Memory(
                        memory.waitingBytes(),
                        memory.forwardedBytes(),
                        memory.readBytes(),
                        memory.writeBytes(),
                        Math.toIntExact(memory.setBytes()))),
            config.gossip().detection(),
            config.acceptStaleData());
    NodePorts ports =
        new NodePorts(
            clock,
            new VertxTimers(vertx),
            randomness,
            peers,
            new GossipLink() {
              @Override
              public void send(Address to, byte[] frame) {
                boolean unused = peers.sendGossip(to, frame);
              }

              @Override
              public void sendDatagram(Address to, byte[] datagram) {
                peers.sendDatagram(to, datagram);
              }

              @Override
              public void resolve(List<Address> names) {
                names.forEach(NodeProcess.this::resolve);
              }
            },
            done -> noteMember(known, files, done),
            recovered);
    return new Node(settings, ports, fatal);
  }

  private void noteMember(NodeId known, FileDisk files, Consumer<@Nullable IOException> done) {
    vertx
        .executeBlocking(
            () -> {
              known.noteMember(files);
              return known;
            },
            false)
        .onSuccess(noted -> loop.runOnContext(unused -> done.accept(null)))
        .onFailure(
            e -> {
              OutOfMemory.endsProcess(e);
              loop.runOnContext(unused -> done.accept(new IOException(e)));
            });
  }

  /** Names are resolved again each time, off the loop: a resolver may take seconds. */
  private void resolve(Address name) {
    vertx
        .executeBlocking(() -> lookUp(name), false)
        .onFailure(OutOfMemory::endsProcess)
        .onComplete(
            found -> {
              if (node != null) {
                node.onResolved(name, found.succeeded() ? found.result() : List.of());
              }
            });
  }

  private static List<Address> lookUp(Address name) {
    List<Address> found = new ArrayList<>();
    try {
      for (InetAddress address : InetAddress.getAllByName(name.host())) {
        found.add(new Address(address.getHostAddress().replaceAll("%.*", ""), name.port()));
      }
    } catch (UnknownHostException e) {
      log.debug("the name {} has no address; check it and the resolver", name.host());
    }
    return found;
  }

  /**
   * Identifies this boot of the machine, to distinguish a killed process from a lost page cache.
   */
  private static String bootId() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** Drains and stops everything; returns when the log is closed. */
  void stop() {
    try {
      await("drain", http.shutdown(DRAIN));
      Node present = node;
      if (present != null) {
        onLoop(
            () -> {
              present.stop();
              return present;
            });
      }
      PeerNetwork peers = network;
      if (peers != null) {
        await("close the connections", onLoop(peers::close));
      }
      Storage open = storage;
      if (open != null) {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        loop.runOnContext(unused -> open.close(() -> closed.complete(null)));
        closed.get(3, TimeUnit.SECONDS);
      }
      StorageThreads thread = threads;
      if (thread != null) {
        thread.close();
      }
      FileDisk files = disk;
      if (files != null) {
        files.close();
      }
    } catch (IOException | ExecutionException | TimeoutException e) {
      log.warn("the node did not stop cleanly: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops the node of a process that goes on, and ends its threads too. */
  void close() {
    stop();
    try {
      var unused = await("end the threads", vertx.close());
    } catch (IOException e) {
      log.warn("threads of the node go on: {}", e.toString());
    }
  }

  private <T> T onLoop(Callable<T> task) throws IOException {
    CompletableFuture<T> done = new CompletableFuture<>();
    loop.runOnContext(
        unused -> {
          try {
            done.complete(task.call());
          } catch (Throwable e) {
            OutOfMemory.endsProcess(e);
            done.completeExceptionally(e);
          }
        });
    return await("start", Future.fromCompletionStage(done));
  }

  private static <T> T await(String what, Future<T> future) throws IOException {
    try {
      return future.toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      OutOfMemory.endsProcess(cause);
      if (cause instanceof IOException io) {
        throw new IOException("cannot " + what + ": " + io.getMessage(), io);
      }
      throw new IOException("cannot " + what + ": " + cause, cause);
    } catch (TimeoutException e) {
      throw new IOException("cannot " + what + " in " + START_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
