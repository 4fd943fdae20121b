package starling.client.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cuts, on connections to servers that send back what they receive. */
class NetworkTest {
  private static final int SILENCE_MILLIS = 200;

  private final List<ServerSocket> servers = new ArrayList<>();
  private final List<Socket> callers = new ArrayList<>();
  private Network network;

  @BeforeEach
  void open() throws IOException {
    network = new Network(3);
    for (int node = 0; node < 3; node++) {
      ServerSocket server = new ServerSocket(0, 10, Network.LOOPBACK);
      servers.add(server);
      network.clientProxy(node).forwardTo(server.getLocalPort());
      network.peerProxy(node).forwardTo(server.getLocalPort());
      NodeProxy.daemon("echo", () -> serve(server));
    }
  }

  @AfterEach
  void close() throws IOException {
    network.close();
    for (ServerSocket server : servers) {
      server.close();
    }
    for (Socket caller : callers) {
      caller.close();
    }
  }

  private static void serve(ServerSocket server) {
    while (!server.isClosed()) {
      try {
        Socket accepted = server.accept();
        NodeProxy.daemon("echo", () -> echo(accepted));
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private static void echo(Socket accepted) {
    try (accepted) {
      long unused = accepted.getInputStream().transferTo(accepted.getOutputStream());
    } catch (IOException e) {
      // The caller has gone.
    }
  }

  /** A client on the machine of a node, or elsewhere, has called another node. */
  private Socket client(InetAddress from, int to) throws IOException {
    Socket socket = new Socket(Network.LOOPBACK, network.clientProxy(to).port(), from, 0);
    callers.add(socket);
    return socket;
  }

  /** A node has called another, with a greeting, and has read that back. */
  private Socket node(int from, int to) throws IOException {
    Socket socket = new Socket(Network.LOOPBACK, network.peerProxy(to).port());
    callers.add(socket);
    byte[] greeting = greeting(network.peerProxy(from).port());
    socket.getOutputStream().write(greeting);
    socket.setSoTimeout(SILENCE_MILLIS);
    return socket;
  }

  private static byte[] greeting(int port) throws IOException {
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(payload);
    out.writeByte(1);
    out.write(new byte[7]);
    out.writeByte(3);
    out.writeBytes("abc");
    out.write(new byte[56]);
    out.writeByte(9);
    out.writeBytes("127.0.0.1");
    out.writeByte(0x80 | (port & 0x7f));
    out.writeByte(0x80 | (port >> 7 & 0x7f));
    out.writeByte(port >> 14);
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    new DataOutputStream(frame).writeInt(payload.size());
    frame.write(payload.toByteArray());
    return frame.toByteArray();
  }

  private static int sent(Socket socket, int value) throws IOException {
    socket.setSoTimeout(10_000);
    socket.getOutputStream().write(value);
    return socket.getInputStream().read();
  }

  private static void assertLost(Socket socket, int value) throws IOException {
    socket.setSoTimeout(SILENCE_MILLIS);
    socket.getOutputStream().write(value);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
  }

  /** The network resets it: an error or an end, but no byte. */
  private static void assertReset(Socket socket) throws IOException {
    socket.setSoTimeout(10_000);
    int read;
    try {
      read = socket.getInputStream().read();
    } catch (SocketTimeoutException e) {
      throw new AssertionError("still open", e);
    } catch (IOException e) {
      return;
    }
    assertThat(read).isEqualTo(-1);
  }

  private Socket greeted(int from, int to) throws IOException {
    Socket socket = node(from, to);
    socket.setSoTimeout(10_000);
    int length = greeting(network.peerProxy(from).port()).length;
    assertThat(socket.getInputStream().readNBytes(length)).hasSize(length);
    return socket;
  }

  @Test
  void aCutPartsNodesOfItsSidesAndNoOthers() throws IOException {
    Socket across = greeted(0, 2);
    Socket within = greeted(0, 1);
    Socket around = greeted(2, 1);
    network.part(node -> node == 2);
    assertLost(across, 1);
    assertLost(around, 1);
    assertThat(sent(within, 7)).isEqualTo(7);
    assertLost(node(1, 2), 1);
    assertThat(network.heal()).isTrue();
    assertReset(across);
    assertReset(around);
    assertThat(sent(within, 8)).isEqualTo(8);
    assertThat(sent(greeted(0, 2), 9)).isEqualTo(9);
  }

  @Test
  void aConnectionThatLostNothingOutlivesTheCut() throws IOException {
    Socket across = greeted(0, 2);
    network.part(node -> node == 2);
    assertThat(network.heal()).isTrue();
    assertThat(sent(across, 9)).isEqualTo(9);
    assertThat(network.heal()).isFalse();
  }

  /** The echo of what passes is lost on its way back. */
  @Test
  void aCutInOneDirectionLosesAnswersOnly() throws IOException {
    Socket across = greeted(0, 2);
    Socket opposite = greeted(2, 0);
    network.cut(2, 0);
    assertLost(across, 1);
    assertLost(opposite, 1);
    Socket unaffected = greeted(0, 1);
    assertThat(sent(unaffected, 5)).isEqualTo(5);
  }

  @Test
  void aClientOnTheMachineOfANodeIsCutOffWithIt() throws IOException {
    Socket beside = client(Network.machine(0), 2);
    Socket own = client(Network.machine(0), 0);
    Socket elsewhere = client(Network.LOOPBACK, 2);
    assertThat(sent(beside, 1)).isEqualTo(1);
    network.part(node -> node == 0);
    assertLost(beside, 2);
    assertThat(sent(own, 3)).isEqualTo(3);
    assertThat(sent(elsewhere, 4)).isEqualTo(4);
    assertThat(network.heal()).isTrue();
    assertReset(beside);
  }

  @Test
  void anEndDoesNotPassACut() throws IOException {
    Socket across = greeted(0, 2);
    network.part(node -> node == 2);
    for (ServerSocket server : servers) {
      server.close();
    }
    callers.get(0).shutdownOutput();
    across.setSoTimeout(SILENCE_MILLIS);
    assertThatThrownBy(() -> across.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    assertThat(network.heal()).isTrue();
    assertReset(across);
  }

  @Test
  void aProxyWithoutAProcessRejectsConnections() throws IOException {
    network.clientProxy(1).forwardTo(0);
    assertReset(client(Network.LOOPBACK, 1));
  }

  @Test
  void aCallerThatIsNoNodeIsRejected() throws IOException {
    Socket socket = new Socket(Network.LOOPBACK, network.peerProxy(0).port());
    callers.add(socket);
    socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    assertReset(socket);
  }
}
