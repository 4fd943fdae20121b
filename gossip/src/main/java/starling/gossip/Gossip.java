package starling.gossip;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.gossip.GossipMessage.Ask;
import starling.gossip.GossipMessage.Delta;
import starling.gossip.GossipMessage.Digest;
import starling.gossip.GossipMessage.Refused;
import starling.gossip.GossipMessage.Tell;

/**
 * One node's part in membership: it comes into a cluster ({@link Bootstrap}), keeps the member list
 * ({@link Roster}, {@link Self}) and spreads shared {@link Facts}. Push-pull anti-entropy with a
 * few random members per round, and news handed on at once to as many (Demers et al., "Epidemic
 * Algorithms for Replicated Database Maintenance", 1987).
 *
 * <p>A state machine with one owner: inputs are methods, time is an argument, what is to be done
 * comes out of {@link #drain()}, which is to be called after every input. Invariants:
 *
 * <ol>
 *   <li>Nothing is learned from a node of another cluster name or id: two clusters never merge.
 *   <li>After {@link Action.StepDown} or {@link Action.Exit} nothing comes out any more.
 *   <li>The same inputs and the same generator give the same actions.
 * </ol>
 */
public final class Gossip {
  private static final int SEED_ROUNDS = 5;
  private static final int CONTACTS_PER_ROUND = 3;
  private static final int MAX_REMEMBERED = 256;
  private static final int MAX_STRANGERS = 64;

  private final GossipConfig config;
  private final RandomGenerator random;
  private final Roster roster;
  private final Self self;
  private final Facts facts;
  private final Set<UUID> banned = new TreeSet<>();
  private final Set<String> strangers = new LinkedHashSet<>();
  private List<Action> actions = new ArrayList<>();
  private List<Address> seeds = List.of();
  private List<Address> remembered = List.of();
  private @Nullable Bootstrap bootstrap;
  private @Nullable ClusterIdentity cluster;
  private boolean begun;
  private boolean stopped;
  private long lastTickNanos;
  private long lastRoundNanos;
  private long hotUntilNanos;
  private long rounds;

  /**
   * @param self what this node states about itself, with the incarnation raised for this start and
   *     already durable
   */
  public Gossip(GossipConfig config, Member self, RandomGenerator random, Merge merge) {
    this.config = config;
    this.random = random;
    this.roster = new Roster(config, this::emit);
    this.self = new Self(self, roster, this::emit);
    this.facts = new Facts(merge);
  }

  // --- beginning

  /** Begins with a directory that belongs to no cluster. */
  public void begin(List<Address> seeds, long nowNanos) {
    requireNotBegun();
    this.seeds = List.copyOf(seeds);
    this.lastTickNanos = nowNanos;
    this.bootstrap =
        new Bootstrap(
            self.member().peer(),
            seeds,
            config.seedSilenceMillis() * 1_000_000L,
            this::emit,
            address -> send(address, new Ask(header(), address)),
            nowNanos);
    bootstrap.tick(nowNanos);
  }

  /**
   * Goes back to the cluster the directory belongs to.
   *
   * @param remembered addresses of members when it last ran
   */
  public void resume(
      ClusterIdentity cluster, List<Address> remembered, List<Address> seeds, long nowNanos) {
    requireNotBegun();
    this.seeds = List.copyOf(seeds);
    this.remembered =
        List.copyOf(remembered.subList(0, Math.min(MAX_REMEMBERED, remembered.size())));
    this.lastTickNanos = nowNanos;
    enter(cluster, nowNanos);
  }

  /** The answer to {@link Action.Found} and {@link Action.Join}: the identity is durable. */
  public void enter(ClusterIdentity cluster, long nowNanos) {
    if (this.cluster != null) {
      throw new IllegalStateException("already in cluster " + this.cluster.id());
    }
    this.cluster = cluster;
    this.bootstrap = null;
    this.begun = true;
    this.hotUntilNanos = nowNanos + config.hotMillis() * 1_000_000L;
    round(nowNanos);
  }

  /** The answer to {@link Action.Resolve}, one name at a time; no addresses if it is unknown. */
  public void onResolved(Address name, List<Address> addresses, long nowNanos) {
    if (bootstrap != null && !stopped) {
      bootstrap.onResolved(name, addresses, nowNanos);
    }
  }

  // --- time

  /** To be called about every {@link GossipConfig#tickMillis()}. */
  public void tick(long nowNanos) {
    if (stopped || !begun) {
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
    self.tick(nowNanos);
    int pace = nowNanos < hotUntilNanos ? config.tickMillis() : config.roundMillis();
    if (nowNanos - lastRoundNanos >= (pace - config.tickMillis() / 2) * 1_000_000L) {
      round(nowNanos);
    }
  }

  // --- what the node tells

  /** Joins a value into a fact and spreads it; one that changes nothing is ignored. */
  public void update(String name, byte[] value) {
    if (facts.join(name, value)) {
      emit(new Action.FactChanged(name));
      News news = new News();
      news.fact(name, requireFact(name));
      spread(news, null);
    }
  }

  /** Any message of this member came in, by whatever way. */
  public void heardFrom(UUID id, long nowNanos) {
    roster.heardFrom(id, nowNanos);
  }

  /** A connection to this member was refused: its process is gone, or another has its address. */
  public void unreachable(UUID id, long nowNanos) {
    roster.unreachable(id, nowNanos);
  }

  /** A raised incarnation is durable. */
  public void incarnationPersisted(long incarnation) {
    if (self.persisted(incarnation)) {
      News news = new News();
      news.introductions.add(self.introduction());
      spread(news, null);
    }
  }

  /** Nothing is taken from this id any more, for good, save that it may hear why. */
  public void ban(UUID id) {
    if (!id.equals(self.member().id()) && banned.add(id)) {
      roster.ban(id);
    }
  }

  /** Says good-bye, so that nobody has to wait for it to be missed. */
  public void leave(Farewell word) {
    self.sayFarewell(word);
    News news = new News();
    news.entries.add(self.entry());
    spread(news, null);
  }

  // --- messages

  public void onMessage(GossipMessage message, long nowNanos) {
    if (stopped || !begun) {
      return;
    }
    Header header = message.header();
    if (!header.clusterName().equals(config.clusterName())) {
      onStranger(message, "of a cluster called '" + header.clusterName() + "'");
    } else if (header.sender().equals(self.member().id())) {
      onOwnId(message, nowNanos);
    } else if (cluster == null) {
      message.match(new Outside(nowNanos));
    } else if (header.cluster() == null) {
      message.match(new FromOutside());
    } else if (!header.cluster().id().equals(cluster.id())) {
      onOtherCluster(message, cluster, header.cluster());
    } else if (banned.contains(header.sender())) {
      message.match(new FromBanned());
    } else {
      noteSign(header, nowNanos);
      message.match(new Inside(nowNanos));
    }
  }

  private void onStranger(GossipMessage message, String who) {
    Header header = message.header();
    if (!(message instanceof Refused)) {
      send(header.replyTo(), new Refused(header()));
    }
    if (strangers.size() < MAX_STRANGERS && strangers.add(header.replyTo() + who)) {
      emit(
          new Action.Alarm(
              "a node at "
                  + header.replyTo()
                  + " is "
                  + who
                  + ", this one is of '"
                  + config.clusterName()
                  + "'"
                  + (cluster == null ? "" : ", " + cluster.id())
                  + ": refused"));
    }
  }

  private void onOwnId(GossipMessage message, long nowNanos) {
    Header header = message.header();
    if (!header.life().sameProcess(self.member().life())) {
      if (!self.onOtherProcess(header.life())) {
        send(header.replyTo(), new Tell(header(), header.replyTo()));
      }
    } else if (bootstrap != null && message instanceof Ask ask) {
      bootstrap.onEcho(ask.asked(), nowNanos);
    }
  }

  private void onOtherCluster(GossipMessage message, ClusterIdentity mine, ClusterIdentity theirs) {
    onStranger(message, "of cluster " + theirs.id());
    if (mine.founder().equals(self.member().id()) && mine.laterThan(theirs)) {
      emit(
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

  private void noteSign(Header header, long nowNanos) {
    Account account = roster.account(header.sender());
    if (account != null && account.life().sameProcess(header.life())) {
      roster.heardFrom(header.sender(), nowNanos);
    }
  }

  /** Messages that come while this node is in no cluster yet. */
  private final class Outside implements GossipMessage.Cases {
    private final long nowNanos;

    Outside(long nowNanos) {
      this.nowNanos = nowNanos;
    }

    @Override
    public void onAsk(Ask ask) {
      send(ask.header().replyTo(), new Tell(header(), ask.asked()));
    }

    @Override
    public void onTell(Tell tell) {
      if (bootstrap != null) {
        if (tell.header().cluster() != null) {
          remembered = List.of(tell.header().replyTo());
        }
        bootstrap.onTell(tell.asked(), tell.header().cluster(), nowNanos);
      }
    }

    @Override
    public void onDigest(Digest digest) {
      // Someone takes this node for one that had its address before.
    }

    @Override
    public void onDelta(Delta delta) {
      // As above.
    }

    @Override
    public void onRefused(Refused refused) {
      // A refusal for another name was told before it came here.
    }
  }

  /** Messages of a node that is in no cluster yet: it may ask, and nothing else. */
  private final class FromOutside implements GossipMessage.Cases {
    @Override
    public void onAsk(Ask ask) {
      send(ask.header().replyTo(), new Tell(header(), ask.asked()));
    }

    @Override
    public void onTell(Tell tell) {
      // This node asked its seeds whether they are in another cluster; this one is in none.
    }

    @Override
    public void onDigest(Digest digest) {
      // Only members send digests.
    }

    @Override
    public void onDelta(Delta delta) {
      // Only members send deltas.
    }

    @Override
    public void onRefused(Refused refused) {
      // It is told who this is when it asks.
    }
  }

  /** Messages of a node that was removed for good: it is shown the facts, which say so. */
  private final class FromBanned implements GossipMessage.Cases {
    @Override
    public void onAsk(Ask ask) {
      // Its id will not be taken in again.
    }

    @Override
    public void onTell(Tell tell) {
      // Nothing it says counts.
    }

    @Override
    public void onDigest(Digest digest) {
      if (digest.factsHash() != facts.hash()) {
        News news = new News();
        facts.values().forEach(news::fact);
        send(digest.header().replyTo(), news);
      }
    }

    @Override
    public void onDelta(Delta delta) {
      // Nothing it says counts.
    }

    @Override
    public void onRefused(Refused refused) {
      // Nothing it says counts.
    }
  }

  /** Messages of members of this cluster. */
  private final class Inside implements GossipMessage.Cases {
    private final long nowNanos;
    private final News reply = new News();
    private final News fresh = new News();

    Inside(long nowNanos) {
      this.nowNanos = nowNanos;
    }

    @Override
    public void onAsk(Ask ask) {
      send(ask.header().replyTo(), new Tell(header(), ask.asked()));
    }

    @Override
    public void onTell(Tell tell) {
      // A seed that turned out to be in this cluster.
    }

    @Override
    public void onRefused(Refused refused) {
      // Of the same cluster: sent before the sender entered it.
    }

    @Override
    public void onDigest(Digest digest) {
      Set<UUID> named = new TreeSet<>();
      for (Entry entry : digest.entries()) {
        named.add(entry.id());
        Introduction behind = take(entry);
        if (behind != null) {
          reply.entries.add(behind.entry());
        }
      }
      for (Introduction known : everyone()) {
        if (!named.contains(known.member().id())) {
          reply.introductions.add(known);
        }
      }
      if (digest.factsHash() != facts.hash()) {
        reply.factHashes = facts.hashes();
      }
      answer(digest.header());
    }

    @Override
    public void onDelta(Delta delta) {
      for (Entry entry : delta.entries()) {
        take(entry);
      }
      for (Introduction introduction : delta.introductions()) {
        if (introduction.member().id().equals(self.member().id())) {
          self.onEntry(introduction.entry(), nowNanos);
        } else if (roster.onIntroduction(introduction, nowNanos)) {
          fresh.introductions.add(introduction);
        }
      }
      delta.facts().forEach((name, value) -> takeFact(delta.header(), name, value));
      if (delta.factHashes() != null) {
        compareFacts(delta.factHashes());
      }
      for (UUID wanted : delta.wantedMembers()) {
        Introduction known = introduction(wanted);
        if (known != null) {
          reply.introductions.add(known);
        }
      }
      for (String wanted : delta.wantedFacts()) {
        byte[] value = facts.value(wanted);
        if (value != null) {
          reply.fact(wanted, value);
        }
      }
      answer(delta.header());
    }

    /** Takes a line in; returns what the sender should know instead, if anything. */
    private @Nullable Introduction take(Entry entry) {
      boolean mine = entry.id().equals(self.member().id());
      Roster.Heard heard = mine ? self.onEntry(entry, nowNanos) : roster.onEntry(entry, nowNanos);
      switch (heard) {
        case UNKNOWN -> reply.wantedMembers.add(entry.id());
        case NEWS -> fresh.entries.add(entry);
        case BEHIND -> {
          return introduction(entry.id());
        }
        case NOTHING -> {}
      }
      return null;
    }

    private void takeFact(Header from, String name, byte[] value) {
      try {
        if (facts.join(name, value)) {
          emit(new Action.FactChanged(name));
          fresh.fact(name, requireFact(name));
        }
      } catch (IllegalArgumentException unreadable) {
        emit(
            new Action.Alarm(
                "a fact from " + from.replyTo() + " was not taken: " + unreadable.getMessage()));
      }
    }

    private void compareFacts(Map<String, Long> theirs) {
      Map<String, Long> ours = facts.hashes();
      theirs.forEach(
          (name, hash) -> {
            if (!hash.equals(ours.get(name))) {
              reply.wantedFacts.add(name);
            }
          });
      ours.forEach(
          (name, hash) -> {
            if (!hash.equals(theirs.get(name))) {
              reply.fact(name, requireFact(name));
            }
          });
    }

    private void answer(Header to) {
      if (!reply.isEmpty()) {
        send(to.replyTo(), reply);
      }
      if (!fresh.isEmpty()) {
        if (!fresh.introductions.isEmpty()) {
          hotUntilNanos = nowNanos + config.hotMillis() * 1_000_000L;
        }
        spread(fresh, to.sender());
      }
    }
  }

  // --- rounds

  private void round(long nowNanos) {
    lastRoundNanos = nowNanos;
    rounds++;
    self.beat();
    Set<Address> targets = new LinkedHashSet<>();
    List<Account> hoped = roster.with(EnumSet.of(Status.ALIVE, Status.SUSPECT));
    for (Account account : pick(hoped, config.fanOut())) {
      targets.add(account.member().peer());
    }
    for (Account account : pick(roster.with(EnumSet.of(Status.DEAD)), 1)) {
      targets.add(account.member().peer());
    }
    boolean lonely = roster.with(EnumSet.of(Status.ALIVE)).isEmpty();
    if (lonely || nowNanos < hotUntilNanos) {
      targets.addAll(pick(unknownContacts(), CONTACTS_PER_ROUND));
    }
    targets.remove(self.member().peer());
    for (Address target : targets) {
      send(target, digest());
    }
    if (founder() && rounds % SEED_ROUNDS == 0) {
      for (Address seed : pick(strangeSeeds(), CONTACTS_PER_ROUND)) {
        send(seed, new Ask(header(), seed));
      }
    }
  }

  private boolean founder() {
    return cluster != null && cluster.founder().equals(self.member().id());
  }

  /** Where members were once, or might be. */
  private List<Address> unknownContacts() {
    Set<Address> contacts = new LinkedHashSet<>(seeds);
    contacts.addAll(remembered);
    contacts.removeAll(addresses());
    return List.copyOf(contacts);
  }

  /** Seeds that may belong to a cluster founded behind this one's back. */
  private List<Address> strangeSeeds() {
    Set<Address> strange = new LinkedHashSet<>(seeds);
    strange.removeAll(addresses());
    strange.remove(self.member().peer());
    return List.copyOf(strange);
  }

  /** Hands news to a few living members, the one it came from excepted. */
  private void spread(News news, @Nullable UUID except) {
    if (cluster == null || stopped) {
      return;
    }
    List<Account> others = roster.with(EnumSet.of(Status.ALIVE, Status.SUSPECT));
    others.removeIf(account -> account.member().id().equals(except));
    for (Account account : pick(others, config.fanOut())) {
      if (news.factBytes() <= config.pushBytes()) {
        send(account.member().peer(), news);
      } else {
        send(account.member().peer(), digest());
      }
    }
  }

  /** Some of these, at random, none twice. */
  private <T> List<T> pick(Collection<T> from, int count) {
    List<T> left = new ArrayList<>(from);
    List<T> picked = new ArrayList<>();
    while (picked.size() < count && !left.isEmpty()) {
      int at = random.nextInt(left.size());
      picked.add(left.get(at));
      left.set(at, left.get(left.size() - 1));
      left.remove(left.size() - 1);
    }
    return picked;
  }

  private Digest digest() {
    List<Entry> entries = new ArrayList<>();
    for (Introduction known : everyone()) {
      entries.add(known.entry());
    }
    return new Digest(header(), entries, facts.hash());
  }

  private List<Introduction> everyone() {
    List<Introduction> everyone = new ArrayList<>();
    everyone.add(self.introduction());
    for (Account account : roster.accounts()) {
      everyone.add(account.introduction());
    }
    return everyone;
  }

  private @Nullable Introduction introduction(UUID id) {
    if (id.equals(self.member().id())) {
      return self.introduction();
    }
    Account account = roster.account(id);
    return account == null ? null : account.introduction();
  }

  private Header header() {
    Member me = self.member();
    return new Header(config.clusterName(), cluster, me.id(), me.life(), me.peer());
  }

  private void send(Address to, News news) {
    send(to, news.under(header()));
  }

  private void send(Address to, GossipMessage message) {
    emit(new Action.Send(to, message));
  }

  private void emit(Action action) {
    if (!stopped) {
      actions.add(action);
      stopped = action instanceof Action.StepDown || action instanceof Action.Exit;
    }
  }

  private byte[] requireFact(String name) {
    byte[] value = facts.value(name);
    if (value == null) {
      throw new IllegalStateException("no fact " + name);
    }
    return value;
  }

  private void requireNotBegun() {
    if (begun) {
      throw new IllegalStateException("begun before");
    }
    begun = true;
  }

  // --- reads

  /** What is to be done since the last call, in order. */
  public List<Action> drain() {
    List<Action> drained = actions;
    actions = new ArrayList<>();
    return drained;
  }

  /** What this node states about itself. */
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
  public List<Standing> members() {
    SortedMap<UUID, Standing> members = new TreeMap<>();
    for (Introduction known : everyone()) {
      members.put(
          known.member().id(), new Standing(known.member(), known.status(), known.heartbeat()));
    }
    return List.copyOf(members.values());
  }

  /** The members that are alive, this node among them, ordered by id. */
  public List<Member> alive() {
    List<Member> alive = new ArrayList<>();
    for (Standing standing : members()) {
      if (standing.status() == Status.ALIVE) {
        alive.add(standing.member());
      }
    }
    return alive;
  }

  /** A member's statement; null if it is not known. */
  public @Nullable Member member(UUID id) {
    Introduction known = introduction(id);
    return known == null ? null : known.member();
  }

  /** How a member does; null if it is not known. */
  public @Nullable Status status(UUID id) {
    Introduction known = introduction(id);
    return known == null ? null : known.status();
  }

  /** Addresses of the other members that have not left, to be remembered on disk. */
  public List<Address> addresses() {
    Set<Address> addresses = new TreeSet<>();
    for (Account account : roster.accounts()) {
      if (account.status() != Status.LEFT) {
        addresses.add(account.member().peer());
      }
    }
    return List.copyOf(addresses);
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
