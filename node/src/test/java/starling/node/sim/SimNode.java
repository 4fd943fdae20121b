package starling.node.sim;

import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.node.replica.NodeId;

/** A node across its lives: a name, addresses, a disk, and at times a process. */
final class SimNode {
  final String name;
  final Address peer;
  final Address http;
  UUID id;
  private final SimCluster cluster;
  private SimDisk disk;
  private long skewMillis;
  private int lives;
  private int disks;
  private boolean trusted;
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
    this.id = idOf(disk);
  }

  private UUID idOf(SimDisk files) {
    try {
      String drawn = disks++ == 0 ? "node id " + name : "node id " + name + " " + disks;
      return NodeId.of(files, cluster.sim().stream(drawn));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  SimDisk disk() {
    return disk;
  }

  long skewMillis() {
    return skewMillis;
  }

  /** The wall clock of this machine is this much ahead from now on. */
  void skew(long millis) {
    skewMillis = millis;
  }

  /** From the next start on, a directory of the past keeps what it holds. */
  void trust() {
    trusted = true;
  }

  boolean trusted() {
    return trusted;
  }

  boolean up() {
    return process != null;
  }

  /** The process that runs. */
  SimProcess process() {
    if (process == null) {
      throw new IllegalStateException(name + " is down");
    }
    return process;
  }

  void start() {
    if (process != null) {
      throw new IllegalStateException(name + " is up already");
    }
    if (!idOf(disk).equals(id)) {
      throw new AssertionError(name + " has forgotten who it is");
    }
    SimProcess begun = new SimProcess(cluster, this, lives++);
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
    id = idOf(other);
  }

  void kill() {
    end();
    disk = disk.afterKill();
  }

  void losePower() {
    end();
    disk = disk.afterPowerLoss();
  }

  private void end() {
    process().die();
    process = null;
    cluster.network().crash(peer.toString());
  }
}
