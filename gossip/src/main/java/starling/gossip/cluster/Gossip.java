package starling.gossip.cluster;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.gossip.cluster.GossipMessage.Carried;
import starling.gossip.cluster.GossipMessage.ClusterInfo;
import starling.gossip.cluster.GossipMessage.ClusterQuery;
import starling.gossip.cluster.GossipMessage.Delta;
import starling.gossip.cluster.GossipMessage.Digest;
import starling.gossip.cluster.GossipMessage.Rejected;
import starling.gossip.detector.DetectorAction;
import starling.gossip.detector.DetectorCounters;
import starling.gossip.detector.FailureDetector;
import starling.gossip.detector.MemberSnapshot;
import starling.gossip.detector.SwimDetector;

/**
 * One node's part in membership: it enters a cluster ({@link Bootstrap}), takes part in its failure
 * detection ({@link FailureDetector}) and spreads shared facts ({@link FactTable}). Push-pull with
 * a few random members per round, and updates forwarded at once to as many (Demers et al.,
 * "Epidemic Algorithms for Replicated Database Maintenance", 1987).
 *
 * <p>A state machine with one owner: inputs are methods, time is an argument, actions come out of
 * {@link #drain()}, which is to be called after every input. Invariants:
 *
 * <ol>
 *   <li>A node ignores nodes of another cluster name or id: two clusters never merge.
 *   <li>After {@link Action.StepDown} or {@link Action.Exit} nothing comes out any more.
 *   <li>The same inputs and the same generator give the same actions.
 * </ol>
 */
public final class Gossip {
  private static final int SEED_ROUNDS = 5;
  private static final int MAX_REMEMBERED = 256;
  private static final int MAX_STRANGERS = 64;

  /** A peer that rejects this process hears from it again within this time. */
  private static final long REJECTIONS_APART_NANOS = 10_000_000_000L;

  private final GossipConfig config;
  private final Member first;
  private final RandomGenerator random;
  private final Outbox outbox = new Outbox();
  private final LaterProcess later = new LaterProcess();
  private final FactTable facts;
  private final PeerSelector partners;
  private final PushPull exchange;
  private final PacketSeal seal;
  private final Detected detected = new Detected();
  private final Set<UUID> banned = new LinkedHashSet<>();
  private final Set<String> strangers = new LinkedHashSet<>();

  /** The members that live, by name; of two with one name the first. */
  private final Map<String, UUID> names = new HashMap<>();

  private @Nullable Bootstrap bootstrap;
  private @Nullable ClusterIdentity cluster;

  /** Of the cluster this node is in; null before. */
  private @Nullable FailureDetector detector;

  /** The cluster and the facts that are being made durable here, until this node enters it. */
  private Action.@Nullable Join joining;

  private boolean begun;
  private long lastTickNanos;
  private long lastRoundNanos;
  private long hotUntilNanos;
  private long rounds;

  /**
   * @param self this node's member record, with the incarnation raised for this start and already
   *     durable
   */
  public Gossip(GossipConfig config, Member self, RandomGenerator random, Merge merge) {
    this.config = config;
    this.first = self;
    names.put(self.name(), self.id());
    this.random = random;
    this.seal = new PacketSeal(config.sealed());
    this.facts = new FactTable(merge);
    this.partners = new PeerSelector(config.fanOut(), self.peer(), random);
    this.exchange = new PushPull(facts, outbox::add);
  }

  // --- beginning

  /**
   * Begins with a directory that belongs to no cluster.
   *
   * @param mayHaveForgotten whether the node's id is from an earlier start, which may have been in
   *     a cluster: then it founds none while a seed is silent
   */
  public void begin(List<Address> seeds, boolean mayHaveForgotten, long nowNanos) {
    requireNotBegun();
    later.begin(nowNanos);
    partners.seeds(seeds);
    this.lastTickNanos = nowNanos;
    this.bootstrap =
        new Bootstrap(
            first.peer(),
            seeds,
            config.seedSilenceMillis() * 1_000_000L,
            mayHaveForgotten,
            outbox::add,
            address -> outbox.send(address, new ClusterQuery(header(), address)),
            nowNanos);
    bootstrap.tick(nowNanos);
  }

  /**
   * Re-enters the cluster of the data directory. The caller gives the facts on disk to {@link
   * #update} before, so that the first push-pull finds only later changes.
   *
   * @param remembered addresses of members when it last ran
   */
  public void resume(
      ClusterIdentity cluster, List<Address> remembered, List<Address> seeds, long nowNanos) {
    requireNotBegun();
    later.begin(nowNanos);
    partners.seeds(seeds);
    partners.remember(remembered.subList(0, Math.min(MAX_REMEMBERED, remembered.size())));
    this.lastTickNanos = nowNanos;
    enter(cluster, nowNanos);
  }

  /** The answer to {@link Action.Found} and {@link Action.Join}: the identity is durable. */
  public void enter(ClusterIdentity cluster, long nowNanos) {
    if (this.cluster != null) {
      throw new IllegalStateException("already in cluster " + this.cluster.id());
    }
    this.cluster = cluster;
    this.joining = null;
    this.bootstrap = null;
    this.begun = true;
    this.lastTickNanos = nowNanos;
    this.hotUntilNanos = nowNanos + config.hotMillis() * 1_000_000L;
    FailureDetector members = new SwimDetector(config.detection(), cluster.id(), first, random);
    this.detector = members;
    banned.forEach(id -> members.ban(id, nowNanos));
    members.start(partners.contacts(), nowNanos);
    round(members, nowNanos);
    act(members);
  }

  /** The answer to {@link Action.Resolve}, one name at a time; no addresses if it is unknown. */
  public void onResolved(Address name, List<Address> addresses, long nowNanos) {
    if (bootstrap != null && !outbox.closed()) {
      bootstrap.onResolved(name, addresses, nowNanos);
    }
  }

  // --- time

  /** How often {@link #tick} is to be called. */
  public int tickMillis() {
    return config.detection().tickMillis();
  }

  /** To be called about every {@link #tickMillis()}. */
  public void tick(long nowNanos) {
    if (outbox.closed() || !begun) {
      return;
    }
    boolean paused = nowNanos - lastTickNanos >= config.pauseMillis() * 1_000_000L;
    lastTickNanos = nowNanos;
    if (bootstrap != null) {
      if (paused) {
        bootstrap.startOver(nowNanos);
      }
      bootstrap.tick(nowNanos);
    }
    FailureDetector members = detector;
    if (members != null) {
      members.tick(nowNanos);
      act(members);
      int pace = nowNanos < hotUntilNanos ? config.hotRoundMillis() : config.roundMillis();
      if (nowNanos - lastRoundNanos >= (pace - tickMillis() / 2) * 1_000_000L) {
        round(members, nowNanos);
      }
    }
  }

  // --- what the node tells

  /** Joins a value into a fact and spreads it; a value that changes nothing is ignored. */
  public void update(String name, byte[] value) {
    if (facts.join(name, value)) {
      outbox.add(new Action.FactChanged(name));
      DeltaBuilder news = new DeltaBuilder();
      news.fact(name, facts.require(name));
      spread(news, null);
    }
  }

  /** No process of this member listens at its address; perhaps one of another member does. */
  public void unreachable(UUID id, long nowNanos) {
    tell(members -> members.onRefused(id, nowNanos));
  }

  /**
   * The keys that authenticate datagrams, by id; each member has them, and no other program. Where
   * the configuration asks for sealed datagrams, packets travel over connections while there are
   * none.
   *
   * @param sealing the id of the key for this node's own datagrams; all members should have it
   */
  public void packetKeys(SortedMap<Integer, byte[]> keys, int sealing) {
    seal.keys(keys, sealing);
  }

  /** Records from now on which members' value of this fact was compared with the local one. */
  public void watch(String name) {
    exchange.watch(name);
  }

  /** Whether this member's value of the watched fact is part of the local value. */
  public boolean compared(UUID member) {
    return exchange.compared(member);
  }

  /**
   * Raises the incarnation above a remembered one of this node, unless the process that had it is
   * being asked whether it still runs: then that decides.
   */
  public void raiseAbove(long incarnation, long nowNanos) {
    tell(members -> members.raiseAbove(incarnation, nowNanos));
  }

  /**
   * A peer rejects this process because it holds a connection of another process of this id.
   *
   * @param heardSinceNanos the peer has heard the other process at this time or later
   */
  public void connectedElsewhere(ProcessIncarnation other, long heardSinceNanos, long nowNanos) {
    if (!outbox.closed() && later.onConnected(self().life(), other, heardSinceNanos, nowNanos)) {
      stepDown(other);
    }
  }

  /**
   * Whether a peer lately held a connection of a process incarnation of this id that is above this
   * one, and is not known to have ended.
   */
  public boolean outrankedElsewhere(long nowNanos) {
    return later.outranks(
        self().life(), nowNanos, Math.max(silenceNanos(), REJECTIONS_APART_NANOS));
  }

  /** {@link starling.gossip.detector.DetectorConfig#detectionMillis}. */
  public long silenceNanos() {
    return config.detection().detectionMillis() * 1_000_000L;
  }

  /** An incarnation is durable. */
  public void incarnationPersisted(long incarnation, long nowNanos) {
    tell(members -> members.incarnationPersisted(incarnation, nowNanos));
  }

  /**
   * Bans this id for good: gossip accepts nothing from it and tells it why. Not durable here: a ban
   * is a fact of the ring, which the caller gives again after a start.
   */
  public void ban(UUID id, long nowNanos) {
    if (!id.equals(first.id()) && banned.add(id)) {
      tell(members -> members.ban(id, nowNanos));
    }
  }

  /** Announces the departure, so that other members need not wait until they suspect it. */
  public void leave(DepartureIntent word, long nowNanos) {
    tell(members -> members.leave(word, nowNanos));
  }

  // --- messages

  public void onMessage(GossipMessage message, long nowNanos) {
    if (outbox.closed() || !begun) {
      return;
    }
    Header header = message.header();
    if (!header.clusterName().equals(config.clusterName())) {
      onStranger(message, "of a cluster called '" + header.clusterName() + "'");
    } else if (header.sender().equals(first.id())) {
      onOwnId(message, nowNanos);
    } else if (cluster == null || detector == null) {
      onAnythingOutside(message, nowNanos);
    } else if (header.cluster() == null) {
      answerIfAsked(message);
    } else if (!header.cluster().id().equals(cluster.id())) {
      onOtherCluster(message, cluster, header.cluster());
    } else if (shutsOut(header.sender())) {
      onShutOut(message, nowNanos);
    } else {
      message.match(new Inside(nowNanos));
    }
  }

  /**
   * A datagram came.
   *
   * @param from the address to answer to
   */
  public void onDatagram(Address from, byte[] datagram, long nowNanos) {
    FailureDetector members = detector;
    if (members == null || outbox.closed()) {
      return;
    }
    byte[] packet = seal.open(datagram);
    if (packet == null) {
      members.counters().drop(DetectorCounters.Drop.UNAUTHENTICATED);
    } else {
      tell(to -> to.onPacket(from, packet, false, nowNanos));
    }
  }

  /** Whether this id is banned, or has left for good: no fact is accepted from it. */
  private boolean shutsOut(UUID id) {
    return banned.contains(id) || status(id) == Status.LEFT;
  }

  /** Gives the failure detector an input, if there is one yet, and carries out what it wants. */
  private void tell(Consumer<FailureDetector> input) {
    FailureDetector members = detector;
    if (members != null) {
      input.accept(members);
      act(members);
    }
  }

  private void onPacketOf(Carried carried, long nowNanos) {
    tell(members -> members.onPacket(carried.header().replyTo(), carried.packet(), true, nowNanos));
  }

  /** Carries out the actions of the failure detector as actions of this node. */
  private void act(FailureDetector members) {
    for (List<DetectorAction> due = members.drain(); !due.isEmpty(); due = members.drain()) {
      due.forEach(action -> action.perform(detected));
    }
  }

  /** What the failure detector wants done. */
  private final class Detected implements DetectorAction.Shell {
    @Override
    public void send(Address to, byte[] packet, boolean stream) {
      byte[] datagram = stream ? null : seal.seal(packet);
      if (datagram == null) {
        outbox.send(to, new Carried(header(), packet));
      } else {
        outbox.add(new Action.SendDatagram(to, datagram));
      }
    }

    @Override
    public void persistIncarnation(long incarnation) {
      outbox.add(new Action.PersistIncarnation(incarnation));
    }

    @Override
    public void memberChanged(Member member, @Nullable Status from, Status to) {
      if (from == null) {
        hotUntilNanos = lastTickNanos + config.hotMillis() * 1_000_000L;
      }
      outbox.add(new Action.MemberChanged(member, from, to));
      if (to == Status.ALIVE) {
        warnOfNamesake(member);
      } else if (to != Status.SUSPECT) {
        names.remove(member.name(), member.id());
      }
    }

    @Override
    public void alarm(String text) {
      outbox.add(new Action.Alarm(text));
    }

    @Override
    public void stepDown(String reason) {
      outbox.add(new Action.StepDown(reason));
    }
  }

  private void warnOfNamesake(Member member) {
    UUID other = names.putIfAbsent(member.name(), member.id());
    if (other != null && !other.equals(member.id())) {
      outbox.add(
          new Action.Alarm(
              "two living members are called "
                  + member.name()
                  + ": "
                  + member.id()
                  + " and "
                  + other));
    }
  }

  private void onStranger(GossipMessage message, String who) {
    Header header = message.header();
    if (!(message instanceof Rejected)) {
      outbox.send(header.replyTo(), new Rejected(header()));
    }
    if (strangers.size() < MAX_STRANGERS && strangers.add(header.replyTo() + who)) {
      outbox.add(
          new Action.Alarm(
              "a node at "
                  + header.replyTo()
                  + " is "
                  + who
                  + ", this one is of '"
                  + config.clusterName()
                  + "'"
                  + (cluster == null ? "" : ", " + cluster.id())
                  + ": rejected"));
    }
  }

  private void onOwnId(GossipMessage message, long nowNanos) {
    Header header = message.header();
    if (!header.life().sameProcess(self().life())) {
      if (header.life().outranks(self().life())) {
        stepDown(header.life());
      } else {
        outbox.send(
            header.replyTo(),
            new ClusterInfo(header(), header.replyTo(), Collections.emptySortedMap()));
      }
    } else if (bootstrap != null && message instanceof ClusterQuery ask) {
      bootstrap.onEcho(ask.asked(), nowNanos);
    }
  }

  private void stepDown(ProcessIncarnation other) {
    outbox.add(
        new Action.StepDown(
            "another process runs as node "
                + first.id()
                + " (incarnation "
                + other.incarnation()
                + ", this one has "
                + self().incarnation()
                + "): was the data directory copied?"));
  }

  private void onOtherCluster(GossipMessage message, ClusterIdentity mine, ClusterIdentity theirs) {
    onStranger(message, "of cluster " + theirs.id());
    if (mine.founder().equals(first.id()) && mine.laterThan(theirs)) {
      outbox.add(
          new Action.Exit(
              "this node founded cluster "
                  + mine.id()
                  + ", but the node at "
                  + message.header().replyTo()
                  + " belongs to cluster "
                  + theirs.id()
                  + ", which was founded earlier, and two clusters never merge: to join that one,"
                  + " start this node with an empty data directory"));
    }
  }

  /**
   * While this node is in no cluster itself. Digests and deltas are meant for a node that had its
   * address before.
   */
  private void onAnythingOutside(GossipMessage message, long nowNanos) {
    answerIfAsked(message);
    if (bootstrap == null) {
      return;
    }
    boolean contested = bootstrap.contested(message.header(), nowNanos);
    if (message instanceof ClusterInfo tell) {
      if (contested) {
        bootstrap.onContested(tell.asked(), nowNanos);
        return;
      }
      Header header = tell.header();
      if (header.cluster() == null) {
        bootstrap.onNone(tell.asked(), nowNanos);
        return;
      }
      SortedMap<String, byte[]> readable = exchange.readable(tell);
      if (bootstrap.onCluster(tell.asked(), exchange.suffice(readable))) {
        partners.remember(List.of(header.replyTo()));
        joining = new Action.Join(header.cluster(), readable);
        outbox.add(joining);
      }
    }
  }

  /**
   * A node that is in no cluster may send queries only. A node that joins one answers as its
   * members do, or the founder, wiped meanwhile, would found another one beside it.
   */
  private void answerIfAsked(GossipMessage message) {
    if (message instanceof ClusterQuery ask) {
      boolean outside = ask.header().cluster() == null;
      SortedMap<String, byte[]> told = joining == null ? facts.values() : joining.facts();
      ClusterIdentity named = joining == null ? cluster : joining.cluster();
      outbox.send(
          ask.header().replyTo(),
          new ClusterInfo(
              header(named),
              ask.asked(),
              outside && named != null ? told : Collections.emptySortedMap()));
    }
  }

  /** A banned node receives the facts, which name its ban. Its statements are ignored. */
  private void onShutOut(GossipMessage message, long nowNanos) {
    if (message instanceof Digest digest && digest.factsHash() != facts.hash()) {
      send(digest.header().replyTo(), exchange.onlyFacts());
    } else if (message instanceof Carried carried) {
      // The failure detector drops the packet, and tells its sender why.
      onPacketOf(carried, nowNanos);
    }
  }

  /** Messages of members of this cluster. */
  private final class Inside implements GossipMessage.Cases {
    private final long nowNanos;

    Inside(long nowNanos) {
      this.nowNanos = nowNanos;
    }

    @Override
    public void onAsk(ClusterQuery ask) {
      answerIfAsked(ask);
    }

    @Override
    public void onTell(ClusterInfo tell) {
      // A seed that is in this cluster.
    }

    @Override
    public void onRefused(Rejected refused) {
      // Of the same cluster: sent before the sender entered it.
    }

    @Override
    public void onDigest(Digest digest) {
      handOut(digest.header(), exchange.onDigest(digest));
    }

    @Override
    public void onDelta(Delta delta) {
      handOut(delta.header(), exchange.onDelta(delta));
    }

    @Override
    public void onCarried(Carried carried) {
      onPacketOf(carried, nowNanos);
    }

    private void handOut(Header sender, PushPull.Outcome outcome) {
      if (!outcome.reply().isEmpty()) {
        send(sender.replyTo(), outcome.reply());
      }
      if (!outcome.fresh().isEmpty()) {
        spread(outcome.fresh(), sender.sender());
      }
    }
  }

  // --- rounds

  private void round(FailureDetector members, long nowNanos) {
    lastRoundNanos = nowNanos;
    rounds++;
    for (Address target : partners.forRound(members, nowNanos < hotUntilNanos)) {
      outbox.send(target, digest());
    }
    if (founder() && rounds % SEED_ROUNDS == 0) {
      for (Address seed : partners.strangeSeeds(members)) {
        outbox.send(seed, new ClusterQuery(header(), seed));
      }
    }
  }

  private boolean founder() {
    return cluster != null && cluster.founder().equals(first.id());
  }

  /** Sends an update to a few live members, except the one it came from. */
  private void spread(DeltaBuilder news, @Nullable UUID except) {
    FailureDetector members = detector;
    if (members == null) {
      return;
    }
    for (Member each : partners.forNews(members, except)) {
      if (news.factBytes() <= config.pushBytes()) {
        send(each.peer(), news);
      } else {
        outbox.send(each.peer(), digest());
      }
    }
  }

  private Digest digest() {
    return new Digest(header(), facts.hash());
  }

  private Header header() {
    return header(cluster);
  }

  private Header header(@Nullable ClusterIdentity named) {
    Member me = self();
    return new Header(config.clusterName(), named, me.id(), me.life(), me.peer());
  }

  private void send(Address to, DeltaBuilder news) {
    outbox.send(to, news.under(header()));
  }

  private void requireNotBegun() {
    if (begun) {
      throw new IllegalStateException("begun before");
    }
    begun = true;
  }

  // --- reads

  /** The actions since the last call, in order. */
  public List<Action> drain() {
    return outbox.drain();
  }

  /** This node's member record. */
  public Member self() {
    FailureDetector members = detector;
    return members == null ? first : members.self();
  }

  /** The cluster this node is in; null before. */
  public @Nullable ClusterIdentity cluster() {
    return cluster;
  }

  public @Nullable UUID clusterId() {
    return cluster == null ? null : cluster.id();
  }

  /** All members, this node among them, ordered by id; none before this node is in a cluster. */
  public List<MemberSnapshot> members() {
    FailureDetector members = detector;
    return members == null ? List.of() : members.members();
  }

  /** The members that are alive, this node among them, ordered by id. */
  public List<Member> alive() {
    List<Member> alive = new ArrayList<>();
    for (MemberSnapshot each : members()) {
      if (each.status() == Status.ALIVE) {
        alive.add(each.member());
      }
    }
    return alive;
  }

  /** A member's record; null if it is not known. */
  public @Nullable Member member(UUID id) {
    FailureDetector members = detector;
    return members == null ? null : members.member(id);
  }

  /** A member's status; null if it is not known. */
  public @Nullable Status status(UUID id) {
    FailureDetector members = detector;
    return members == null ? null : members.status(id);
  }

  /** Addresses of the other members that have not left, to be remembered on disk. */
  public List<Address> addresses() {
    FailureDetector members = detector;
    return members == null ? List.of() : List.copyOf(partners.known(members));
  }

  /** What the failure detector has counted; null before this node is in a cluster. */
  public @Nullable DetectorCounters counters() {
    FailureDetector members = detector;
    return members == null ? null : members.counters();
  }

  /** The value of a fact, not to be changed; null if there is none. */
  public byte @Nullable [] fact(String name) {
    return facts.value(name);
  }

  /** All facts by name; the values are not to be changed. */
  public SortedMap<String, byte[]> facts() {
    return facts.values();
  }
}
