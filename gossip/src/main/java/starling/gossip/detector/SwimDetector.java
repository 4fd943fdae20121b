package starling.gossip.detector;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.GossipFormatException;
import starling.gossip.Member;
import starling.gossip.Status;
import starling.gossip.detector.DetectorCounters.Drop;

/**
 * SWIM with Lifeguard: probes in rounds ({@link Prober}), suspicions that other members confirm or
 * the suspect refutes ({@link Statements}, {@link OwnIdentity}), updates that ride on packets of
 * bounded size ({@link UpdateQueue}, {@link Outgoing}), and push-pull by digest ({@link
 * TableSync}).
 *
 * <p>Deviations from the papers: a refused connection raises a suspicion at once; some members
 * probe a suspect because they hear of the suspicion; incarnations are on disk and reserved in
 * advance; a process that was paused postpones its suspicions by the pause and abandons its probes;
 * a member sends its table's hash to a dead one now and then, so that the sides of a healed
 * partition meet.
 */
public final class SwimDetector implements FailureDetector {
  /** Ticks that this process may be late before it counts as paused. */
  private static final int PAUSE_TICKS = 3;

  /** Comparisons of tables before a suspicion ends. */
  private static final int DOUBTFUL_COMPARISONS = 2;

  private static final int CONTACTS = 3;
  private static final int MAX_CONTACTS = 1_024;

  private final DetectorConfig config;
  private final RandomGenerator random;
  private final DetectorCounters counters = new DetectorCounters();
  private final UpdateQueue queue = new UpdateQueue();
  private final MemberTable table;
  private final Outgoing out;
  private final OwnIdentity own;
  private final LocalHealth health;
  private final FollowUps followUps = new FollowUps();
  private final Statements statements;
  private final Prober prober;
  private final TableSync sync;
  private final Intake intake;
  private List<Address> contacts = List.of();
  private boolean started;
  private boolean searched;
  private long lastInputNanos;
  private long nextProbeNanos;
  private long nextSpreadNanos;
  private long nextSyncNanos;
  private long nextSearchNanos;
  private long nextForgetNanos;

  /**
   * @param cluster packets of other clusters are dropped
   * @param self this member's record; its incarnation is durable and higher than all that earlier
   *     processes of this id may have used
   */
  public SwimDetector(DetectorConfig config, UUID cluster, Member self, RandomGenerator random) {
    this(config, SwimRules.SWIM, cluster, self, random);
  }

  SwimDetector(
      DetectorConfig config, SwimRules rules, UUID cluster, Member self, RandomGenerator random) {
    var unused = Update.introduction(self).encode();
    this.config = config;
    this.random = random;
    this.table = new MemberTable(rules);
    this.out = new Outgoing(config, cluster, table, queue, counters);
    this.own = new OwnIdentity(config, rules, table, queue, out, self);
    this.health = new LocalHealth(config.maxHealth(), counters);
    this.statements =
        new Statements(config, rules, table, queue, own, out, health, counters, followUps, random);
    this.prober =
        new Prober(config, rules, table, own, out, health, counters, random, statements::suspect);
    this.sync = new TableSync(table, own, out);
    this.intake =
        new Intake(cluster, table, out, own, statements, followUps, prober, sync, counters);
  }

  @Override
  public void start(List<Address> contacts, long nowNanos) {
    if (started) {
      throw new IllegalStateException("started before");
    }
    started = true;
    this.contacts = List.copyOf(contacts.subList(0, Math.min(MAX_CONTACTS, contacts.size())));
    lastInputNanos = nowNanos;
    // Members that start together do not probe together.
    nextProbeNanos = nowNanos + random.nextLong(millis(config.intervalMillis()));
    nextSpreadNanos = nowNanos;
    nextSyncNanos = nowNanos + random.nextLong(millis(config.syncMillis()));
    own.start(nowNanos);
    search(nowNanos);
  }

  @Override
  public void introduce(List<Member> members, long nowNanos) {
    for (Member each : members) {
      if (!each.id().equals(own.row().id)) {
        statements.introduce(each, nowNanos);
      }
    }
    intake.afterStatements(null, nowNanos);
  }

  // --- packets

  @Override
  public void onPacket(Address from, byte[] bytes, boolean stream, long nowNanos) {
    if (!started || out.closed()) {
      return;
    }
    counters.packetsIn++;
    counters.bytesIn += bytes.length;
    noticePause(nowNanos);
    if (bytes.length > PacketCodec.MAX_BYTES) {
      counters.drop(Drop.TOO_LONG);
    } else if (bytes.length > 0 && PacketCodec.version(bytes) != PacketCodec.VERSION) {
      counters.drop(Drop.VERSION);
    } else {
      try {
        intake.onPacket(from, PacketCodec.decode(bytes), stream, nowNanos);
        if (intake.drainLearning()) {
          nextSyncNanos = Math.min(nextSyncNanos, nowNanos + millis(config.intervalMillis()));
        }
      } catch (GossipFormatException malformed) {
        counters.drop(Drop.MALFORMED);
      }
    }
  }

  // --- other inputs

  @Override
  public void onRefused(Address address, long nowNanos) {
    if (started && !out.closed()) {
      noticePause(nowNanos);
      for (Peer row : table.at(address)) {
        statements.suspect(row, nowNanos);
      }
    }
  }

  @Override
  public void onRefused(UUID id, long nowNanos) {
    Peer row = table.row(id);
    if (started && !out.closed() && row != null && row != own.row()) {
      noticePause(nowNanos);
      statements.suspect(row, nowNanos);
    }
  }

  @Override
  public void incarnationPersisted(long incarnation, long nowNanos) {
    own.persisted(incarnation, nowNanos);
  }

  @Override
  public void raiseAbove(long incarnation, long nowNanos) {
    own.raiseAbove(incarnation, nowNanos);
  }

  @Override
  public void leave(DepartureIntent intent, long nowNanos) {
    own.leave(intent, nowNanos);
    for (Peer each : table.pick(2 * config.spreadFanOut(), null, random)) {
      out.to(own, each, new Body.Updates(false), nowNanos);
    }
  }

  @Override
  public void ban(UUID id, long nowNanos) {
    if (!id.equals(own.row().id)) {
      table.ban(id);
      Peer row = table.row(id);
      if (row != null) {
        statements.ban(row, nowNanos);
      }
    }
  }

  // --- time

  @Override
  public void tick(long nowNanos) {
    if (!started || out.closed()) {
      return;
    }
    noticePause(nowNanos);
    own.tick(nowNanos);
    prober.tick(nowNanos);
    statements.tick(nowNanos);
    if (nowNanos >= nextProbeNanos && !own.leaving()) {
      nextProbeNanos = nowNanos + millis(config.intervalMillis()) * prober.stretch();
      own.beat();
      prober.probeNext(nowNanos);
    }
    if (nowNanos >= nextSpreadNanos && !queue.isEmpty()) {
      nextSpreadNanos = nowNanos + millis(config.spreadMillis());
      for (Peer each : table.pick(config.spreadFanOut(), null, random)) {
        out.to(own, each, new Body.Updates(false), nowNanos);
      }
    }
    if (followUps.drainDoubtful()) {
      compare(DOUBTFUL_COMPARISONS, nowNanos);
    }
    if (nowNanos >= nextSyncNanos) {
      nextSyncNanos = nowNanos + millis(config.syncMillis());
      compare(1, nowNanos);
    }
    if (nowNanos >= nextSearchNanos) {
      search(nowNanos);
    }
    if (nowNanos >= nextForgetNanos) {
      nextForgetNanos = nowNanos + 1_000_000_000L;
      table.forget(config, nowNanos);
    }
  }

  /** Compares the table with those of some others. */
  private void compare(int members, long nowNanos) {
    for (Peer each : table.pick(members, null, random)) {
      out.to(own, each, sync.root(), nowNanos);
    }
  }

  /** Seeks members beyond those that answer: a dead one, and addresses where none is known. */
  private void search(long nowNanos) {
    boolean alone = table.answering() == 0;
    nextSearchNanos = nowNanos + millis(alone ? config.intervalMillis() : config.syncMillis() / 2);
    List<Peer> dead = table.dead();
    if (!dead.isEmpty()) {
      out.to(own, dead.get(random.nextInt(dead.size())), sync.root(), nowNanos);
    }
    List<Address> strange = new ArrayList<>();
    for (Address each : contacts) {
      if (!each.equals(own.member().peer()) && table.at(each).isEmpty()) {
        strange.add(each);
      }
    }
    for (int i = 0; i < (alone ? CONTACTS : 1) && !strange.isEmpty(); i++) {
      Address to = strange.remove(random.nextInt(strange.size()));
      // Every other one over a connection, because datagrams may not arrive there.
      searched = !searched;
      out.send(own, to, sync.root(), !searched, own.introduction());
    }
  }

  /** Time that passed without any input was a pause of this process, not silence of others. */
  private void noticePause(long nowNanos) {
    long gap = nowNanos - lastInputNanos;
    lastInputNanos = nowNanos;
    long late = gap - millis(config.tickMillis());
    if (config.lifeguard() && gap >= PAUSE_TICKS * millis(config.tickMillis())) {
      statements.postpone(late);
      prober.abandon();
      health.worse(1);
    }
  }

  private static long millis(int millis) {
    return millis * 1_000_000L;
  }

  // --- reads

  @Override
  public int tickMillis() {
    return config.tickMillis();
  }

  @Override
  public List<DetectorAction> drain() {
    return out.drain();
  }

  @Override
  public Member self() {
    return own.member();
  }

  @Override
  public List<MemberSnapshot> members() {
    TreeMap<UUID, MemberSnapshot> ordered = new TreeMap<>();
    for (Peer row : table.rows()) {
      ordered.put(row.id, row.snapshot());
    }
    return List.copyOf(ordered.values());
  }

  @Override
  public @Nullable Member member(UUID id) {
    Peer row = table.row(id);
    return row == null ? null : row.member();
  }

  @Override
  public boolean knows(Address address) {
    return table.at(address).stream().anyMatch(row -> row.status() != Status.LEFT);
  }

  @Override
  public List<Member> pick(int count, @Nullable UUID except) {
    Peer row = except == null ? null : table.row(except);
    return table.pick(count, row, random).stream().map(Peer::member).toList();
  }

  @Override
  public @Nullable Status status(UUID id) {
    Peer row = table.row(id);
    return row == null ? null : row.status();
  }

  @Override
  public DetectorCounters counters() {
    return counters;
  }

  /** Updates that wait to be spread, and probes that wait for an answer. */
  int waiting() {
    return queue.size() + prober.waiting();
  }
}
