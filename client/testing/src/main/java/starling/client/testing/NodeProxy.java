package starling.client.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;

/** A port that stays the same while the process behind it, and the port of that, change. */
final class NodeProxy implements AutoCloseable {
  private static final int BACKLOG = 256;

  enum Callers {
    NODES,
    CLIENTS
  }

  private final Network network;
  private final int node;
  private final Callers callers;
  private final ServerSocket socket;
  private volatile int target;

  NodeProxy(Network network, int node, Callers callers) throws IOException {
    this.network = network;
    this.node = node;
    this.callers = callers;
    this.socket = new ServerSocket(0, BACKLOG, Network.LOOPBACK);
    daemon("starling-proxy-" + node, this::accept);
  }

  static void daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  Network network() {
    return network;
  }

  /** The node behind it. */
  int node() {
    return node;
  }

  int port() {
    return socket.getLocalPort();
  }

  String address() {
    return "127.0.0.1:" + port();
  }

  /** The port on which the node's present process listens; 0 while there is none. */
  void forwardTo(int port) {
    target = port;
  }

  int target() {
    return target;
  }

  /**
   * Which node, or a client of which machine, is calling, and what was read to find out.
   *
   * @throws IOException if the caller is no node, at a proxy for nodes
   */
  Caller caller(Socket near) throws IOException {
    if (callers == Callers.CLIENTS) {
      return new Caller(network.nodeOfMachine(near.getInetAddress()), new byte[0]);
    }
    InputStream in = near.getInputStream();
    Greeting greeting = Greeting.read(in);
    return new Caller(network.nodeOfPeerPort(greeting.callerPort()), greeting.frame());
  }

  record Caller(int node, byte[] read) {}

  private void accept() {
    while (!socket.isClosed()) {
      try {
        ProxiedConnection connection = new ProxiedConnection(this, socket.accept());
        daemon("starling-to-" + node, connection::run);
      } catch (IOException e) {
        // Closed, or the caller has gone.
      }
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It accepts nothing any more, which is what was wanted.
    }
  }
}
