package starling.gossip.detector;

import java.util.ArrayDeque;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;

/**
 * One process with a failure detector. It handles inputs one after the other; a slow one gets the
 * processor only in slices, and a paused one not at all, so that its inputs wait.
 */
final class SimMember implements DetectorAction.Shell {
  /** As many packets as the buffer of a socket takes. */
  private static final int MAX_WAITING = 512;

  private static final long FSYNC_NANOS = 3_000_000;

  /** What is on disk: identity and the highest incarnation that may be in use. */
  static final class Directory {
    final UUID id;
    long incarnation;

    Directory(UUID id) {
      this.id = id;
    }

    Directory copy() {
      Directory copy = new Directory(id);
      copy.incarnation = incarnation;
      return copy;
    }
  }

  final DetectorWorld world;
  final String name;
  final Address address;
  final Directory directory;
  final int serial;
  final FailureDetector detector;
  @Nullable String stepDownReason;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

  /** What a blocked member would have sent and received. */
  private final ArrayDeque<Runnable> outside = new ArrayDeque<>();

  private boolean running = true;
  private boolean paused;
  private boolean blocked;
  private boolean serving;
  private boolean tickDue;

  /** Runs for a slice, then waits this many times as long; 0 for a process that always runs. */
  private double waits;

  /** Which share of the packets that reach it is lost in its host. */
  double deafness;

  private long sliceEndsNanos;
  private long costNanos;

  SimMember(DetectorWorld world, String name, Address address, Directory directory, int serial) {
    this.world = world;
    this.name = name;
    this.address = address;
    this.directory = directory;
    this.serial = serial;
    directory.incarnation++;
    Member self =
        new Member(
            directory.id,
            new ProcessIncarnation(directory.incarnation, world.draw().nextLong()),
            name,
            address,
            new Address(address.host(), 8080),
            "zone",
            1,
            "1.0",
            1);
    this.detector =
        world.strategy.create(
            world.config, world.rules, world.cluster, self, world.sim.stream("process " + serial));
  }

  void begin(List<Address> contacts) {
    detector.start(contacts, now());
    act();
    long tickNanos = detector.tickMillis() * 1_000_000L;
    world.sim.after(world.draw().nextLong(tickNanos), "tick", this::tick);
  }

  boolean running() {
    return running;
  }

  boolean paused() {
    return paused;
  }

  boolean slow() {
    return waits > 0;
  }

  UUID id() {
    return directory.id;
  }

  @Nullable Status sees(SimMember other) {
    return detector.status(other.id());
  }

  // --- what is done to it

  void kill() {
    running = false;
    waiting.clear();
    world.gone(this);
  }

  void stop() {
    detector.leave(DepartureIntent.STOPPED, now());
    act();
    kill();
  }

  void pause() {
    paused = true;
  }

  void resume() {
    paused = false;
    serve();
  }

  /**
   * From now on it blocks and runs in turns, as in the experiments of the Lifeguard paper (section
   * V): a blocked member neither sends nor receives, but its timers go on.
   */
  void alternate(long blockedMillis, long runningMillis, long untilMillis) {
    if (!running || world.millis() >= untilMillis) {
      return;
    }
    blocked = true;
    world.sim.after(
        blockedMillis * 1_000_000L,
        "unblock",
        () -> {
          blocked = false;
          List.copyOf(outside).forEach(Runnable::run);
          outside.clear();
          world.sim.after(
              runningMillis * 1_000_000L,
              "block",
              () -> alternate(blockedMillis, runningMillis, untilMillis));
        });
  }

  /**
   * From now on it gets a share of the processor, in slices of 5 to 50 ms, and each input costs it
   * time.
   */
  void slowTo(double share, long costNanos) {
    this.waits = (1 - share) / share;
    this.costNanos = costNanos;
  }

  // --- inputs

  void receive(Address from, byte[] bytes, boolean stream) {
    if (blocked && outside.size() < MAX_WAITING) {
      outside.add(() -> receive(from, bytes, stream));
    } else if (!blocked && !world.draw().chance(deafness)) {
      enqueue(() -> detector.onPacket(from, bytes, stream, now()));
    }
  }

  void refused(Address to) {
    enqueue(() -> detector.onRefused(to, now()));
  }

  private void tick() {
    if (!running) {
      return;
    }
    world.sim.after(detector.tickMillis() * 1_000_000L, "tick", this::tick);
    if (!tickDue) {
      tickDue = true;
      enqueue(
          () -> {
            tickDue = false;
            detector.tick(now());
          });
    }
  }

  private void enqueue(Runnable input) {
    if (!running) {
      return;
    }
    if (!paused && waits == 0 && waiting.isEmpty()) {
      input.run();
      act();
    } else if (waiting.size() < MAX_WAITING) {
      waiting.add(input);
      serve();
    } else {
      // A timer that is lost would never fire again.
      tickDue = false;
    }
  }

  private void serve() {
    if (serving || paused || waiting.isEmpty() || !running) {
      return;
    }
    serving = true;
    long at = now();
    if (waits > 0 && at >= sliceEndsNanos) {
      long slice = 5_000_000 + world.draw().nextLong(45_000_000);
      at += (long) (slice * waits);
      sliceEndsNanos = at + slice;
    }
    world.sim.at(at, "serve", this::serveOne);
  }

  private void serveOne() {
    serving = false;
    Runnable input = paused || !running ? null : waiting.poll();
    if (input == null) {
      return;
    }
    input.run();
    act();
    if (costNanos == 0) {
      serve();
    } else {
      serving = true;
      world.sim.after(
          costNanos,
          "free",
          () -> {
            serving = false;
            serve();
          });
    }
  }

  // --- the shell

  private void act() {
    for (var due = detector.drain(); !due.isEmpty(); due = detector.drain()) {
      due.forEach(action -> action.perform(this));
    }
  }

  @Override
  public void send(Address to, byte[] packet, boolean stream) {
    if (blocked && outside.size() < MAX_WAITING) {
      outside.add(() -> send(to, packet, stream));
    } else if (!blocked) {
      world.links.send(this, to, packet, stream);
    }
  }

  @Override
  public void persistIncarnation(long incarnation) {
    world.sim.after(
        FSYNC_NANOS,
        "fsync",
        () -> {
          if (running) {
            directory.incarnation = Math.max(directory.incarnation, incarnation);
            enqueue(() -> detector.incarnationPersisted(incarnation, now()));
          }
        });
  }

  @Override
  public void memberChanged(Member member, @Nullable Status from, Status to) {
    world.changed(this, member, from, to);
  }

  @Override
  public void alarm(String text) {
    world.sim.note(name + ": " + text);
  }

  @Override
  public void stepDown(String reason) {
    stepDownReason = reason;
    world.sim.after(0, "step down", this::kill);
  }

  private long now() {
    return world.sim.nanoTime();
  }

  @Override
  public String toString() {
    return name;
  }
}
