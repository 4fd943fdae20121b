package starling.gossip.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.gossip.detector.MemberSnapshot;
import starling.sim.Endpoint;
import starling.sim.Scheduled;

/** The shell of {@link Gossip} in the simulator: one process at one address, on one directory. */
final class SimulatedNode implements Endpoint, Action.Shell {
  private static final String DATAGRAMS = "datagrams";

  final String name;
  final Address address;
  final NodeDirectory directory;
  final Gossip gossip;
  final List<String> alarms = new ArrayList<>();
  final List<String> changes = new ArrayList<>();
  final List<String> judgements = new ArrayList<>();
  final Map<String, Long> factTimes = new TreeMap<>();
  @Nullable String exitLine;
  @Nullable String stepDownReason;
  boolean founded;

  private final GossipWorld world;
  private final List<Runnable> missed = new ArrayList<>();
  private boolean running = true;
  private boolean paused;
  private @Nullable Scheduled nextTick;

  SimulatedNode(
      GossipWorld world,
      String name,
      Address address,
      NodeDirectory directory,
      List<Address> seeds) {
    this.world = world;
    this.name = name;
    this.address = address;
    this.directory = directory;
    directory.incarnation++;
    ProcessIncarnation life =
        new ProcessIncarnation(directory.incarnation, world.identities().nextLong());
    Member self =
        new Member(
            directory.id,
            life,
            name,
            address,
            new Address(address.host(), 8080),
            "zone",
            1,
            "test",
            1);
    this.gossip =
        new Gossip(
            world.config(),
            self,
            world.sim().stream(name + "/" + life.processNonce()),
            world.merge());
    ClusterIdentity cluster = directory.cluster;
    if (cluster == null) {
      gossip.begin(seeds, directory.mayHaveForgotten, now());
      directory.mayHaveForgotten = true;
    } else {
      gossip.resume(cluster, directory.remembered, seeds, now());
    }
    act();
    tickLater(world.identities().nextLong(gossip.tickMillis() * 1_000_000L));
  }

  GossipWorld world() {
    return world;
  }

  boolean running() {
    return running;
  }

  Member member() {
    return gossip.self();
  }

  Status sees(SimulatedNode other) {
    return gossip.status(other.directory.id);
  }

  boolean seesAlive(SimulatedNode other) {
    Member member = gossip.member(other.directory.id);
    return member != null
        && member.life().sameProcess(other.member().life())
        && sees(other) == Status.ALIVE;
  }

  void update(String fact, byte[] value) {
    gossip.update(fact, value);
    act();
  }

  void stopPolitely() {
    gossip.leave(DepartureIntent.STOPPED, now());
    act();
    // A process that ends takes this long at least.
    world.sim().runForMillis(5);
    crash();
  }

  void crash() {
    running = false;
    if (nextTick != null) {
      nextTick.cancel();
    }
    world.network().crash(address.toString());
    world.gone(this);
  }

  /** As SIGSTOP does: nothing runs, the network goes on filling its buffers. */
  void pause() {
    paused = true;
  }

  /** The timer that was due goes off first, as it may in a real process. */
  void resume() {
    paused = false;
    if (nextTick == null) {
      tick();
    }
    List<Runnable> arrived = List.copyOf(missed);
    missed.clear();
    arrived.forEach(Runnable::run);
  }

  @Override
  public void onBytes(String from, String channel, byte[] bytes) {
    if (paused) {
      missed.add(() -> onBytes(from, channel, bytes));
      return;
    }
    SimulatedNode sender = world.at(from);
    boolean heard = sender == null || world.mishearing.hears(this, sender.directory.id);
    if (running && heard && channel.equals(DATAGRAMS)) {
      gossip.onDatagram(new Address(from.substring(0, from.lastIndexOf(':')), 7946), bytes, now());
      act();
    } else if (running && heard) {
      gossip.onMessage(world.mishearing.heard(this, GossipCodec.decode(bytes)), now());
      act();
    }
  }

  // --- the shell

  @Override
  public void send(Address to, GossipMessage message) {
    byte[] bytes = GossipCodec.encode(message);
    world.bytesSent += bytes.length;
    world.messagesSent++;
    if (!sendToAny(to, bytes) && world.refusesConnections) {
      for (MemberSnapshot each : gossip.members()) {
        if (each.member().peer().equals(to)) {
          gossip.unreachable(each.member().id(), now());
        }
      }
    }
  }

  @Override
  public void sendDatagram(Address to, byte[] packet) {
    world.bytesSent += packet.length;
    world.messagesSent++;
    for (Address each : world.dropsDatagrams ? List.<Address>of() : world.lookUp(to)) {
      world.network().sendDatagram(address.toString(), each.toString(), DATAGRAMS, packet);
    }
  }

  private boolean sendToAny(Address name, byte[] bytes) {
    for (Address each : world.lookUp(name)) {
      if (world.network().send(address.toString(), each.toString(), "gossip", bytes)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void resolve(List<Address> names) {
    for (Address each : names) {
      gossip.onResolved(each, world.lookUp(each), now());
    }
  }

  @Override
  public void found() {
    founded = true;
    long foundedMillis = 1_000_000 + now() / 1_000_000;
    UUID id = new UUID(world.identities().nextLong(), world.identities().nextLong());
    enter(new ClusterIdentity(id, foundedMillis, directory.id), new TreeMap<>(world.foundingFacts));
  }

  @Override
  public void join(ClusterIdentity cluster, SortedMap<String, byte[]> facts) {
    enter(cluster, facts);
  }

  private void enter(ClusterIdentity cluster, SortedMap<String, byte[]> facts) {
    onDisk(
        () -> {
          directory.cluster = cluster;
          facts.forEach(gossip::update);
          gossip.enter(cluster, now());
        });
  }

  @Override
  public void persistIncarnation(long incarnation) {
    onDisk(
        () -> {
          directory.incarnation = Math.max(directory.incarnation, incarnation);
          gossip.incarnationPersisted(incarnation, now());
        });
  }

  @Override
  public void factChanged(String fact) {
    factTimes.put(fact, now());
  }

  @Override
  public void memberChanged(Member member, @Nullable Status from, Status to) {
    directory.remembered = gossip.addresses();
    changes.add(member.name() + " " + from + " > " + to);
    if (to == Status.DEAD || to == Status.SUSPECT) {
      judgements.add(member.name() + " " + to);
    }
    world.sim().note(name + " sees " + member.name() + " " + from + " > " + to);
  }

  @Override
  public void alarm(String text) {
    alarms.add(text);
  }

  @Override
  public void stepDown(String reason) {
    stepDownReason = reason;
  }

  @Override
  public void exit(String line) {
    exitLine = line;
    world.sim().after(0, name + " exits", this::crash);
  }

  private void onDisk(Runnable then) {
    world
        .sim()
        .after(
            world.fsyncNanos,
            name + " fsync",
            () -> {
              if (running) {
                then.run();
                act();
              }
            });
  }

  private void tickLater(long nanos) {
    nextTick = world.sim().after(nanos, name + " tick", this::tick);
  }

  private void tick() {
    nextTick = null;
    if (running && !paused) {
      gossip.tick(now());
      act();
      tickLater(gossip.tickMillis() * 1_000_000L);
    }
  }

  void act() {
    for (List<Action> due = gossip.drain(); !due.isEmpty(); due = gossip.drain()) {
      due.forEach(action -> action.perform(this));
    }
  }

  private long now() {
    return world.sim().nanoTime();
  }

  @Override
  public String toString() {
    return name + "@" + address;
  }
}
