package starling.node.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.Action;
import starling.gossip.Address;
import starling.gossip.ClusterIdentity;
import starling.gossip.Farewell;
import starling.gossip.Gossip;
import starling.gossip.GossipCodec;
import starling.gossip.GossipConfig;
import starling.gossip.GossipFormatException;
import starling.gossip.GossipMessage;
import starling.gossip.Life;
import starling.gossip.Member;
import starling.gossip.Standing;
import starling.gossip.Status;
import starling.node.config.NodeSettings;
import starling.node.peer.PeerCodec;
import starling.node.port.Clock;
import starling.node.port.Contained;
import starling.node.port.OutOfMemory;
import starling.node.port.Randomness;
import starling.node.port.Timers;
import starling.node.request.MemberView;
import starling.node.storage.Completion;
import starling.node.storage.Storage;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.ContextKeys;
import starling.node.version.MalformedException;
import starling.ring.NodeFact;
import starling.ring.Phase;
import starling.ring.RingFacts;
import starling.ring.RingNode;

/**
 * The shell around gossip: carries out what it decides, keeps on disk what must outlive the
 * process, and tells the cluster view what has changed once it is durable.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>The incarnation is durable before anybody hears of it.
 *   <li>A fact takes effect on this node only when it is durable here.
 *   <li>A cluster identity, once durable, is never exchanged for another.
 * </ol>
 */
public final class Membership implements Action.Shell {
  private static final Logger log = LoggerFactory.getLogger(Membership.class);

  private static final String INCARNATION = "incarnation";
  private static final String CLUSTER = "cluster";
  private static final String FACTS = "facts";
  private static final String PEERS = "peers";
  private static final int FORMAT = 1;

  /** What nodes say of themselves comes often; it is written this seldom. */
  private static final long WORDS_NANOS = 10_000_000_000L;

  private static final long RETRY_NANOS = 1_000_000_000L;

  /** Hears of what has changed, once it is durable. */
  public interface Listener {
    void onFact(String name, byte[] value);

    void onMember(Member member, @Nullable Status from, Status to);
  }

  private final NodeSettings settings;
  private final Storage storage;
  private final Clock clock;
  private final Timers timers;
  private final Randomness randomness;
  private final GossipLink link;
  private final OwnId ownId;
  private final Listener listener;
  private final Consumer<String> halt;
  private final Facts merge = new Facts();
  private final SortedMap<String, byte[]> pledged = new TreeMap<>();
  private @Nullable Gossip gossip;
  private long highestIncarnation;
  private long begunNanos;
  private long nextKeyCheckMillis;
  private boolean wordsDue;
  private long nextWordsNanos = Long.MIN_VALUE;

  public Membership(
      NodeSettings settings,
      Storage storage,
      Clock clock,
      Timers timers,
      Randomness randomness,
      GossipLink link,
      OwnId ownId,
      Listener listener,
      Consumer<String> halt) {
    this.settings = settings;
    this.storage = storage;
    this.clock = clock;
    this.timers = timers;
    this.randomness = randomness;
    this.link = link;
    this.ownId = ownId;
    this.listener = listener;
    this.halt = halt;
  }

  // ---- life

  public void start() {
    for (String name : storage.recovery().damagedMeta()) {
      if (name.equals(INCARNATION) || name.equals(CLUSTER)) {
        halt.accept("the file " + name + " of the data directory is damaged");
        return;
      }
      log.error("the file {} of the data directory is damaged and will be made anew", name);
    }
    byte[] kept = storage.meta(INCARNATION);
    long incarnation = 1 + (kept == null ? 0 : number(kept));
    saveIncarnation(incarnation, () -> begin(incarnation));
  }

  private void begin(long incarnation) {
    Life life = new Life(incarnation, randomness.identity().nextLong());
    Member self =
        new Member(
            settings.id(),
            life,
            settings.name(),
            settings.peer(),
            settings.http(),
            settings.zone(),
            settings.weight(),
            settings.version(),
            PeerCodec.FORMAT);
    Gossip begun =
        new Gossip(GossipConfig.of(settings.clusterName()), self, randomness.choice(), new Facts());
    begun.watch(Facts.SHOWN + settings.id());
    gossip = begun;
    begunNanos = clock.nanoTime();
    byte[] cluster = storage.meta(CLUSTER);
    if (cluster == null) {
      if (settings.wasMember()) {
        log.warn(
            "this node has been in a cluster and does not know which: it founds none as long as a"
                + " seed is silent, and joins the one that a seed is in; to begin anew, give it an"
                + " empty directory");
      }
      begun.begin(settings.seeds(), settings.wasMember(), clock.nanoTime());
      perform(begun);
    } else {
      restoredFacts().forEach(begun::update);
      noteMember(
          () -> {
            begun.resume(identity(cluster), restoredPeers(), settings.seeds(), clock.nanoTime());
            perform(begun);
          });
    }
  }

  /** Whether it was told that the file of the id cannot be written. */
  private boolean memberNoteWaits;

  /** Goes on once the id is known to have been in a cluster, whatever else is forgotten. */
  private void noteMember(Runnable durable) {
    if (settings.wasMember()) {
      durable.run();
    } else {
      ownId.noteMember(
          failure -> {
            if (failure == null) {
              if (memberNoteWaits) {
                log.info("the file {} is written", NodeId.FILE);
              }
              durable.run();
            } else {
              if (!memberNoteWaits) {
                memberNoteWaits = true;
                log.error(
                    "the file {} cannot be written, tried again until it can: {}",
                    NodeId.FILE,
                    failure.getMessage());
              }
              var unused = timers.after(RETRY_NANOS, () -> noteMember(durable));
            }
          });
    }
  }

  public void tick(long nowNanos) {
    Gossip present = gossip;
    if (present != null) {
      present.tick(nowNanos);
      perform(present);
      renewContextKeys(present);
      if (wordsDue && nowNanos >= nextWordsNanos) {
        wordsDue = false;
        nextWordsNanos = nowNanos + WORDS_NANOS;
        saveFacts(() -> {}, () -> {});
      }
    }
  }

  /** Tells the others that this process ends on purpose. */
  public void farewell() {
    Gossip present = gossip;
    if (present != null) {
      present.leave(Farewell.STOPPED);
      perform(present);
    }
  }

  /** The incarnation and life number of this process; of no process before the start is durable. */
  public Life life() {
    Gossip present = gossip;
    return present == null ? new Life(0, 0) : present.self().life();
  }

  /** Another process was met that uses this node's id: of the two the lower life ends. */
  public void onSameId(Life other) {
    if (gossip != null && other.outranks(life())) {
      halt.accept("another process with a later life runs under the id of this node");
    } else {
      log.error("another process with an earlier life runs under the id of this node");
    }
  }

  /**
   * A peer holds a connection of a later process incarnation of this id.
   *
   * @param heardSinceNanos the peer has heard it at this time or later
   */
  public void onLaterLife(Life other, long heardSinceNanos) {
    Gossip present = gossip;
    if (present != null) {
      present.connectedElsewhere(other, heardSinceNanos, clock.nanoTime());
      perform(present);
    }
  }

  /** Whether a peer lately held a connection of a later process incarnation of this id. */
  public boolean laterLifeConnected() {
    Gossip present = gossip;
    return present != null && present.outrankedElsewhere(clock.nanoTime());
  }

  public void onUnreachable(UUID node) {
    Gossip present = gossip;
    if (present != null) {
      present.unreachable(node, clock.nanoTime());
      perform(present);
    }
  }

  // ---- the network

  public void onGossip(Address from, byte[] frame) {
    Gossip present = gossip;
    if (present == null) {
      return;
    }
    try {
      present.onMessage(GossipCodec.decode(frame), clock.nanoTime());
      perform(present);
    } catch (GossipFormatException e) {
      log.warn("gossip from {} could not be read: {}", from, e.getMessage());
    }
  }

  public void heardFrom(UUID node) {
    Gossip present = gossip;
    if (present != null) {
      present.heardFrom(node, clock.nanoTime());
    }
  }

  public void onResolved(Address name, List<Address> addresses) {
    Gossip present = gossip;
    if (present != null) {
      present.onResolved(name, addresses, clock.nanoTime());
      perform(present);
    }
  }

  /** Carries out what gossip has decided, also what it decides meanwhile. */
  private void perform(Gossip present) {
    for (List<Action> actions = present.drain(); !actions.isEmpty(); actions = present.drain()) {
      for (Action action : actions) {
        action.perform(this);
      }
    }
  }

  @Override
  public void send(Address to, GossipMessage message) {
    link.send(to, GossipCodec.encode(message));
  }

  @Override
  public void resolve(List<Address> names) {
    link.resolve(names);
  }

  // ---- founding and joining

  @Override
  public void found() {
    ClusterIdentity identity =
        new ClusterIdentity(
            new UUID(randomness.identity().nextLong(), randomness.identity().nextLong()),
            clock.wallMillis(),
            settings.id());
    log.info("founding the cluster {} {}", settings.clusterName(), identity.id());
    RingNode self =
        RingNode.normal(settings.id()).withZone(settings.zone()).withWeight(settings.weight());
    RingFacts ring = RingFacts.found(settings.partitions(), settings.defaults().n(), List.of(self));
    ContextKeys keys = ContextKeys.EMPTY.withNew(randomness.identity(), clock.wallMillis());
    SortedMap<String, byte[]> facts = new TreeMap<>();
    facts.put(Facts.RING, ring.encode());
    facts.put(Facts.CONTEXT_KEYS, keys.encode());
    facts.put(Facts.DEFAULTS, new BucketRegister(1, settings.defaults()).encode());
    // The facts first: a crash must not leave a cluster without a ring.
    save(
        FACTS,
        () -> Facts.encode(facts),
        failure -> {
          if (failure == null) {
            enter(identity, facts);
          }
        });
  }

  @Override
  public void join(ClusterIdentity cluster) {
    log.info("joining the cluster {} {}", settings.clusterName(), cluster.id());
    // What an unfinished founding may have left must not be carried into this cluster.
    save(
        FACTS,
        () -> Facts.encode(new TreeMap<>()),
        failure -> {
          if (failure == null) {
            enter(cluster, new TreeMap<>());
          }
        });
  }

  private void enter(ClusterIdentity identity, SortedMap<String, byte[]> facts) {
    BinaryWriter out = new BinaryWriter(64);
    out.u8(FORMAT);
    uuid(out, identity.id());
    out.i64(identity.foundedMillis());
    uuid(out, identity.founder());
    save(
        CLUSTER,
        out::toBytes,
        failure -> {
          Gossip present = gossip;
          if (failure == null && present != null) {
            noteMember(
                () -> {
                  facts.forEach(present::update);
                  present.enter(identity, clock.nanoTime());
                  perform(present);
                });
          }
        });
  }

  private static ClusterIdentity identity(byte[] kept) {
    BinaryReader in = new BinaryReader(kept);
    requireFormat(in.u8("the format of a cluster identity"), "a cluster identity");
    return new ClusterIdentity(uuid(in), in.i64("a time"), uuid(in));
  }

  @Nullable ClusterIdentity identity() {
    Gossip present = gossip;
    return present == null ? null : present.cluster();
  }

  public @Nullable UUID clusterId() {
    ClusterIdentity identity = identity();
    return identity == null ? null : identity.id();
  }

  /** Whether this node founded its cluster. */
  public boolean founder() {
    ClusterIdentity identity = identity();
    return identity != null && identity.founder().equals(settings.id());
  }

  @Override
  public void persistIncarnation(long incarnation) {
    saveIncarnation(
        incarnation,
        () -> {
          Gossip present = gossip;
          if (present != null) {
            present.incarnationPersisted(incarnation);
            perform(present);
          }
        });
  }

  // ---- facts

  /** Joins a value into a fact. False if it is no value of that fact. */
  public boolean learn(String name, byte[] value) {
    Gossip present = gossip;
    if (present == null) {
      return false;
    }
    try {
      present.update(name, value);
      perform(present);
      return true;
    } catch (IllegalArgumentException e) {
      log.warn("the fact {} was not taken: {}", name, e.getMessage());
      return false;
    }
  }

  /** The same, and tells when all that is known is durable, or that it could not be done. */
  public void keep(String name, byte[] value, Consumer<Boolean> durable) {
    if (!learn(name, value)) {
      durable.accept(false);
      return;
    }
    saveFacts(() -> durable.accept(true), () -> durable.accept(false));
  }

  /**
   * Makes a value durable here before anybody else hears of it, then joins it in and spreads it.
   */
  public void pledge(String name, byte[] value) {
    pledged.put(name, value);
    saveFacts(
        () -> {
          pledged.remove(name, value);
          var unused = learn(name, value);
        },
        () -> pledged.remove(name, value));
  }

  /** All facts as they are to be on disk, with those that are about to be told. */
  private byte[] factsToKeep(Gossip present) {
    SortedMap<String, byte[]> kept = new TreeMap<>(present.facts());
    pledged.forEach((name, value) -> kept.merge(name, value, (a, b) -> merge.join(name, a, b)));
    return Facts.encode(kept);
  }

  @Override
  public void factChanged(String name) {
    if (name.startsWith(Facts.SHOWN)) {
      wordsDue = true;
      return;
    }
    Gossip present = gossip;
    byte[] value = present == null ? null : present.fact(name);
    if (value != null && name.startsWith(Facts.BUCKET)) {
      // In force at once: whoever carries it in a request has to be answered by it.
      listener.onFact(name, value);
      saveFacts(() -> {}, () -> {});
    } else if (value != null) {
      saveFacts(() -> listener.onFact(name, value), () -> {});
    }
  }

  private void saveFacts(Runnable saved, Runnable failed) {
    Gossip present = gossip;
    if (present == null) {
      failed.run();
      return;
    }
    save(
        FACTS,
        () -> factsToKeep(present),
        failure -> {
          if (failure == null) {
            saved.run();
          } else {
            failed.run();
          }
        });
  }

  private SortedMap<String, byte[]> restoredFacts() {
    byte[] kept = storage.meta(FACTS);
    return kept == null ? new TreeMap<>() : Facts.decode(kept);
  }

  private void renewContextKeys(Gossip present) {
    byte[] value = present.fact(Facts.CONTEXT_KEYS);
    if (value == null) {
      return;
    }
    long wall = clock.wallMillis();
    if (wall < nextKeyCheckMillis) {
      return;
    }
    nextKeyCheckMillis = wall + 60_000 + randomness.choice().nextInt(600_000);
    ContextKeys keys = ContextKeys.decode(value, 0);
    if (keys.renewalDue(wall)) {
      log.info("adding a key for contexts");
      var unused =
          learn(
              Facts.CONTEXT_KEYS, keys.withNew(randomness.identity(), wall).pruned(wall).encode());
    }
  }

  // ---- what is remembered of nodes

  /** The latest word of a node, or null. */
  public @Nullable Shown shown(UUID node) {
    Gossip present = gossip;
    byte[] value = present == null ? null : present.fact(Facts.SHOWN + node);
    return value == null ? null : Shown.decode(value);
  }

  /** Whether anybody has ever stated this fact, as far as this node knows. */
  public boolean knows(String name) {
    Gossip present = gossip;
    return present != null && present.fact(name) != null;
  }

  /** Whether this node has heard in this life what another one remembers of it. */
  public boolean compared(UUID node) {
    Gossip present = gossip;
    return present != null && present.compared(node);
  }

  /** Takes an incarnation above one that peers remember, unless that life still goes on. */
  public void raiseAbove(long incarnation) {
    Gossip present = gossip;
    if (present != null) {
      present.raiseAbove(incarnation, clock.nanoTime());
      perform(present);
    }
  }

  // ---- members

  @Override
  public void memberChanged(Member member, @Nullable Status from, Status to) {
    if (from != to) {
      log.info(
          "member {} {} is {}{}",
          member.name(),
          member.peer(),
          to.word(),
          from == null ? "" : ", was " + from.word());
    }
    savePeers();
    listener.onMember(member, from, to);
  }

  private void savePeers() {
    Gossip present = gossip;
    if (present == null) {
      return;
    }
    BinaryWriter out = new BinaryWriter(256);
    out.u8(FORMAT);
    List<Address> addresses = present.addresses();
    out.varint(addresses.size());
    for (Address address : addresses) {
      out.text(address.host()).varint(address.port());
    }
    // Lost at worst: then the seeds have to do.
    save(PEERS, out::toBytes, failure -> {});
  }

  private List<Address> restoredPeers() {
    byte[] kept = storage.meta(PEERS);
    List<Address> peers = new ArrayList<>();
    if (kept != null) {
      BinaryReader in = new BinaryReader(kept);
      requireFormat(in.u8("the format of peers"), "peers");
      int count = in.count(2, "the number of peers");
      for (int i = 0; i < count; i++) {
        peers.add(new Address(in.text("a host"), (int) in.varint("a port")));
      }
    }
    return peers;
  }

  public List<Member> alive() {
    Gossip present = gossip;
    return present == null ? List.of() : present.alive();
  }

  public Status status(UUID node) {
    Gossip present = gossip;
    Status status = present == null ? null : present.status(node);
    return status == null ? Status.DEAD : status;
  }

  /**
   * Whether gossip has declared a node dead or left. A node that nobody has mentioned in this life
   * is dead once as much time has passed as it takes to be declared so.
   */
  boolean declaredDead(UUID node) {
    Gossip present = gossip;
    if (present == null) {
      return false;
    }
    Status status = present.status(node);
    return status == null
        ? clock.nanoTime() - begunNanos > present.silenceNanos()
        : status == Status.DEAD || status == Status.LEFT;
  }

  public @Nullable Member member(UUID node) {
    Gossip present = gossip;
    return present == null ? null : present.member(node);
  }

  /** All members, this node first. */
  public List<MemberView> views(RingFacts ring) {
    Gossip present = gossip;
    List<MemberView> views = new ArrayList<>();
    if (present != null) {
      for (Standing standing : present.members()) {
        boolean self = standing.member().id().equals(settings.id());
        views.add(self ? 0 : views.size(), view(standing, ring));
      }
    }
    return views;
  }

  private static MemberView view(Standing standing, RingFacts ring) {
    Member member = standing.member();
    NodeFact fact = ring.nodes().get(member.id());
    return new MemberView(
        member.id(),
        member.name(),
        standing.status().word(),
        fact == null ? Phase.JOINING.word() : fact.phase().word(),
        member.http().toString(),
        member.peer().toString(),
        member.zone(),
        member.weight(),
        member.version(),
        member.incarnation(),
        standing.heartbeat());
  }

  // ---- trouble

  @Override
  public void alarm(String text) {
    log.error("{}", text);
  }

  @Override
  public void stepDown(String reason) {
    halt.accept(reason);
  }

  @Override
  public void exit(String line) {
    halt.accept(line);
  }

  // ---- small values on disk

  /** A call that throws is made again, with what is to be saved by then: nothing else would. */
  private void save(String name, Supplier<byte[]> value, Completion done) {
    Completion end = failure -> Contained.tell("what follows a save", done::completed, failure);
    try {
      storage.saveMeta(name, value.get(), end);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("{} cannot be saved, tried again", name, e);
      var unused = timers.after(RETRY_NANOS, () -> save(name, value, done));
    }
  }

  private void saveIncarnation(long value, Runnable saved) {
    highestIncarnation = Math.max(highestIncarnation, value);
    save(
        INCARNATION,
        // One that is saved late must not hide a later one.
        () -> new BinaryWriter(16).u8(FORMAT).i64(highestIncarnation).toBytes(),
        failure -> {
          if (failure == null) {
            saved.run();
          }
        });
  }

  private static long number(byte[] kept) {
    BinaryReader in = new BinaryReader(kept);
    requireFormat(in.u8("the format of a number"), "a number");
    return in.i64("a number");
  }

  private static void uuid(BinaryWriter out, UUID id) {
    out.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
  }

  private static UUID uuid(BinaryReader in) {
    return new UUID(in.i64("an id"), in.i64("an id"));
  }

  private static void requireFormat(int format, String what) {
    if (format != FORMAT) {
      throw new MalformedException(
          what + " of format " + format + "; this version reads format " + FORMAT);
    }
  }
}
