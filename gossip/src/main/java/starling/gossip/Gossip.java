package starling.gossip;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.gossip.GossipMessage.ClusterInfo;
import starling.gossip.GossipMessage.ClusterQuery;
import starling.gossip.GossipMessage.Delta;
import starling.gossip.GossipMessage.Digest;
import starling.gossip.GossipMessage.Rejected;

/**
 * One node's part in membership: it enters a cluster ({@link Bootstrap}), keeps the member list
 * ({@link MemberList}, {@link Self}) and spreads shared {@link FactTable}. Push-pull with a few
 * random members per round, and updates forwarded at once to as many (Demers et al., "Epidemic
 * Algorithms for Replicated Database Maintenance", 1987).
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

  private final GossipConfig config;
  private final Outbox outbox = new Outbox();
  private final MemberList roster;
  private final Self self;
  private final AllMembers everyone;
  private final FactTable facts;
  private final PeerSelector partners;
  private final PushPull exchange;
  private final Set<String> strangers = new LinkedHashSet<>();
  private @Nullable Bootstrap bootstrap;
  private @Nullable ClusterIdentity cluster;

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
    this.roster = new MemberList(config, outbox::add);
    this.self = new Self(self, roster, outbox::add);
    this.everyone = new AllMembers(this.self, roster);
    this.facts = new FactTable(merge);
    this.partners = new PeerSelector(config.fanOut(), self.peer(), roster, random);
    this.exchange = new PushPull(this.self, roster, everyone, facts, outbox::add);
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
    self.begin(nowNanos);
    partners.seeds(seeds);
    this.lastTickNanos = nowNanos;
    this.bootstrap =
        new Bootstrap(
            self.member().peer(),
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
    self.begin(nowNanos);
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
    this.hotUntilNanos = nowNanos + config.hotMillis() * 1_000_000L;
    round(nowNanos);
  }

  /** The answer to {@link Action.Resolve}, one name at a time; no addresses if it is unknown. */
  public void onResolved(Address name, List<Address> addresses, long nowNanos) {
    if (bootstrap != null && !outbox.closed()) {
      bootstrap.onResolved(name, addresses, nowNanos);
    }
  }

  // --- time

  /** To be called about every {@link GossipConfig#tickMillis()}. */
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
      return;
    }
    if (paused) {
      roster.forgive(nowNanos);
    } else {
      roster.judgeAll(nowNanos);
    }
    int pace = nowNanos < hotUntilNanos ? config.tickMillis() : config.roundMillis();
    if (nowNanos - lastRoundNanos >= (pace - config.tickMillis() / 2) * 1_000_000L) {
      round(nowNanos);
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

  /** Any message of this member came, on any channel. */
  public void heardFrom(UUID id, long nowNanos) {
    roster.heardFrom(id, nowNanos);
  }

  /**
   * A connection to this member was refused: its process has ended, or another process has its
   * address.
   */
  public void unreachable(UUID id, long nowNanos) {
    roster.unreachable(id, nowNanos);
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
   * Raises the incarnation above a remembered one of this node, unless the process that had it may
   * still run: then this process is the one to step down.
   */
  public void raiseAbove(long incarnation, long nowNanos) {
    self.raiseAboveThePast(incarnation, nowNanos);
  }

  /**
   * A peer rejects this process because it holds a connection of another process of this id.
   *
   * @param heardSinceNanos the peer has heard the other process at this time or later
   */
  public void connectedElsewhere(ProcessIncarnation other, long heardSinceNanos, long nowNanos) {
    if (!outbox.closed()) {
      self.onConnectedElsewhere(other, heardSinceNanos, nowNanos);
    }
  }

  /**
   * Whether a peer lately held a connection of a process incarnation of this id that is above this
   * one, and is not known to have ended.
   */
  public boolean outrankedElsewhere(long nowNanos) {
    return self.outrankedElsewhere(nowNanos, silenceNanos());
  }

  /** Silence after which a member is dead. */
  public long silenceNanos() {
    return roster.suspectNanos() + roster.deadNanos();
  }

  /** A raised incarnation is durable. */
  public void incarnationPersisted(long incarnation) {
    if (self.persisted(incarnation)) {
      DeltaBuilder news = new DeltaBuilder();
      news.introductions.add(self.introduction());
      spread(news, null);
    }
  }

  /**
   * Bans this id for good: gossip accepts nothing from it and tells it why. Not durable here: a ban
   * is a fact of the ring, which the caller gives again after a start.
   */
  public void ban(UUID id) {
    if (!everyone.isSelf(id)) {
      roster.ban(id);
    }
  }

  /** Announces the departure, so that other members need not wait until they suspect it. */
  public void leave(DepartureIntent word) {
    self.sayFarewell(word);
    DeltaBuilder news = new DeltaBuilder();
    news.entries.add(self.entry());
    spread(news, null);
  }

  // --- messages

  public void onMessage(GossipMessage message, long nowNanos) {
    if (outbox.closed() || !begun) {
      return;
    }
    Header header = message.header();
    if (!header.clusterName().equals(config.clusterName())) {
      onStranger(message, "of a cluster called '" + header.clusterName() + "'");
    } else if (everyone.isSelf(header.sender())) {
      onOwnId(message, nowNanos);
    } else if (cluster == null) {
      onAnythingOutside(message, nowNanos);
    } else if (header.cluster() == null) {
      answerIfAsked(message);
    } else if (!header.cluster().id().equals(cluster.id())) {
      onOtherCluster(message, cluster, header.cluster());
    } else if (roster.shutsOut(header.sender())) {
      onShutOut(message);
    } else {
      roster.heardFrom(header, nowNanos);
      message.match(new Inside(nowNanos));
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
    if (!header.life().sameProcess(self.member().life())) {
      if (!self.onOtherProcess(header.life())) {
        outbox.send(
            header.replyTo(),
            new ClusterInfo(header(), header.replyTo(), Collections.emptySortedMap()));
      }
    } else if (bootstrap != null && message instanceof ClusterQuery ask) {
      bootstrap.onEcho(ask.asked(), nowNanos);
    }
  }

  private void onOtherCluster(GossipMessage message, ClusterIdentity mine, ClusterIdentity theirs) {
    onStranger(message, "of cluster " + theirs.id());
    if (mine.founder().equals(self.member().id()) && mine.laterThan(theirs)) {
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
  private void onShutOut(GossipMessage message) {
    if (message instanceof Digest digest && digest.factsHash() != facts.hash()) {
      send(digest.header().replyTo(), exchange.onlyFacts());
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
      handOut(digest.header(), exchange.onDigest(digest, nowNanos));
    }

    @Override
    public void onDelta(Delta delta) {
      handOut(delta.header(), exchange.onDelta(delta, nowNanos));
    }

    private void handOut(Header sender, PushPull.Outcome outcome) {
      if (!outcome.reply().isEmpty()) {
        send(sender.replyTo(), outcome.reply());
      }
      if (!outcome.fresh().introductions.isEmpty()) {
        hotUntilNanos = nowNanos + config.hotMillis() * 1_000_000L;
      }
      if (!outcome.fresh().isEmpty()) {
        spread(outcome.fresh(), sender.sender());
      }
    }
  }

  // --- rounds

  private void round(long nowNanos) {
    lastRoundNanos = nowNanos;
    rounds++;
    self.beat();
    for (Address target : partners.forRound(nowNanos < hotUntilNanos)) {
      outbox.send(target, digest());
    }
    if (founder() && rounds % SEED_ROUNDS == 0) {
      for (Address seed : partners.strangeSeeds()) {
        outbox.send(seed, new ClusterQuery(header(), seed));
      }
    }
  }

  private boolean founder() {
    return cluster != null && cluster.founder().equals(self.member().id());
  }

  /** Sends an update to a few live members, except the one it came from. */
  private void spread(DeltaBuilder news, @Nullable UUID except) {
    if (cluster == null) {
      return;
    }
    for (MemberState account : partners.forNews(except)) {
      Address to = account.member().peer();
      if (news.factBytes() <= config.pushBytes()) {
        send(to, news);
      } else {
        outbox.send(to, digest());
      }
    }
  }

  private Digest digest() {
    return new Digest(header(), everyone.entries(), facts.hash());
  }

  private Header header() {
    return header(cluster);
  }

  private Header header(@Nullable ClusterIdentity named) {
    Member me = self.member();
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
    return self.member();
  }

  /** The cluster this node is in; null before. */
  public @Nullable ClusterIdentity cluster() {
    return cluster;
  }

  public @Nullable UUID clusterId() {
    return cluster == null ? null : cluster.id();
  }

  /** All members, this node among them, ordered by id. */
  public List<ObservedMember> members() {
    return List.copyOf(everyone.standings());
  }

  /** The members that are alive, this node among them, ordered by id. */
  public List<Member> alive() {
    List<Member> alive = new ArrayList<>();
    for (ObservedMember standing : members()) {
      if (standing.status() == Status.ALIVE) {
        alive.add(standing.member());
      }
    }
    return alive;
  }

  /** A member's record; null if it is not known. */
  public @Nullable Member member(UUID id) {
    MemberRecord known = everyone.introduction(id);
    return known == null ? null : known.member();
  }

  /** A member's status; null if it is not known. */
  public @Nullable Status status(UUID id) {
    MemberRecord known = everyone.introduction(id);
    return known == null ? null : known.status();
  }

  /** Addresses of the other members that have not left, to be remembered on disk. */
  public List<Address> addresses() {
    return List.copyOf(partners.known());
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
