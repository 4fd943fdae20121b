package starling.node.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.GossipFormatException;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.gossip.cluster.Action;
import starling.gossip.cluster.ClusterIdentity;
import starling.gossip.cluster.Gossip;
import starling.gossip.cluster.GossipCodec;
import starling.gossip.cluster.GossipConfig;
import starling.gossip.cluster.GossipMessage;
import starling.gossip.detector.DetectorCounters;
import starling.gossip.detector.MemberSnapshot;
import starling.node.config.NodeSettings;
import starling.node.peer.PeerCodec;
import starling.node.port.Clock;
import starling.node.port.Randomness;
import starling.node.port.Timers;
import starling.node.request.MemberView;
import starling.node.storage.Storage;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.ring.NodeFact;
import starling.ring.Phase;
import starling.ring.RingFacts;

/**
 * The shell around gossip: carries out its actions, and answers questions about members.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>The incarnation is durable before this node announces it.
 *   <li>A fact takes effect on this node only when it is durable here.
 *   <li>A durable cluster identity never changes.
 * </ol>
 */
public final class Membership implements Action.Shell {
  private static final Logger log = LoggerFactory.getLogger(Membership.class);

  private static final String INCARNATION = "incarnation";

  /** Called for members whose status has changed. */
  public interface Listener {
    void onMember(Member member, @Nullable Status from, Status to);
  }

  private final NodeSettings settings;
  private final Storage storage;
  private final Clock clock;
  private final Randomness randomness;
  private final GossipLink link;
  private final Listener listener;
  private final Consumer<String> halt;
  private final ClusterMetadata metadata;
  private final MetaFiles files;
  private final MetadataStore store;
  private final ClusterFormation formation;
  private final AddressBook addresses;
  private final ContextKeyRotation keyRotation;
  private final PacketKeys packetKeys;
  private @Nullable Gossip gossip;
  private long highestIncarnation;
  private long begunNanos;

  public Membership(
      NodeSettings settings,
      Storage storage,
      Clock clock,
      Timers timers,
      Randomness randomness,
      GossipLink link,
      OwnId ownId,
      ClusterMetadata metadata,
      Listener listener,
      Consumer<String> halt) {
    this.settings = settings;
    this.storage = storage;
    this.clock = clock;
    this.randomness = randomness;
    this.link = link;
    this.metadata = metadata;
    this.listener = listener;
    this.halt = halt;
    this.files = new MetaFiles(storage, timers);
    this.store = new MetadataStore(files, metadata, this::perform);
    this.formation =
        new ClusterFormation(settings, files, clock, timers, randomness, ownId, this::enter);
    this.addresses = new AddressBook(files);
    this.keyRotation = new ContextKeyRotation(clock, randomness);
    this.packetKeys = new PacketKeys(clock);
  }

  // ---- start and stop

  public void start() {
    for (String name : storage.recovery().damagedMeta()) {
      if (name.equals(INCARNATION) || name.equals(ClusterFormation.FILE)) {
        halt.accept("the file " + name + " of the data directory is damaged");
        return;
      }
      log.error("the file {} of the data directory is damaged and will be rebuilt", name);
    }
    byte[] kept = files.read(INCARNATION);
    long incarnation = 1 + (kept == null ? 0 : number(kept));
    saveIncarnation(incarnation, () -> begin(incarnation));
  }

  private void begin(long incarnation) {
    ProcessIncarnation life = new ProcessIncarnation(incarnation, randomness.identity().nextLong());
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
    GossipConfig config = GossipConfig.sealed(settings.clusterName(), settings.detection());
    Gossip begun = new Gossip(config, self, randomness.choice(), metadata);
    begun.watch(MetadataType.DURABLE_MARKS.of(settings.id()));
    gossip = begun;
    store.begin(begun);
    begunNanos = clock.nanoTime();
    ClusterIdentity cluster = formation.restored();
    if (cluster == null) {
      if (settings.wasMember()) {
        log.warn(
            "this node has been in a cluster and does not know which: it founds none while a seed is silent, and joins the cluster of its seeds; for a new start, give it an empty directory");
      }
      begun.begin(settings.seeds(), settings.wasMember(), clock.nanoTime());
      perform(begun);
    } else {
      store.restored().forEach(begun::update);
      packetKeys.use(begun, begun.fact(MetadataType.CONTEXT_KEYS.name()));
      formation.noteMember(
          () -> {
            begun.resume(cluster, addresses.restored(), settings.seeds(), clock.nanoTime());
            perform(begun);
          });
    }
  }

  public void tick(long nowNanos) {
    Gossip present = gossip;
    if (present != null) {
      present.tick(nowNanos);
      perform(present);
      byte[] keys = keyRotation.due(store.value(MetadataType.CONTEXT_KEYS.name()));
      if (keys != null) {
        var unused = merge(MetadataType.CONTEXT_KEYS.name(), keys);
      }
      packetKeys.tick(present, nowNanos);
      store.tick(nowNanos);
    }
  }

  /** Announces to the others that this process stops on purpose. */
  public void farewell() {
    Gossip present = gossip;
    if (present != null) {
      present.leave(DepartureIntent.STOPPED, clock.nanoTime());
      perform(present);
    }
  }

  /** The process incarnation; of no process before the start is durable. */
  public ProcessIncarnation life() {
    Gossip present = gossip;
    return present == null ? new ProcessIncarnation(0, 0) : present.self().life();
  }

  /** Another process uses this node's id: the lower process incarnation of the two ends. */
  public void onSameId(ProcessIncarnation other) {
    if (gossip != null && other.outranks(life())) {
      halt.accept("another process with a later incarnation runs under the id of this node");
    } else {
      log.error("another process with an earlier incarnation runs under the id of this node");
    }
  }

  /**
   * A peer holds a connection of a later process incarnation of this id.
   *
   * @param heardSinceNanos the peer has heard it at this time or later
   */
  public void onLaterLife(ProcessIncarnation other, long heardSinceNanos) {
    Gossip present = gossip;
    if (present != null) {
      present.connectedElsewhere(other, heardSinceNanos, clock.nanoTime());
      perform(present);
    }
  }

  /** Whether a peer lately held a connection of a later process incarnation of this id. */
  public boolean laterIncarnationConnected() {
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

  /** A datagram came from an address. */
  public void onDatagram(Address from, byte[] datagram) {
    Gossip present = gossip;
    if (present != null) {
      present.onDatagram(from, datagram, clock.nanoTime());
      perform(present);
    }
  }

  public void onResolved(Address name, List<Address> addresses) {
    Gossip present = gossip;
    if (present != null) {
      present.onResolved(name, addresses, clock.nanoTime());
      perform(present);
    }
  }

  /** Carries out the actions of gossip, also those that it adds meanwhile. */
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
  public void sendDatagram(Address to, byte[] packet) {
    link.sendDatagram(to, packet);
  }

  @Override
  public void resolve(List<Address> names) {
    link.resolve(names);
  }

  // ---- founding and joining

  @Override
  public void found() {
    formation.found();
  }

  @Override
  public void join(ClusterIdentity cluster, SortedMap<String, byte[]> metadata) {
    formation.join(cluster, metadata);
  }

  private void enter(ClusterIdentity identity, SortedMap<String, byte[]> first) {
    Gossip present = gossip;
    if (present != null) {
      first.forEach(present::update);
      packetKeys.use(present, present.fact(MetadataType.CONTEXT_KEYS.name()));
      present.enter(identity, clock.nanoTime());
      perform(present);
    }
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
            present.incarnationPersisted(incarnation, clock.nanoTime());
            perform(present);
          }
        });
  }

  // ---- cluster metadata

  /** Joins a value. False if it is no value of its type. */
  public boolean merge(String name, byte[] value) {
    return store.merge(name, value);
  }

  /** The same, and reports whether all known values are durable. */
  public void mergeDurably(String name, byte[] value, Consumer<Boolean> durable) {
    store.mergeDurably(name, value, durable);
  }

  /** Makes a value durable here, and only then joins and spreads it. */
  public void publishDurably(String name, byte[] value) {
    store.publishDurably(name, value);
  }

  @Override
  public void factChanged(String name) {
    Gossip present = gossip;
    if (present != null && name.equals(MetadataType.CONTEXT_KEYS.name())) {
      packetKeys.use(present, present.fact(name));
    }
    store.onChanged(name);
  }

  // ---- durable marks of nodes

  /** The latest durable mark of a node, or null. */
  public @Nullable DurableMark durableMark(UUID node) {
    byte[] value = store.value(MetadataType.DURABLE_MARKS.of(node));
    return value == null ? null : DurableMark.decode(value);
  }

  /** Whether some node has stated this value, as far as this node knows. */
  public boolean knows(String name) {
    return store.knows(name);
  }

  /** Whether another node has reported to this process the durable mark it remembers of it. */
  public boolean compared(UUID node) {
    Gossip present = gossip;
    return present != null && present.compared(node);
  }

  /** Raises the incarnation above one that peers remember, unless that process still runs. */
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
    Gossip present = gossip;
    if (present != null) {
      addresses.save(present.addresses());
    }
    listener.onMember(member, from, to);
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
   * Whether gossip has declared a node dead or left. A node that no member has mentioned to this
   * process is dead after the time that it takes to be declared so.
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
      long nowNanos = clock.nanoTime();
      for (MemberSnapshot each : present.members()) {
        boolean self = each.member().id().equals(settings.id());
        Long contactNanos = self ? Long.valueOf(nowNanos) : each.contactNanos();
        MemberView view = view(present, each, ring, contactNanos, nowNanos);
        views.add(self ? 0 : views.size(), view);
      }
    }
    return views;
  }

  private static MemberView view(
      Gossip gossip,
      MemberSnapshot known,
      RingFacts ring,
      @Nullable Long contactNanos,
      long nowNanos) {
    Member member = known.member();
    NodeFact fact = ring.nodes().get(member.id());
    List<String> accusers = new ArrayList<>();
    for (UUID each : known.accusers()) {
      Member accuser = gossip.member(each);
      accusers.add(accuser == null ? each.toString() : accuser.name());
    }
    return new MemberView(
        member.id(),
        member.name(),
        known.status().word(),
        fact == null ? Phase.JOINING.word() : fact.phase().word(),
        member.http().toString(),
        member.peer().toString(),
        member.zone(),
        member.weight(),
        member.version(),
        member.incarnation(),
        known.heartbeat(),
        contactNanos == null ? null : millis(nowNanos - contactNanos),
        millis(nowNanos - known.sinceNanos()),
        accusers,
        0,
        0);
  }

  private static long millis(long nanos) {
    return Math.max(0, nanos / 1_000_000);
  }

  /** What the failure detector has counted, or null before this node is in a cluster. */
  public @Nullable DetectorCounters detection() {
    Gossip present = gossip;
    return present == null ? null : present.counters();
  }

  // ---- faults

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

  private void saveIncarnation(long value, Runnable saved) {
    highestIncarnation = Math.max(highestIncarnation, value);
    files.save(
        INCARNATION,
        // A late save must not hide a later one.
        () -> new BinaryWriter(16).u8(MetaFiles.FORMAT).i64(highestIncarnation).toBytes(),
        failure -> {
          if (failure == null) {
            saved.run();
          }
        });
  }

  private static long number(byte[] kept) {
    BinaryReader in = new BinaryReader(kept);
    MetaFiles.requireFormat(in.u8("the format of a number"), "a number");
    return in.i64("a number");
  }
}
