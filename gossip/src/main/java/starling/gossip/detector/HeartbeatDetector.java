package starling.gossip.detector;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.gossip.Action;
import starling.gossip.Address;
import starling.gossip.ClusterIdentity;
import starling.gossip.DepartureIntent;
import starling.gossip.Gossip;
import starling.gossip.GossipCodec;
import starling.gossip.GossipConfig;
import starling.gossip.GossipFormatException;
import starling.gossip.GossipMessage;
import starling.gossip.Header;
import starling.gossip.Member;
import starling.gossip.MemberRecord;
import starling.gossip.Merge;
import starling.gossip.ObservedMember;
import starling.gossip.Status;
import starling.gossip.detector.DetectorCounters.Drop;

/**
 * The detector of {@link Gossip} behind the common interface: heartbeat counters spread by
 * push-pull, and each member judges by how long it has not seen one grow (van Renesse, Minsky,
 * Hayden 1998). Digests name all members, so that its traffic grows with their number.
 */
public final class HeartbeatDetector implements FailureDetector {
  private static final UUID NO_FOUNDER = new UUID(0, 0);

  private final GossipConfig config;
  private final ClusterIdentity cluster;
  private final Gossip gossip;
  private final DetectorCounters counters = new DetectorCounters();
  private final Map<UUID, Long> since = new HashMap<>();
  private final Map<UUID, Long> contacts = new HashMap<>();
  private List<DetectorAction> actions = new ArrayList<>();
  private long nowNanos;

  public HeartbeatDetector(
      GossipConfig config, UUID cluster, Member self, RandomGenerator random, Merge merge) {
    this.config = config;
    this.cluster = new ClusterIdentity(cluster, 0, NO_FOUNDER);
    this.gossip = new Gossip(config, self, random, merge);
  }

  /** The facts that spread by the same messages. */
  public Gossip gossip() {
    return gossip;
  }

  @Override
  public void start(List<Address> contacts, long nowNanos) {
    this.nowNanos = nowNanos;
    gossip.resume(cluster, contacts, contacts, nowNanos);
    translate(true);
  }

  @Override
  public void introduce(List<Member> members, long nowNanos) {
    this.nowNanos = nowNanos;
    List<MemberRecord> records = new ArrayList<>();
    Member by = null;
    for (Member each : members) {
      if (!each.id().equals(self().id())) {
        by = each;
        records.add(new MemberRecord(each, 0, Status.ALIVE, DepartureIntent.NONE));
      }
    }
    if (by != null) {
      Header header = new Header(config.clusterName(), cluster, by.id(), by.life(), by.peer());
      gossip.onMessage(
          new GossipMessage.Delta(
              header, List.of(), records, null, new TreeMap<>(), new TreeSet<>(), new TreeSet<>()),
          nowNanos);
      // The caller knows them, and so may the others: nothing is to be spread.
      translate(false);
    }
  }

  @Override
  public void onPacket(Address from, byte[] packet, boolean stream, long nowNanos) {
    this.nowNanos = nowNanos;
    counters.packetsIn++;
    counters.bytesIn += packet.length;
    try {
      GossipMessage message = GossipCodec.decode(packet);
      contacts.put(message.header().sender(), nowNanos);
      gossip.onMessage(message, nowNanos);
    } catch (GossipFormatException malformed) {
      counters.drop(Drop.MALFORMED);
    }
    translate(true);
  }

  @Override
  public void onRefused(Address address, long nowNanos) {
    this.nowNanos = nowNanos;
    for (ObservedMember each : gossip.members()) {
      if (each.member().peer().equals(address)) {
        gossip.unreachable(each.member().id(), nowNanos);
      }
    }
    translate(true);
  }

  @Override
  public void incarnationPersisted(long incarnation, long nowNanos) {
    this.nowNanos = nowNanos;
    gossip.incarnationPersisted(incarnation);
    translate(true);
  }

  @Override
  public void tick(long nowNanos) {
    this.nowNanos = nowNanos;
    gossip.tick(nowNanos);
    translate(true);
  }

  @Override
  public void leave(DepartureIntent intent, long nowNanos) {
    this.nowNanos = nowNanos;
    gossip.leave(intent);
    translate(true);
  }

  @Override
  public void ban(UUID id, long nowNanos) {
    this.nowNanos = nowNanos;
    gossip.ban(id);
    translate(true);
  }

  private void translate(boolean sending) {
    for (List<Action> due = gossip.drain(); !due.isEmpty(); due = gossip.drain()) {
      due.forEach(action -> action.perform(new Translation(sending)));
    }
  }

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
    return gossip.self();
  }

  @Override
  public List<MemberSnapshot> members() {
    List<MemberSnapshot> members = new ArrayList<>();
    for (ObservedMember each : gossip.members()) {
      UUID id = each.member().id();
      members.add(
          new MemberSnapshot(
              each.member(),
              each.status(),
              each.heartbeat(),
              contacts.getOrDefault(id, 0L),
              since.getOrDefault(id, 0L),
              List.of()));
    }
    return members;
  }

  @Override
  public @Nullable Status status(UUID id) {
    return gossip.status(id);
  }

  @Override
  public DetectorCounters counters() {
    return counters;
  }

  /** Gossip's actions as those of a detector. */
  private final class Translation implements Action.Shell {
    private final boolean sending;

    Translation(boolean sending) {
      this.sending = sending;
    }

    @Override
    public void send(Address to, GossipMessage message) {
      if (sending) {
        byte[] packet = GossipCodec.encode(message);
        counters.packetsOut++;
        counters.bytesOut += packet.length;
        actions.add(new DetectorAction.Send(to, packet, true));
      }
    }

    @Override
    public void resolve(List<Address> names) {
      throw new IllegalStateException("the detector is in its cluster from the start");
    }

    @Override
    public void found() {
      throw new IllegalStateException("the detector is in its cluster from the start");
    }

    @Override
    public void join(ClusterIdentity identity, SortedMap<String, byte[]> facts) {
      throw new IllegalStateException("the detector is in its cluster from the start");
    }

    @Override
    public void persistIncarnation(long incarnation) {
      actions.add(new DetectorAction.PersistIncarnation(incarnation));
    }

    @Override
    public void factChanged(String fact) {
      // The owner of the facts reads them from gossip.
    }

    @Override
    public void memberChanged(Member member, @Nullable Status from, Status to) {
      if (from != to) {
        since.put(member.id(), nowNanos);
        counters.suspicionsRaised += to == Status.SUSPECT ? 1 : 0;
        counters.suspicionsRefuted += from == Status.SUSPECT && to == Status.ALIVE ? 1 : 0;
        counters.suspicionsConfirmed += from == Status.SUSPECT && to == Status.DEAD ? 1 : 0;
      }
      actions.add(new DetectorAction.MemberChanged(member, from, to));
    }

    @Override
    public void alarm(String text) {
      actions.add(new DetectorAction.Alarm(text));
    }

    @Override
    public void stepDown(String reason) {
      actions.add(new DetectorAction.StepDown(reason));
    }

    @Override
    public void exit(String line) {
      actions.add(new DetectorAction.StepDown(line));
    }
  }
}
