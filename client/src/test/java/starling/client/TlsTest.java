package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS to a server whose certificate keytool makes. */
class TlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final Behavior QUICK =
      Behavior.DEFAULT.deadline(Duration.ofSeconds(20)).attemptTimeout(Duration.ofSeconds(10));

  @TempDir private Path directory = Path.of("");

  /** A self-signed certificate: name.p12, name.pem and name.key. */
  private KeyStore certificate(String name) throws Exception {
    Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    assumeThat(tool).as("keytool of a JDK").isExecutable();
    Path store = directory.resolve(name + ".p12");
    Process made =
        new ProcessBuilder(
                List.of(
                    tool.toString(),
                    "-genkeypair",
                    "-alias",
                    "a",
                    "-keyalg",
                    "EC",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    "changeit",
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "SAN=ip:127.0.0.1"))
            .redirectErrorStream(true)
            .start();
    try (InputStream output = made.getInputStream()) {
      byte[] said = output.readAllBytes();
      assertThat(made.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(made.exitValue())
          .as(new String(said, java.nio.charset.StandardCharsets.UTF_8))
          .isZero();
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    pem(name + ".pem", "CERTIFICATE", keys.getCertificate("a").getEncoded());
    pem(name + ".key", "PRIVATE KEY", keys.getKey("a", PASSWORD).getEncoded());
    return keys;
  }

  private void pem(String name, String what, byte[] bytes) throws Exception {
    Files.writeString(
        directory.resolve(name),
        "-----BEGIN "
            + what
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
            + "\n-----END "
            + what
            + "-----\n");
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private static HostileServer server(KeyStore own, KeyStore clients) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("client", clients.getCertificate("a"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    ServerSocketFactory sockets =
        new ServerSocketFactory() {
          @Override
          public ServerSocket createServerSocket(int port, int backlog, InetAddress address)
              throws java.io.IOException {
            SSLServerSocket made =
                (SSLServerSocket)
                    context.getServerSocketFactory().createServerSocket(port, backlog, address);
            made.setNeedClientAuth(true);
            return made;
          }

          @Override
          public ServerSocket createServerSocket(int port) {
            throw new UnsupportedOperationException();
          }

          @Override
          public ServerSocket createServerSocket(int port, int backlog) {
            throw new UnsupportedOperationException();
          }
        };
    return new HostileServer(
        UUID.randomUUID(), request -> HostileServer.found("over TLS"), sockets);
  }

  private static Starling client(HostileServer server, Tls tls, Behavior behavior) {
    return Starling.builder().endpoints(server.address()).tls(tls).behavior(behavior).build();
  }

  @Test
  void bothSidesProveWhoTheyAre() throws Exception {
    KeyStore node = certificate("node");
    KeyStore program = certificate("program");
    try (HostileServer server = server(node, program)) {
      Tls trusting = Tls.of(file("node.pem"));
      Tls proving = trusting.withCertificate(file("program.pem"), file("program.key"));
      try (Starling starling = client(server, proving, QUICK)) {
        assertThat(starling.bucket("b", Codecs.text()).blocking().get("k").value())
            .isEqualTo("over TLS");
      }
      Behavior shorter = QUICK.deadline(Duration.ofSeconds(2));
      for (Tls wrong :
          List.of(
              trusting,
              Tls.of(file("program.pem"))
                  .withCertificate(file("program.pem"), file("program.key")))) {
        try (Starling starling = client(server, wrong, shorter)) {
          assertThatThrownBy(() -> starling.bucket("b").blocking().get("k"))
              .isInstanceOf(UnavailableException.class);
        }
      }
      assertThat(server.stored()).isEqualTo(1);
    }
  }

  @Test
  void theJdkTransportSaysThatItTakesNoFiles() {
    Starling.Builder builder =
        Starling.builder().endpoints("127.0.0.1:1").tls(Tls.ofSystem()).transport(Transport.jdk());
    assertThatThrownBy(builder::build)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("Transport.vertx()");
  }
}
