package starling.node.sim;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.node.cluster.NodeId;
import starling.node.sim.check.CoverageMark;
import starling.node.sim.disk.SimDisk;
import starling.node.sim.fault.BrokenStorage;

/** A node across its lives: a name, addresses, a disk, and at times a process. */
public final class SimNode {
  /** What the simulator itself, or a process in its constructor, asks for. */
  private static final Set<BrokenStorage.Call> UNTOUCHED =
      EnumSet.of(
          BrokenStorage.Call.RECOVERY, BrokenStorage.Call.STATISTICS, BrokenStorage.Call.META);

  public final String name;
  final Address peer;
  final Address http;
  public UUID id;
  private final SimCluster cluster;
  private SimDisk disk;
  private long aheadMillis;
  private int percent = 100;
  private long percentSinceNanos;
  private long diskFactor = 1;
  private long slowUntilNanos;
  private long diskRoom = Long.MAX_VALUE;
  private long throwEvery;
  private long calls;
  private int lives;
  private int disks;
  private boolean acceptsStaleData;
  private boolean paused;
  private final List<Runnable> held = new ArrayList<>();
  private @Nullable SimProcess process;

  SimNode(SimCluster cluster, int index) {
    this(cluster, "n" + index, "10.0.0." + (index + 1), null);
  }

  /**
   * @param files what its disk holds; null for an empty one
   */
  SimNode(SimCluster cluster, String name, String host, @Nullable SimDisk files) {
    this.cluster = cluster;
    this.name = name;
    this.peer = new Address(host, 7000);
    this.http = new Address(host, 8000);
    this.disk = files != null ? files : new SimDisk(cluster.sim().stream("disk " + name));
    this.id = known(disk);
  }

  private UUID known(SimDisk files) {
    try {
      return idOf(files).id();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private NodeId idOf(SimDisk files) throws IOException {
    String drawn = disks++ == 0 ? "node id " + name : "node id " + name + " " + disks;
    return NodeId.of(files, cluster.sim().stream(drawn));
  }

  public SimDisk disk() {
    return disk;
  }

  // --- its clock

  /** How far the wall clock of this machine is ahead. */
  long aheadMillis() {
    long since = (cluster.sim().nanoTime() - percentSinceNanos) / 1_000_000;
    return aheadMillis + since * (percent - 100) / 100;
  }

  /** The wall clock is this much ahead from now on. */
  public void skew(long millis) {
    aheadMillis = millis;
    percentSinceNanos = cluster.sim().nanoTime();
  }

  /** The wall clock runs at so many hundredths of its speed from now on. */
  public void drift(int hundredths) {
    skew(aheadMillis());
    percent = hundredths;
  }

  // --- its disk

  /** Each task of the disk takes so many times as long from now on. */
  public void slowDisk(long times) {
    diskFactor = times;
  }

  long diskFactor() {
    return diskFactor;
  }

  /** A task of the disk has begun, and ends then. */
  void diskTask(long untilNanos) {
    if (diskFactor > 1) {
      slowUntilNanos = Math.max(slowUntilNanos, untilNanos);
    }
  }

  /** When the last task ends that began while the disk was slow. */
  long slowUntilNanos() {
    return slowUntilNanos;
  }

  /** From now on there is room for so many bytes more. */
  public void diskRoom(long bytes) {
    diskRoom = bytes == Long.MAX_VALUE ? bytes : disk.usedBytes() + bytes;
    disk.capacity(diskRoom);
  }

  // --- its storage

  /** Every so many-th call of its storage throws from now on; 0: none does. */
  public void throwEvery(long calls) {
    throwEvery = calls;
  }

  /** Whether this call is one that throws. What a process reads when it starts never does. */
  boolean strikes(BrokenStorage.Call call) {
    boolean strikes =
        throwEvery > 0 && !UNTOUCHED.contains(call) && process != null && ++calls % throwEvery == 0;
    if (strikes) {
      cluster.probes().hit(CoverageMark.STORAGE_CALL_THREW);
    }
    return strikes;
  }

  /** Whether its node is ready; a fault planted in calls of the storage does not strike here. */
  boolean ready() {
    long every = throwEvery;
    throwEvery = 0;
    try {
      return up() && process().node.notReady() == null;
    } finally {
      throwEvery = every;
    }
  }

  // --- its process

  /** From now on no event of the process happens. */
  public void pause() {
    paused = true;
  }

  public boolean paused() {
    return paused;
  }

  /** All that should have happened meanwhile happens now, in the order in which it was due. */
  public void resume() {
    paused = false;
    List<Runnable> late = List.copyOf(held);
    held.clear();
    late.forEach(task -> cluster.sim().after(0, name + " late", () -> act(task)));
  }

  /** Now, or when the process is not paused any more. */
  void act(Runnable task) {
    if (paused) {
      held.add(task);
    } else {
      task.run();
    }
  }

  /** How often it was started again. */
  int restarts() {
    return Math.max(0, lives - 1);
  }

  /** From the next start on, {@code --accept-stale-data} is given. */
  void acceptStaleData() {
    acceptsStaleData = true;
  }

  boolean acceptsStaleData() {
    return acceptsStaleData;
  }

  public boolean up() {
    return process != null;
  }

  /** The process that runs. */
  public SimProcess process() {
    if (process == null) {
      throw new IllegalStateException(name + " is down");
    }
    return process;
  }

  /** Starts the process; throws what keeps it from that. */
  void start() throws IOException {
    if (process != null) {
      throw new IllegalStateException(name + " is up already");
    }
    NodeId found = idOf(disk);
    if (!found.id().equals(id)) {
      cluster.onNewId(this, found.id());
      id = found.id();
    }
    SimProcess begun = new SimProcess(cluster, this, found, lives++);
    process = begun;
    cluster.network().attach(peer.toString(), begun);
    begun.start();
  }

  /** Another disk takes the place of the node's own, which is gone for good. */
  void giveDisk(SimDisk other) {
    if (process != null) {
      throw new IllegalStateException(name + " is up");
    }
    disk = other;
    disk.capacity(diskRoom);
    id = known(other);
  }

  void kill() {
    end();
    disk = disk.afterKill();
    disk.capacity(diskRoom);
  }

  void losePower() {
    end();
    disk = disk.afterPowerLoss();
    disk.capacity(diskRoom);
  }

  /** The durable position that its process has announced; -1 if none runs. */
  public long announcedPosition() {
    return up() ? process().node.statistics().announcedPosition() : -1;
  }

  private void end() {
    cluster.damage().ended(name, cluster.sim().nanoTime(), announcedPosition());
    process().die();
    process = null;
    paused = false;
    held.clear();
    cluster.network().crash(peer.toString());
  }
}
