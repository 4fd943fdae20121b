package starling.gossip.heartbeat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.GossipFormatException;
import starling.gossip.Member;
import starling.gossip.Status;
import starling.gossip.detector.DetectorAction;
import starling.gossip.detector.DetectorCounters;
import starling.gossip.detector.FailureDetector;
import starling.gossip.detector.MemberSnapshot;

/**
 * Heartbeat counters spread by push-pull, and each member judges by how long it has not seen one
 * grow (van Renesse, Minsky, Hayden 1998). Digests name all members, so that its traffic grows with
 * their number.
 */
public final class HeartbeatDetector implements FailureDetector {
  private static final int CONTACTS = 3;

  private final HeartbeatConfig config = HeartbeatConfig.DEFAULT;
  private final UUID cluster;
  private final RandomGenerator random;
  private final MemberList roster = new MemberList(config, this::act);
  private final Self own;
  private final AllMembers everyone;
  private final DetectorCounters counters = new DetectorCounters();
  private final Map<UUID, Long> since = new HashMap<>();
  private List<DetectorAction> actions = new ArrayList<>();
  private List<Address> contacts = List.of();
  private boolean closed;
  private long nowNanos;
  private long lastTickNanos;
  private long lastRoundNanos;
  private long hotUntilNanos;

  public HeartbeatDetector(UUID cluster, Member self, RandomGenerator random) {
    this.cluster = cluster;
    this.random = random;
    this.own = new Self(self, roster, this::act);
    this.everyone = new AllMembers(own, roster);
  }

  private void act(DetectorAction action) {
    if (action instanceof DetectorAction.MemberChanged changed && changed.from() != changed.to()) {
      since.put(changed.member().id(), nowNanos);
    }
    if (!closed) {
      actions.add(action);
      closed = action instanceof DetectorAction.StepDown;
    }
  }

  @Override
  public void start(List<Address> known, long now) {
    nowNanos = now;
    contacts = List.copyOf(known);
    lastTickNanos = now;
    hotUntilNanos = now + config.hotMillis() * 1_000_000L;
    round();
  }

  @Override
  public void introduce(List<Member> members, long now) {
    nowNanos = now;
    for (Member each : members) {
      if (!everyone.isSelf(each.id())) {
        roster.onIntroduction(new MemberRecord(each, 0, Status.ALIVE, DepartureIntent.NONE), now);
      }
    }
  }

  // --- messages

  @Override
  public void onPacket(Address from, byte[] packet, boolean stream, long now) {
    nowNanos = now;
    HeartbeatCodec.Message message;
    try {
      message = HeartbeatCodec.decode(packet);
    } catch (GossipFormatException malformed) {
      return;
    }
    if (closed || !message.cluster().equals(cluster)) {
      return;
    }
    if (everyone.isSelf(message.sender())) {
      if (!message.life().sameProcess(own.member().life())) {
        boolean unused = own.onOtherProcess(message.life());
      }
    } else if (!roster.shutsOut(message.sender())) {
      roster.heardFrom(message.sender(), message.life(), now);
      merge(from, message);
    }
  }

  private void merge(Address from, HeartbeatCodec.Message message) {
    List<Entry> replied = new ArrayList<>();
    List<MemberRecord> records = new ArrayList<>();
    List<UUID> wanted = new ArrayList<>();
    List<Entry> news = new ArrayList<>();
    List<MemberRecord> introduced = new ArrayList<>();
    Set<UUID> named = new TreeSet<>();
    for (Entry entry : message.entries()) {
      named.add(entry.id());
      MemberList.Heard heard =
          everyone.isSelf(entry.id())
              ? own.onEntry(entry, nowNanos)
              : roster.onEntry(entry, nowNanos);
      if (heard == MemberList.Heard.UNKNOWN) {
        wanted.add(entry.id());
      } else if (heard == MemberList.Heard.NEWS) {
        news.add(entry);
      } else if (heard == MemberList.Heard.BEHIND && message.digest()) {
        MemberRecord known = everyone.introduction(entry.id());
        if (known != null) {
          replied.add(known.entry());
        }
      }
    }
    for (MemberRecord record : message.records()) {
      if (everyone.isSelf(record.member().id())) {
        own.onEntry(record.entry(), nowNanos);
      } else if (roster.onIntroduction(record, nowNanos)) {
        introduced.add(record);
      }
    }
    if (message.digest()) {
      for (MemberRecord known : everyone.introductions()) {
        if (!named.contains(known.member().id())) {
          records.add(known);
        }
      }
    }
    for (UUID id : message.wanted()) {
      MemberRecord known = everyone.introduction(id);
      if (known != null) {
        records.add(known);
      }
    }
    if (!replied.isEmpty() || !records.isEmpty() || !wanted.isEmpty()) {
      send(from, false, replied, records, wanted);
    }
    if (!introduced.isEmpty()) {
      hotUntilNanos = nowNanos + config.hotMillis() * 1_000_000L;
    }
    if (!news.isEmpty() || !introduced.isEmpty()) {
      spread(news, introduced, message.sender());
    }
  }

  private void spread(List<Entry> news, List<MemberRecord> introduced, @Nullable UUID except) {
    List<MemberState> others = hopeful();
    others.removeIf(each -> each.member().id().equals(except));
    for (MemberState each : pick(others, config.fanOut())) {
      send(each.member().peer(), false, news, introduced, List.of());
    }
  }

  private void send(
      Address to,
      boolean digest,
      List<Entry> entries,
      List<MemberRecord> records,
      List<UUID> wanted) {
    Member me = own.member();
    act(
        new DetectorAction.Send(
            to,
            HeartbeatCodec.encode(
                new HeartbeatCodec.Message(
                    digest, cluster, me.id(), me.life(), entries, records, wanted)),
            true));
  }

  // --- time

  @Override
  public void tick(long now) {
    if (closed) {
      return;
    }
    nowNanos = now;
    boolean paused = now - lastTickNanos >= config.pauseMillis() * 1_000_000L;
    lastTickNanos = now;
    if (paused) {
      roster.forgive(now);
    } else {
      roster.judgeAll(now);
    }
    int pace = now < hotUntilNanos ? config.tickMillis() : config.roundMillis();
    if (now - lastRoundNanos >= (pace - config.tickMillis() / 2) * 1_000_000L) {
      round();
    }
  }

  private void round() {
    lastRoundNanos = nowNanos;
    own.beat();
    Set<Address> targets = new LinkedHashSet<>();
    pick(hopeful(), config.fanOut()).forEach(each -> targets.add(each.member().peer()));
    pick(roster.with(EnumSet.of(Status.DEAD)), 1)
        .forEach(each -> targets.add(each.member().peer()));
    if (nowNanos < hotUntilNanos || roster.with(EnumSet.of(Status.ALIVE)).isEmpty()) {
      Set<Address> strange = new LinkedHashSet<>(contacts);
      roster.accounts().forEach(each -> strange.remove(each.member().peer()));
      targets.addAll(pick(List.copyOf(strange), CONTACTS));
    }
    targets.remove(own.member().peer());
    for (Address target : targets) {
      send(target, true, everyone.entries(), List.of(), List.of());
    }
  }

  private List<MemberState> hopeful() {
    return roster.with(EnumSet.of(Status.ALIVE, Status.SUSPECT));
  }

  private <T> List<T> pick(List<T> from, int count) {
    List<T> left = new ArrayList<>(from);
    List<T> picked = new ArrayList<>();
    while (picked.size() < count && !left.isEmpty()) {
      picked.add(left.remove(random.nextInt(left.size())));
    }
    return picked;
  }

  // --- other inputs

  @Override
  public void onRefused(Address address, long now) {
    nowNanos = now;
    for (MemberState each : List.copyOf(roster.accounts())) {
      if (each.member().peer().equals(address)) {
        roster.unreachable(each.member().id(), now);
      }
    }
  }

  @Override
  public void onRefused(UUID id, long now) {
    nowNanos = now;
    roster.unreachable(id, now);
  }

  @Override
  public void incarnationPersisted(long incarnation, long now) {
    nowNanos = now;
    if (own.persisted(incarnation)) {
      spread(List.of(), List.of(own.introduction()), null);
    }
  }

  @Override
  public void raiseAbove(long incarnation, long now) {
    own.raiseAboveThePast(incarnation, now);
  }

  @Override
  public void leave(DepartureIntent intent, long now) {
    nowNanos = now;
    own.sayFarewell(intent);
    spread(List.of(own.entry()), List.of(), null);
  }

  @Override
  public void ban(UUID id, long now) {
    nowNanos = now;
    if (!everyone.isSelf(id)) {
      roster.ban(id);
    }
  }

  // --- reads

  @Override
  public int tickMillis() {
    return config.tickMillis();
  }

  @Override
  public List<DetectorAction> drain() {
    List<DetectorAction> drained = actions;
    actions = new ArrayList<>();
    return drained;
  }

  @Override
  public Member self() {
    return own.member();
  }

  @Override
  public List<MemberSnapshot> members() {
    List<MemberSnapshot> members = new ArrayList<>();
    for (ObservedMember each : everyone.standings()) {
      long changed = since.getOrDefault(each.member().id(), 0L);
      members.add(
          new MemberSnapshot(
              each.member(), each.status(), each.heartbeat(), changed, changed, List.of()));
    }
    return members;
  }

  @Override
  public @Nullable Member member(UUID id) {
    MemberRecord known = everyone.introduction(id);
    return known == null ? null : known.member();
  }

  @Override
  public @Nullable Status status(UUID id) {
    MemberRecord known = everyone.introduction(id);
    return known == null ? null : known.status();
  }

  @Override
  public boolean knows(Address address) {
    return roster.accounts().stream()
        .anyMatch(each -> each.member().peer().equals(address) && each.status() != Status.LEFT);
  }

  @Override
  public List<Member> pick(int count, @Nullable UUID except) {
    List<MemberState> others = hopeful();
    others.removeIf(each -> each.member().id().equals(except));
    return pick(others, count).stream().map(MemberState::member).toList();
  }

  @Override
  public DetectorCounters counters() {
    return counters;
  }
}
