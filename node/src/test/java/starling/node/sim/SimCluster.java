package starling.node.sim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.detector.DetectorConfig;
import starling.node.Node;
import starling.node.cluster.NodeId;
import starling.node.config.NodeLimits;
import starling.node.config.NodeSettings;
import starling.node.port.Disk;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties;
import starling.node.request.Condition;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.sim.check.CoverageMark;
import starling.node.sim.check.CoverageMarks;
import starling.node.sim.check.Finding.Kind;
import starling.node.sim.check.Violation;
import starling.node.sim.disk.SimDisk;
import starling.node.sim.fault.Damage;
import starling.node.sim.workload.RequestForms;
import starling.node.version.Content;
import starling.node.version.IdempotencyKey;
import starling.ring.Positions;
import starling.ring.Ring;
import starling.ring.RingNode;
import starling.sim.NetworkFaults;
import starling.sim.SimNetwork;
import starling.sim.Simulation;

/**
 * Whole nodes, all but sockets and HTTP, in one thread on virtual time, with a method for each
 * thing that happens to them. Whatever a test asks runs virtual time until it is answered.
 */
public final class SimCluster {
  private static final long READY_MILLIS = 60_000;

  /** A node looks every two seconds whether others remember more than it does. */
  private static final long LOOKS_BEHIND_NANOS = 3_000_000_000L;

  private static final long ANSWER_MILLIS = 70_000;

  /** What differs between clusters. */
  record Options(
      BucketProperties defaults,
      int partitions,
      int segmentBytes,
      long scrubNanos,
      long meanDiskNanos,
      NetworkFaults weather,
      NodeLimits limits) {
    static final Options PLAIN =
        new Options(
            BucketProperties.DEFAULT,
            16,
            1 << 20,
            0,
            400_000,
            NetworkFaults.NONE,
            NodeLimits.DEFAULT);

    Options withDefaults(BucketProperties properties) {
      return new Options(
          properties, partitions, segmentBytes, scrubNanos, meanDiskNanos, weather, limits);
    }

    Options withWeather(NetworkFaults faults) {
      return new Options(
          defaults, partitions, segmentBytes, scrubNanos, meanDiskNanos, faults, limits);
    }

    /** Nodes keep segments of this size, and read their whole log in so long; 0: never. */
    Options withMaintenance(int bytes, long nanos) {
      return new Options(defaults, partitions, bytes, nanos, meanDiskNanos, weather, limits);
    }

    /** Each task of a node's writer takes this long on average. */
    Options withDisk(long meanNanos) {
      return new Options(
          defaults, partitions, segmentBytes, scrubNanos, meanNanos, weather, limits);
    }

    Options withLimits(NodeLimits bounds) {
      return new Options(
          defaults, partitions, segmentBytes, scrubNanos, meanDiskNanos, weather, bounds);
    }
  }

  private final Simulation sim;
  private final SimNetwork network;
  private final SimWiring wiring;
  private final Options options;
  private final List<SimNode> nodes = new ArrayList<>();
  private final Map<String, SimNode> byAddress = new LinkedHashMap<>();
  private final List<String> halts = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private final CoverageMarks probes = new CoverageMarks();
  private final Damage damage;
  private final Map<String, RequestForms.Origin> contexts = new HashMap<>();
  private long requests;
  private int disks;

  /**
   * Nodes whose directory was changed, and since when each has heard of all others; -1: not yet.
   */
  private final Map<Integer, Long> forgetful = new TreeMap<>();

  SimCluster(long seed, int size) {
    this(seed, size, SimWiring.PLAIN, Options.PLAIN);
  }

  SimCluster(long seed, int size, SimWiring wiring, Options options) {
    this(new Simulation(seed), size, wiring, options);
  }

  SimCluster(Simulation sim, int size, SimWiring wiring, Options options) {
    this.sim = sim;
    this.network = new SimNetwork(sim, options.weather());
    this.wiring = wiring;
    this.options = options;
    this.damage = new Damage(1_000_000_000 + 500 * options.meanDiskNanos());
    for (int i = 0; i < size; i++) {
      SimNode node = new SimNode(this, i);
      nodes.add(node);
      byAddress.put(node.peer.toString(), node);
    }
    for (int i = 0; i < size; i++) {
      restart(i);
    }
  }

  // --- parts

  public Simulation sim() {
    return sim;
  }

  public SimNetwork network() {
    return network;
  }

  SimWiring wiring() {
    return wiring;
  }

  Options options() {
    return options;
  }

  public CoverageMarks probes() {
    return probes;
  }

  public Damage damage() {
    return damage;
  }

  public int size() {
    return nodes.size();
  }

  public SimNode home(int i) {
    return nodes.get(i);
  }

  public Node node(int i) {
    return nodes.get(i).process().node;
  }

  public boolean up(int i) {
    return nodes.get(i).up();
  }

  /** The number of the node with this id. */
  int numberOf(UUID id) {
    return IntStream.range(0, size())
        .filter(i -> nodes.get(i).id.equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no node is " + id));
  }

  SimNode at(String address) {
    SimNode node = byAddress.get(address);
    if (node == null) {
      throw new IllegalStateException("no node has the address " + address);
    }
    return node;
  }

  @Nullable Node running(UUID id) {
    for (SimNode home : nodes) {
      if (home.up() && home.id.equals(id)) {
        return home.process().node;
      }
    }
    return null;
  }

  NodeSettings settings(SimNode home, NodeId known) {
    List<Address> seeds = nodes.stream().limit(3).map(node -> node.peer).toList();
    return new NodeSettings(
        known.id(),
        known.member(),
        home.name,
        "sim",
        home.peer,
        home.http,
        "",
        100,
        "0.1.0",
        seeds,
        options.partitions(),
        options.defaults(),
        options.limits(),
        DetectorConfig.LAN,
        home.acceptsStaleData());
  }

  void onHalt(SimNode home, String reason) {
    halts.add(home.name + ": " + reason);
  }

  /** Nodes that gave up by themselves, with their reasons. */
  List<String> halts() {
    return halts;
  }

  // --- what is done to it

  /** Waits until every node that is up is ready and all know the same ring, with all in it. */
  SimCluster awaitReady() {
    until("the cluster is ready", READY_MILLIS, this::ready);
    return this;
  }

  boolean ready() {
    long ring = 0;
    for (SimNode home : nodes) {
      if (!home.up()) {
        continue;
      }
      Node node = home.process().node;
      if (node.notReady() != null || node.ring().nodes().size() != nodes.size()) {
        return false;
      }
      if (ring != 0 && ring != node.ring().hash()) {
        return false;
      }
      ring = node.ring().hash();
    }
    return true;
  }

  /**
   * Whether every node serves under the same ring. A node that came when the ring held data already
   * waits outside of it, and forwards requests.
   */
  public boolean serving() {
    long ring = 0;
    for (SimNode home : nodes) {
      Node node = home.process().node;
      boolean member = node.ring().contains(home.id);
      boolean founded = node.ring().founded();
      if (!founded || (member && node.notReady() != null)) {
        return false;
      }
      if (ring != 0 && ring != node.ring().hash()) {
        return false;
      }
      ring = node.ring().hash();
    }
    return true;
  }

  /** How many primaries of a key can be reached by somebody. */
  public int primariesUp(String bucket, String key) {
    List<UUID> primaries = primaryIds(bucket, key);
    return (int)
        nodes.stream()
            .filter(home -> home.up() && !home.paused() && primaries.contains(home.id))
            .count();
  }

  /** The primaries of a key in the ring of some node that is up. */
  private List<UUID> primaryIds(String bucket, String key) {
    Ring ring = node(firstUp()).ring();
    int partition = ring.partition(Positions.position(bytes(bucket), bytes(key)));
    return ring.preferenceList(partition, options.defaults().n());
  }

  /** The nodes that keep a key. */
  List<Integer> primaries(String bucket, String key) {
    Set<String> names = new TreeSet<>();
    replicas(firstUp(), bucket, key).replicas().stream()
        .filter(ReplicaReport.Holding::primary)
        .forEach(holding -> names.add(holding.node()));
    return IntStream.range(0, size()).filter(i -> names.contains(home(i).name)).boxed().toList();
  }

  /** All nodes but these. */
  List<Integer> others(List<Integer> nodes) {
    return IntStream.range(0, size()).filter(i -> !nodes.contains(i)).boxed().toList();
  }

  private int firstUp() {
    for (int i = 0; i < size(); i++) {
      if (up(i)) {
        return i;
      }
    }
    throw new IllegalStateException("all nodes are down");
  }

  public void crash(int i) {
    sim.note("crash " + i);
    nodes.get(i).kill();
  }

  public void powerLoss(int i) {
    sim.note("power loss " + i);
    nodes.get(i).losePower();
  }

  public void restart(int i) {
    sim.note("restart " + i);
    try {
      nodes.get(i).start();
    } catch (IOException e) {
      // As a process that ends at its start; the test may try again.
      sim.note(nodes.get(i).name + " does not start: " + e.getMessage());
      probes.hit(CoverageMark.PROCESS_DID_NOT_START);
      failures.add(nodes.get(i).name + ": " + e.getMessage());
    }
  }

  /** A directory was emptied, and a new id was drawn for it. */
  void onNewId(SimNode home, UUID drawn) {
    sim.note(home.name + " is now " + drawn);
  }

  /** Why processes did not start, oldest first. */
  List<String> failures() {
    return failures;
  }

  public void clog(int a, int b, long millis) {
    network.clog(address(a), address(b), millis * 1_000_000);
    network.clog(address(b), address(a), millis * 1_000_000);
  }

  /**
   * Takes the data of a node away, which is killed if it runs, and is to be started again.
   *
   * @param keepId whether the file that says who it is stays
   */
  public void wipe(int i, boolean keepId) {
    sim.note("wipe " + i + (keepId ? " but its id" : ""));
    forgetful.put(i, -1L);
    SimNode home = down(i);
    SimDisk empty = new SimDisk(sim.stream("disk " + home.name + " " + ++disks));
    if (keepId) {
      try {
        byte[] id = home.disk().bytes(NodeId.FILE);
        try (Disk.File file = empty.open(NodeId.FILE)) {
          file.write(ByteBuffer.wrap(id), 0);
          file.fsync();
        }
        empty.forceDirectory("");
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    home.giveDisk(empty);
  }

  /** A copy of a node's directory as it is at this moment, whether the node runs or not. */
  public SimDisk snapshot(int i) {
    return copy(nodes.get(i).disk());
  }

  /**
   * Puts an older copy in the place of a node's directory. The node is killed if it runs, and is to
   * be started again. A snapshot can be put back more than once.
   */
  public void rollBack(int i, SimDisk snapshot) {
    sim.note("roll back " + i);
    forgetful.put(i, -1L);
    down(i).giveDisk(copy(snapshot));
  }

  /**
   * Whether every node knows what it has forgotten, and was refilled. One whose directory was
   * changed cannot know before it has heard of those who remember, and a moment to look at it.
   */
  boolean nobodyForgets() {
    forgetful.replaceAll((i, since) -> hearsOfAll(i) ? sinceNow(since) : -1L);
    forgetful
        .entrySet()
        .removeIf(
            each ->
                each.getValue() >= 0
                    && sim.nanoTime() - each.getValue() > LOOKS_BEHIND_NANOS
                    && node(each.getKey()).statistics().incompletePartitions() == 0);
    return forgetful.isEmpty();
  }

  /** The same of the primaries of one key alone. */
  public boolean primariesRemember(String bucket, String key) {
    if (nobodyForgets()) {
      return true;
    }
    List<UUID> primaries = primaryIds(bucket, key);
    return forgetful.keySet().stream().noneMatch(i -> primaries.contains(nodes.get(i).id));
  }

  private long sinceNow(long since) {
    return since < 0 ? sim.nanoTime() : since;
  }

  /** Of all that own a part of the ring: other nodes remember nothing. */
  private boolean hearsOfAll(int i) {
    if (!up(i)) {
      return false;
    }
    List<UUID> owners = List.of();
    for (int other = 0; other < size(); other++) {
      List<UUID> known =
          up(other)
              ? node(other).ring().nodes().stream().map(RingNode::id).toList()
              : List.<UUID>of();
      owners = known.size() > owners.size() ? known : owners;
    }
    int others = owners.size() - (owners.contains(nodes.get(i).id) ? 1 : 0);
    return others > 0 && node(i).statistics().othersHeard() >= others;
  }

  /**
   * Starts a second process on a copy of a node's directory, at an address of its own. It is none
   * of the numbered nodes.
   */
  SimNode twin(int i, SimDisk snapshot) {
    sim.note("twin of " + i);
    int number = ++disks;
    SimNode twin =
        new SimNode(this, nodes.get(i).name + "-twin" + number, "10.0.1." + number, copy(snapshot));
    byAddress.put(twin.peer.toString(), twin);
    try {
      twin.start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return twin;
  }

  private SimNode down(int i) {
    SimNode home = nodes.get(i);
    if (home.up()) {
      home.kill();
    }
    return home;
  }

  private SimDisk copy(SimDisk original) {
    return original.copy(sim.stream("copy of a disk " + ++disks));
  }

  void cut(int a, int b) {
    network.cut(address(a), address(b));
    network.cut(address(b), address(a));
  }

  public void isolate(int i) {
    for (int other = 0; other < size(); other++) {
      if (other != i) {
        cut(i, other);
      }
    }
  }

  public void healAll() {
    network.healAll();
  }

  public void runFor(long millis) {
    sim.runForMillis(millis);
  }

  public void until(String what, long millis, BooleanSupplier condition) {
    until(Kind.NOT_YET, what, millis, condition);
  }

  /** Lets time pass until the condition holds; the run is wrong in this way if it does not. */
  public void until(Kind otherwise, String what, long millis, BooleanSupplier condition) {
    if (!sim.runUntil(condition, millis)) {
      throw new Violation(
          otherwise, "after " + millis + " ms of virtual time not yet: " + what + why());
    }
  }

  private String why() {
    StringBuilder words = new StringBuilder();
    for (SimNode home : nodes) {
      words.append("\n  ").append(home.name).append(": ");
      if (home.up()) {
        Node node = home.process().node;
        words.append(node.notReady()).append(", ring of ").append(node.ring().nodes().size());
        words.append(", ").append(node.statistics().incompletePartitions()).append(" incomplete");
        words.append(", ").append(node.statistics().hintsHeld()).append(" hints in ");
        words.append(node.statistics().hintPartitions()).append(" partitions");
      } else {
        words.append("down");
      }
    }
    return words.append("\n  halts ").append(halts).toString();
  }

  public String address(int i) {
    return nodes.get(i).peer.toString();
  }

  // --- requests

  ReadOutcome get(int i, String bucket, String key) {
    return get(i, bucket, key, null, RequestOptions.NONE);
  }

  ReadOutcome get(
      int i, String bucket, String key, @Nullable String context, RequestOptions options) {
    return ask(done -> read(i, bucket, key, context, options, done));
  }

  public void read(
      int i,
      String bucket,
      String key,
      @Nullable String context,
      RequestOptions options,
      Consumer<ReadOutcome> done) {
    read(i, request(bucket, key, context, options), done);
  }

  public void read(int i, ReadRequest request, Consumer<ReadOutcome> done) {
    probes.asked(RequestForms.of(request, origin(request.context())));
    SimProcess process = nodes.get(i).process();
    process.outside(
        () ->
            process.node.read(
                request,
                outcome -> {
                  if (outcome instanceof ReadOutcome.Found found) {
                    contexts.put(found.context(), RequestForms.Origin.READ);
                  } else if (outcome instanceof ReadOutcome.Missing missing) {
                    contexts.put(missing.context(), RequestForms.Origin.READ);
                  }
                  done.accept(outcome);
                }));
  }

  public ReadRequest request(
      String bucket, String key, @Nullable String context, RequestOptions options) {
    return new ReadRequest(requestId(), bucket, bytes(key), context, options);
  }

  /** Writes; a context of null is a blind write. */
  WriteOutcome put(int i, String bucket, String key, String value, @Nullable String context) {
    return put(i, bucket, key, value, context, RequestOptions.NONE);
  }

  WriteOutcome put(
      int i,
      String bucket,
      String key,
      String value,
      @Nullable String context,
      RequestOptions options) {
    Content content = Content.json(bytes(value));
    return ask(done -> write(i, bucket, key, content, context, Condition.NONE, options, done));
  }

  WriteOutcome delete(int i, String bucket, String key, @Nullable String context) {
    Content gone = Content.tombstone();
    return ask(
        done -> write(i, bucket, key, gone, context, Condition.NONE, RequestOptions.NONE, done));
  }

  void write(
      int i,
      String bucket,
      String key,
      Content content,
      @Nullable String context,
      Condition condition,
      RequestOptions options,
      Consumer<WriteOutcome> done) {
    write(i, request(bucket, key, content, context, condition, options, null), done);
  }

  public void write(int i, WriteRequest request, Consumer<WriteOutcome> done) {
    probes.asked(
        RequestForms.of(request, origin(request.context()), options.defaults().conflict()));
    SimProcess process = nodes.get(i).process();
    process.outside(
        () ->
            process.node.write(
                request,
                outcome -> {
                  if (outcome instanceof WriteOutcome.Written written) {
                    contexts.put(written.context(), RequestForms.Origin.WRITE);
                  }
                  done.accept(outcome);
                }));
  }

  public WriteRequest request(
      String bucket,
      String key,
      Content content,
      @Nullable String context,
      Condition condition,
      RequestOptions options,
      @Nullable IdempotencyKey name) {
    return request(bucket, key, content, context, condition, options, name, false);
  }

  /** A write that can be sent, more than once if it has a name. */
  public WriteRequest request(
      String bucket,
      String key,
      Content content,
      @Nullable String context,
      Condition condition,
      RequestOptions options,
      @Nullable IdempotencyKey name,
      boolean firstAttempt) {
    return new WriteRequest(
        requestId(), bucket, bytes(key), content, context, condition, options, name, firstAttempt);
  }

  /** What a context was an answer to. */
  private RequestForms.Origin origin(@Nullable String context) {
    if (context == null) {
      return RequestForms.Origin.NONE;
    }
    return context.isEmpty()
        ? RequestForms.Origin.EMPTY
        : contexts.getOrDefault(context, RequestForms.Origin.READ);
  }

  /** Asks what each replica holds, and does not wait. */
  public void askReplicas(int i, String bucket, String key, Runnable done) {
    probes.asked(List.of(RequestForms.REPLICAS));
    SimProcess process = nodes.get(i).process();
    process.outside(
        () ->
            process.node.replicas(
                requestId(), bucket, bytes(key), RequestOptions.NONE, report -> done.run()));
  }

  /** Changes a bucket, and does not wait. */
  public void askBucket(int i, String bucket, BucketChange change) {
    probes.asked(List.of(RequestForms.BUCKET_CHANGE));
    SimProcess process = nodes.get(i).process();
    process.outside(() -> process.node.changeBucket(requestId(), bucket, change, outcome -> {}));
  }

  /** What each replica holds. */
  public ReplicaReport replicas(int i, String bucket, String key) {
    return ask(
        done -> node(i).replicas(requestId(), bucket, bytes(key), RequestOptions.NONE, done));
  }

  BucketOutcome changeBucket(int i, String bucket, BucketChange change) {
    return ask(done -> node(i).changeBucket(requestId(), bucket, change, done));
  }

  /** Asks, and lets time pass until the answer is there. */
  <T> T ask(Consumer<Consumer<T>> question) {
    AtomicReference<@Nullable T> answer = new AtomicReference<>();
    question.accept(
        given -> {
          if (!answer.compareAndSet(null, given)) {
            throw new Violation(
                Kind.ANSWERED_TWICE, "answered twice: " + answer.get() + " and " + given);
          }
        });
    until(Kind.NO_ANSWER, "an answer", ANSWER_MILLIS, () -> answer.get() != null);
    return answer.get();
  }

  private String requestId() {
    return "request-" + requests++;
  }

  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  public static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
