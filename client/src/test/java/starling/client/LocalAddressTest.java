package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.net.Socket;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** A client of one of the addresses of its machine. */
class LocalAddressTest {
  private static Starling client(String localAddress, HostileServer server) {
    return Starling.builder()
        .endpoints(server.address())
        .transport(Transport.vertx(localAddress))
        .build();
  }

  @Test
  void requestsComeFromTheAddressThatWasNamed() {
    assumeThat(System.getProperty("os.name").toLowerCase(Locale.ROOT))
        .as("Linux, where every 127.x.y.z is an address of the machine")
        .contains("linux");
    Set<String> callers = ConcurrentHashMap.newKeySet();
    try (HostileServer server = new HostileServer(request -> HostileServer.found("v"));
        Starling starling = client("127.77.0.9", server)) {
      assertThat(starling.bucket("b", Codecs.text()).blocking().get("k").value()).isEqualTo("v");
      for (Socket socket : server.sockets) {
        callers.add(socket.getInetAddress().getHostAddress());
      }
    }
    assertThat(callers).containsExactly("127.77.0.9");
  }
}
