package starling.gossip.detector;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.sim.Simulation;
import starling.sim.SplitMix;

/**
 * The network of a {@link DetectorWorld}, made for a thousand members: datagrams that are delayed
 * and lost, or connections. A connection costs a round trip before its first bytes, hides a loss by
 * a retransmission after {@link #RTO_NANOS} (doubled each time), keeps the order, and closes after
 * a minute without use.
 */
final class SimLinks {
  private static final long SYN_NANOS = 1_000_000_000L;
  private static final long RTO_NANOS = 200_000_000L;
  private static final long IDLE_NANOS = 60_000_000_000L;
  private static final int DATAGRAM_HEADER = 28;
  private static final int SEGMENT_HEADER = 52;

  private static final class Connection {
    long readyNanos;
    long usedNanos;
    long lastArrivalNanos;
  }

  private final DetectorWorld world;
  private final Simulation sim;
  private final SplitMix random;
  private final Map<Long, Connection> connections = new HashMap<>();
  private final String[] labels = new String[64];

  /** Loss of each packet, in each direction. */
  double loss;

  long minDelayNanos = 200_000;
  long meanExtraNanos = 300_000;

  /** Whether all packets travel on connections, as they do where there are no datagrams. */
  boolean streamsOnly;

  /** Whether the network drops all datagrams. */
  boolean dropsDatagrams;

  /** Whether the host of an ended process says that nothing listens there. */
  boolean refuses;

  long packets;
  long wireBytes;
  long connectionsOpened;

  SimLinks(DetectorWorld world, Simulation sim) {
    this.world = world;
    this.sim = sim;
    this.random = sim.stream("links");
    for (int i = 0; i < labels.length; i++) {
      labels[i] = "packet of " + 32 * i + " bytes";
    }
  }

  void send(SimMember from, Address to, byte[] bytes, boolean stream) {
    packets++;
    boolean connected = streamsOnly || stream;
    SimMember target = world.at(to);
    boolean reachable = target != null && world.connected(from, target);
    if (!connected) {
      wireBytes += bytes.length + DATAGRAM_HEADER;
      boolean lost = random.chance(loss) || dropsDatagrams;
      long arrival = sim.nanoTime() + delay();
      if (!lost && reachable) {
        arrive(from, to, bytes, connected, arrival);
      } else if (!lost && target == null && refuses) {
        refuse(from, to, arrival + delay());
      }
      return;
    }
    Connection connection = connection(from, to, target, reachable);
    if (connection != null) {
      long arrival = connection.readyNanos + delay();
      wireBytes += bytes.length + 2 * SEGMENT_HEADER;
      for (long wait = RTO_NANOS; random.chance(loss); wait *= 2) {
        arrival += wait;
        wireBytes += bytes.length + SEGMENT_HEADER;
      }
      arrival = Math.max(arrival, connection.lastArrivalNanos);
      connection.lastArrivalNanos = arrival;
      arrive(from, to, bytes, connected, arrival);
    }
  }

  private @Nullable Connection connection(
      SimMember from, Address to, @Nullable SimMember target, boolean reachable) {
    long now = sim.nanoTime();
    if (target == null || !reachable) {
      wireBytes += SEGMENT_HEADER;
      if (target == null && refuses) {
        refuse(from, to, now + 2 * delay());
      }
      return null;
    }
    long low = Math.min(from.serial, target.serial);
    long key = low << 32 | Math.max(from.serial, target.serial);
    Connection connection = connections.get(key);
    if (connection == null || now - connection.usedNanos > IDLE_NANOS) {
      connection = new Connection();
      connections.put(key, connection);
      connectionsOpened++;
      // Three packets to open it, four to close it.
      wireBytes += 7 * SEGMENT_HEADER;
      long ready = now + 2 * delay();
      for (long wait = SYN_NANOS; random.chance(1 - (1 - loss) * (1 - loss)); wait *= 2) {
        ready += wait;
      }
      connection.readyNanos = ready;
    }
    connection.usedNanos = now;
    connection.readyNanos = Math.max(connection.readyNanos, now);
    return connection;
  }

  private long delay() {
    return minDelayNanos + (long) (meanExtraNanos * random.nextExponential());
  }

  private void arrive(SimMember from, Address to, byte[] bytes, boolean stream, long atNanos) {
    String label = labels[Math.min(labels.length - 1, bytes.length / 32)];
    Address source = from.address;
    sim.at(
        atNanos,
        label,
        () -> {
          SimMember target = world.at(to);
          if (target != null && world.connected(from, target)) {
            target.receive(source, bytes, stream);
          }
        });
  }

  private void refuse(SimMember from, Address to, long atNanos) {
    sim.at(atNanos, "refused", () -> from.refused(to));
  }
}
