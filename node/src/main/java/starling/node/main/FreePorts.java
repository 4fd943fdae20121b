package starling.node.main;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Finds free ports on loopback. */
final class FreePorts {
  private FreePorts() {}

  /** The first free ports from {@code first} on. */
  static List<Integer> from(int first, int count) throws IOException {
    List<Integer> free = new ArrayList<>();
    for (int port = first; free.size() < count; port++) {
      if (port > 65_535) {
        throw new IOException("no " + count + " free ports from " + first + " on");
      }
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        free.add(socket.getLocalPort());
      } catch (IOException e) {
        // Taken: the next one.
      }
    }
    return free;
  }
}
