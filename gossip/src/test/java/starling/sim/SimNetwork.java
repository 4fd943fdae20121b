package starling.sim;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A network between named nodes that delays, loses, doubles, reorders, clogs and cuts. Each
 * directed pair and channel is a connection: in order, at most once, and a loss breaks it together
 * with what is still on the way. Beside that each datagram fares for itself.
 *
 * <ol>
 *   <li>A send that returns false was surely not sent: the other side is down.
 *   <li>Over a cut link sends succeed and vanish; neither side is told. What was on the way when it
 *       was cut is lost too. A healed link begins with new connections, and both ends hear that the
 *       old ones broke.
 *   <li>A node that crashes loses all that is on the way to it. Of what it has sent, what arrives
 *       before a random moment still arrives.
 * </ol>
 */
public final class SimNetwork {
  private record Pair(String from, String to) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      int byFrom = from.compareTo(other.from);
      return byFrom != 0 ? byFrom : to.compareTo(other.to);
    }
  }

  /** One directed link with its connections by channel. */
  private static final class Link {
    NetworkFaults faults;
    boolean cut;
    long cloggedUntilNanos;
    final Map<String, Connection> connections = new TreeMap<>();

    /** Of all datagrams on their way. */
    Connection datagrams = new Connection();

    Link(NetworkFaults faults) {
      this.faults = faults;
    }
  }

  /** A connection, from its first message until it breaks. */
  private static final class Connection {
    long lastArrivalNanos;
    long diesAtNanos = Long.MAX_VALUE;
    boolean broken;
  }

  private final Simulation simulation;
  private final SplitMix chance;
  private final Map<String, Endpoint> up = new TreeMap<>();
  private final Map<Pair, Link> links = new TreeMap<>();
  private NetworkFaults faults;
  private long sent;
  private long delivered;
  private long lost;

  public SimNetwork(Simulation simulation, NetworkFaults faults) {
    this.simulation = simulation;
    this.chance = simulation.stream("network");
    this.faults = faults;
  }

  // --- nodes

  /** A node comes up (again). */
  public void attach(String node, Endpoint endpoint) {
    if (up.putIfAbsent(node, endpoint) != null) {
      throw new IllegalStateException(node + " is already up");
    }
  }

  /** A node goes down, without warning; its peers hear that their connections broke. */
  public void crash(String node) {
    if (up.remove(node) == null) {
      throw new IllegalStateException(node + " is not up");
    }
    long mean = faults.minDelayNanos() + faults.meanExtraDelayNanos();
    long lastWordsUntil = simulation.nanoTime() + (long) (mean * chance.nextExponential());
    links.forEach(
        (pair, link) -> {
          if (pair.to.equals(node)) {
            breakAll(pair, link);
          } else if (pair.from.equals(node)) {
            link.connections.values().forEach(c -> c.diesAtNanos = lastWordsUntil);
            link.connections.clear();
            link.datagrams.diesAtNanos = lastWordsUntil;
            link.datagrams = new Connection();
          }
        });
  }

  public boolean isUp(String node) {
    return up.containsKey(node);
  }

  public Set<String> nodes() {
    return new TreeSet<>(up.keySet());
  }

  // --- faults of links

  /** New faults on every link, those with faults of their own included. */
  public void faults(NetworkFaults faults) {
    this.faults = faults;
    links.values().forEach(link -> link.faults = faults);
  }

  public void faults(String from, String to, NetworkFaults faults) {
    link(from, to).faults = faults;
  }

  /** Cuts one direction. */
  public void cut(String from, String to) {
    Link link = link(from, to);
    link.cut = true;
    link.connections.values().forEach(c -> c.diesAtNanos = simulation.nanoTime());
    link.datagrams.diesAtNanos = simulation.nanoTime();
    link.datagrams = new Connection();
  }

  /** Heals one direction. */
  public void heal(String from, String to) {
    Link link = link(from, to);
    if (link.cut) {
      link.cut = false;
      breakAll(new Pair(from, to), link);
    }
  }

  /** Cuts both directions between every two nodes of different groups. */
  public void partition(List<? extends Collection<String>> groups) {
    for (Collection<String> one : groups) {
      for (Collection<String> other : groups) {
        if (one != other) {
          for (String a : one) {
            other.forEach(b -> cut(a, b));
          }
        }
      }
    }
  }

  /** Cuts both directions between a node and all others that are up. */
  public void isolate(String node) {
    for (String other : nodes()) {
      if (!other.equals(node)) {
        cut(node, other);
        cut(other, node);
      }
    }
  }

  public void healAll() {
    for (Pair pair : List.copyOf(links.keySet())) {
      heal(pair.from, pair.to);
    }
  }

  /** Holds everything back on one direction for a while; nothing is lost. */
  public void clog(String from, String to, long nanos) {
    Link link = link(from, to);
    link.cloggedUntilNanos = Math.max(link.cloggedUntilNanos, simulation.nanoTime() + nanos);
  }

  /** When the last link that is blocked now moves again. */
  public long cloggedUntilNanos() {
    return links.values().stream().mapToLong(link -> link.cloggedUntilNanos).max().orElse(0);
  }

  /** Breaks the connections of both directions between two nodes. */
  public void reset(String a, String b) {
    breakAll(new Pair(a, b), link(a, b));
    breakAll(new Pair(b, a), link(b, a));
  }

  // --- messages

  /** Sends on a connection; false if surely nothing was sent. */
  public boolean send(String from, String to, String channel, byte[] bytes) {
    if (!up.containsKey(to) || !up.containsKey(from)) {
      return false;
    }
    sent++;
    Link link = link(from, to);
    boolean lose = chance.chance(link.faults.loss());
    boolean clogs = chance.chance(link.faults.clog());
    boolean breaks = chance.chance(link.faults.deliveredButBroken());
    if (clogs) {
      clog(from, to, (long) (link.faults.clogNanos() * chance.nextExponential()));
    }
    if (link.cut) {
      lost++;
      return true;
    }
    sendOnStream(new Pair(from, to), link, channel, bytes, lose, breaks);
    return true;
  }

  /** Sends a datagram; the sender does not learn whether it arrives. */
  public void sendDatagram(String from, String to, String channel, byte[] bytes) {
    if (!up.containsKey(from)) {
      return;
    }
    sent++;
    Link link = link(from, to);
    boolean lose = chance.chance(link.faults.loss());
    boolean twice = chance.chance(link.faults.duplicate());
    boolean late = chance.chance(link.faults.reorder());
    if (link.cut || !up.containsKey(to)) {
      lost++;
      return;
    }
    Pair pair = new Pair(from, to);
    long penalty = late ? 5 * (link.faults.minDelayNanos() + link.faults.meanExtraDelayNanos()) : 0;
    if (lose) {
      lost++;
    } else {
      deliver(pair, channel, bytes.clone(), arrival(link) + penalty, link.datagrams);
    }
    if (twice) {
      deliver(pair, channel, bytes.clone(), arrival(link), link.datagrams);
    }
  }

  private void sendOnStream(
      Pair pair, Link link, String channel, byte[] bytes, boolean lose, boolean breaks) {
    if (lose) {
      lost++;
      breakOne(pair, link, channel);
      return;
    }
    Connection connection = link.connections.computeIfAbsent(channel, c -> new Connection());
    long arrival = Math.max(connection.lastArrivalNanos, arrival(link));
    connection.lastArrivalNanos = arrival;
    deliver(pair, channel, bytes.clone(), arrival, connection);
    if (breaks) {
      // The bytes stay on their way; only the sender believes that they are gone.
      link.connections.remove(channel);
      tellBroken(pair.from, pair.to, channel);
    }
  }

  private long arrival(Link link) {
    long extra = (long) (link.faults.meanExtraDelayNanos() * chance.nextExponential());
    long start = Math.max(simulation.nanoTime(), link.cloggedUntilNanos);
    return start + link.faults.minDelayNanos() + extra;
  }

  private void deliver(
      Pair pair, String channel, byte[] bytes, long atNanos, Connection connection) {
    simulation.at(
        atNanos,
        pair.from + ">" + pair.to + " " + channel + " " + bytes.length + "B",
        () -> {
          Endpoint endpoint = up.get(pair.to);
          boolean dead = connection.broken || simulation.nanoTime() >= connection.diesAtNanos;
          if (endpoint == null || dead) {
            lost++;
            return;
          }
          delivered++;
          endpoint.onBytes(pair.from, channel, bytes);
        });
  }

  private void breakAll(Pair pair, Link link) {
    for (String channel : List.copyOf(link.connections.keySet())) {
      breakOne(pair, link, channel);
    }
    link.datagrams.broken = true;
    link.datagrams = new Connection();
  }

  private void breakOne(Pair pair, Link link, String channel) {
    Connection connection = link.connections.remove(channel);
    if (connection != null) {
      connection.broken = true;
    }
    tellBroken(pair.from, pair.to, channel);
    tellBroken(pair.to, pair.from, channel);
  }

  /** Tells the node, unless it is another run of it by then. */
  private void tellBroken(String node, String peer, String channel) {
    Endpoint endpoint = up.get(node);
    if (endpoint != null) {
      simulation.after(
          0,
          node + " lost connection to " + peer + " " + channel,
          () -> {
            if (up.get(node) == endpoint) {
              endpoint.onBroken(peer, channel);
            }
          });
    }
  }

  // --- figures

  public long sent() {
    return sent;
  }

  public long delivered() {
    return delivered;
  }

  public long lost() {
    return lost;
  }

  private Link link(String from, String to) {
    return links.computeIfAbsent(new Pair(from, to), p -> new Link(faults));
  }
}
