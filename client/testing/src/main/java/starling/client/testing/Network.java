package starling.client.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/**
 * Everything between nodes, and between clients and nodes, passes through it: each node has two
 * proxies, one for other nodes and one for clients, whose addresses it advertises. A cut belongs to
 * a directed pair of nodes and holds for open connections as for new ones: bytes are lost, and the
 * connection looks open until the cut is healed, which resets it.
 */
final class Network implements AutoCloseable {
  /** A caller that is on the machine of no node. */
  static final int ELSEWHERE = -1;

  /** Linux gives a machine all addresses of 127.0.0.0/8. */
  private static final byte[] MACHINES = {127, 77, 0};

  static final InetAddress LOOPBACK = address(new byte[] {127, 0, 0, 1});

  private final List<NodeProxy> peerProxies = new ArrayList<>();
  private final List<NodeProxy> clientProxies = new ArrayList<>();
  private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
  private final boolean[][] cut;

  private boolean closed;

  Network(int nodes) throws IOException {
    cut = new boolean[nodes][nodes];
    try {
      for (int i = 0; i < nodes; i++) {
        peerProxies.add(new NodeProxy(this, i, NodeProxy.Callers.NODES));
        clientProxies.add(new NodeProxy(this, i, NodeProxy.Callers.CLIENTS));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  NodeProxy peerProxy(int node) {
    return peerProxies.get(node);
  }

  NodeProxy clientProxy(int node) {
    return clientProxies.get(node);
  }

  /** Which node advertises this port to the others. */
  int nodeOfPeerPort(int port) {
    for (int i = 0; i < peerProxies.size(); i++) {
      if (peerProxies.get(i).port() == port) {
        return i;
      }
    }
    return ELSEWHERE;
  }

  /** The address of a node's machine, from which the clients of that machine call. */
  static InetAddress machine(int node) {
    byte[] address = Arrays.copyOf(MACHINES, 4);
    address[3] = (byte) (node + 1);
    return address(address);
  }

  private static InetAddress address(byte[] four) {
    try {
      return InetAddress.getByAddress(four);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has four bytes", e);
    }
  }

  int nodeOfMachine(InetAddress caller) {
    byte[] address = caller.getAddress();
    boolean ours = address.length == 4 && Arrays.equals(MACHINES, Arrays.copyOf(address, 3));
    int node = address[address.length - 1] - 1;
    return ours && node >= 0 && node < cut.length ? node : ELSEWHERE;
  }

  // ---- cuts

  synchronized boolean passes(int from, int to) {
    return from == ELSEWHERE || to == ELSEWHERE || !cut[from][to];
  }

  synchronized void cut(int from, int to) {
    cut[from][to] = true;
  }

  /** Loses everything between these nodes and the others. */
  synchronized void part(IntPredicate side) {
    for (int a = 0; a < cut.length; a++) {
      for (int b = 0; b < cut.length; b++) {
        cut[a][b] |= side.test(a) != side.test(b);
      }
    }
  }

  /** True if there was something to heal. */
  synchronized boolean heal() {
    boolean any = false;
    for (boolean[] row : cut) {
      for (int b = 0; b < row.length; b++) {
        any |= row[b];
        row[b] = false;
      }
    }
    connections.forEach(ProxiedConnection::resetIfBroken);
    return any;
  }

  // ---- connections

  /** False if the network is closed: the connection must end. */
  synchronized boolean add(ProxiedConnection connection) {
    return !closed && connections.add(connection);
  }

  void remove(ProxiedConnection connection) {
    connections.remove(connection);
  }

  @Override
  public synchronized void close() {
    closed = true;
    peerProxies.forEach(NodeProxy::close);
    clientProxies.forEach(NodeProxy::close);
    connections.forEach(ProxiedConnection::reset);
  }
}
