package starling.client.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * One connection that passes a {@link NodeProxy}, with a thread for each direction. What a cut
 * loses includes the end of the connection: the other side is not told until the cut is healed.
 */
final class ProxiedConnection {
  private static final int PIECE_BYTES = 16 << 10;

  private final NodeProxy proxy;
  private final Socket near;
  private final Socket far = new Socket();

  /** Something was lost, so that the stream cannot go on. */
  private volatile boolean broken;

  ProxiedConnection(NodeProxy proxy, Socket near) {
    this.proxy = proxy;
    this.near = near;
  }

  /** Carries the connection until it ends; on a thread of its own. */
  void run() {
    if (!proxy.network().add(this)) {
      reset();
      return;
    }
    try {
      near.setTcpNoDelay(true);
      NodeProxy.Caller caller = proxy.caller(near);
      if (passes(caller.node(), proxy.node()) && passes(proxy.node(), caller.node())) {
        far.connect(new InetSocketAddress(Network.LOOPBACK, proxy.target()));
        far.setTcpNoDelay(true);
        far.getOutputStream().write(caller.read());
        NodeProxy.daemon(
            "starling-of-" + proxy.node(), () -> copy(far, near, caller.node(), false));
      } else {
        broken = true;
      }
      copy(near, far, caller.node(), true);
    } catch (IOException e) {
      reset();
    }
  }

  private boolean passes(int from, int to) {
    return proxy.network().passes(from, to);
  }

  private void copy(Socket from, Socket to, int caller, boolean inward) {
    int sender = inward ? caller : proxy.node();
    int receiver = inward ? proxy.node() : caller;
    byte[] piece = new byte[PIECE_BYTES];
    try {
      InputStream in = from.getInputStream();
      int bytes = in.read(piece);
      while (bytes > 0) {
        if (broken || !passes(sender, receiver)) {
          lose(sender, receiver);
        } else {
          OutputStream out = to.getOutputStream();
          out.write(piece, 0, bytes);
        }
        bytes = in.read(piece);
      }
    } catch (IOException e) {
      // A reset ends the connection like any other end.
    }
    if (broken || !passes(sender, receiver)) {
      lose(sender, receiver);
    } else {
      end();
    }
  }

  /** Bytes or an end were lost. If the cut was healed meanwhile, nothing else resets this. */
  private void lose(int sender, int receiver) {
    broken = true;
    if (passes(sender, receiver) && passes(receiver, sender)) {
      reset();
    }
  }

  void resetIfBroken() {
    if (broken) {
      reset();
    }
  }

  /** Ends it for both sides at once. */
  void reset() {
    for (Socket socket : new Socket[] {near, far}) {
      try {
        socket.setSoLinger(true, 0);
      } catch (IOException e) {
        // It is closed already.
      }
    }
    end();
  }

  private void end() {
    for (Socket socket : new Socket[] {near, far}) {
      try {
        socket.close();
      } catch (IOException e) {
        // Nothing is left to close.
      }
    }
    proxy.network().remove(this);
  }
}
