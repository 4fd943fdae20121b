package starling.node.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * The network between the nodes of one cluster: a listener in front of each node's peer port, which
 * is what the node tells others of itself, so that everything between nodes (gossip too, which goes
 * over TCP) passes here. Faults belong to directed pairs of nodes and hold for connections that
 * stand as for new ones. A stream that has lost bytes is reset when its link is healed.
 */
final class PeerLinks implements AutoCloseable {
  private final List<ServerSocket> doors = new ArrayList<>();
  private final AtomicReferenceArray<LinkFault> faults;
  private final Map<Integer, Integer> nodeAtDoor = new ConcurrentHashMap<>();
  private final Set<PeerStream> streams = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  final LongAdder passedBytes = new LongAdder();
  final LongAdder lostBytes = new LongAdder();
  final LongAdder heldPieces = new LongAdder();
  final LongAdder delayedPieces = new LongAdder();
  final LongAdder resets = new LongAdder();

  PeerLinks(int nodes) {
    faults = new AtomicReferenceArray<>(nodes * nodes);
    for (int i = 0; i < nodes * nodes; i++) {
      faults.set(i, LinkFault.NONE);
    }
    try {
      for (int i = 0; i < nodes; i++) {
        ServerSocket door = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
        doors.add(door);
        nodeAtDoor.put(door.getLocalPort(), i);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int nodes() {
    return doors.size();
  }

  /** What the other nodes are told to dial. */
  int port(int node) {
    return doors.get(node).getLocalPort();
  }

  /** Begins to let connections through to this node. */
  void open(int node, int peerPort) {
    daemon("door-" + node, () -> admit(node, peerPort));
  }

  private void admit(int node, int peerPort) {
    while (!closed) {
      try {
        Socket caller = doors.get(node).accept();
        daemon("stream-to-" + node, () -> new PeerStream(this, caller, node, peerPort).run());
      } catch (IOException e) {
        if (!closed) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  static void daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Which node tells others to dial this port; -1 if none does. */
  int nodeAt(int port) {
    return nodeAtDoor.getOrDefault(port, -1);
  }

  // ---- faults

  LinkFault fault(int from, int to) {
    return from < 0 || to < 0 ? LinkFault.NONE : faults.get(from * nodes() + to);
  }

  void set(int from, int to, LinkFault fault) {
    faults.set(from * nodes() + to, fault);
    changed();
  }

  void both(int a, int b, LinkFault fault) {
    set(a, b, fault);
    set(b, a, fault);
  }

  void all(LinkFault fault) {
    for (int i = 0; i < faults.length(); i++) {
      faults.set(i, fault);
    }
    changed();
  }

  /** The same for all links to and from one node. */
  void around(int node, LinkFault fault) {
    for (int other = 0; other < nodes(); other++) {
      if (other != node) {
        both(node, other, fault);
      }
    }
  }

  /** Sets it for all links between nodes of one group and nodes of the other. */
  void between(List<Integer> some, List<Integer> others, LinkFault fault) {
    for (int a : some) {
      for (int b : others) {
        both(a, b, fault);
      }
    }
  }

  void heal() {
    all(LinkFault.NONE);
  }

  private void changed() {
    synchronized (this) {
      notifyAll();
    }
    streams.forEach(PeerStream::linkChanged);
  }

  // ---- what streams use

  void add(PeerStream stream) {
    streams.add(stream);
    if (closed) {
      stream.reset();
    }
  }

  void remove(PeerStream stream) {
    streams.remove(stream);
    synchronized (this) {
      notifyAll();
    }
  }

  /** Waits while the link holds its bytes back, and says how it is then. */
  synchronized LinkFault awaitNotHeld(int from, int to, PeerStream stream)
      throws InterruptedException {
    if (fault(from, to).way() == LinkFault.Way.HOLD) {
      heldPieces.increment();
    }
    while (fault(from, to).way() == LinkFault.Way.HOLD && !stream.over()) {
      wait();
    }
    return fault(from, to);
  }

  @Override
  public String toString() {
    return String.format(
        "%d KiB passed, %d KiB lost, pieces: %d held, %d delayed, %d resets, %d streams",
        passedBytes.sum() >> 10,
        lostBytes.sum() >> 10,
        heldPieces.sum(),
        delayedPieces.sum(),
        resets.sum(),
        streams.size());
  }

  @Override
  public void close() {
    closed = true;
    for (ServerSocket door : doors) {
      try {
        door.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    streams.forEach(PeerStream::reset);
  }
}
