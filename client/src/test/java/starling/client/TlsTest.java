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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS to a server whose certificate keytool makes. */
class TlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final Behavior QUICK =
      Behavior.DEFAULT.deadline(Duration.ofSeconds(20)).attemptTimeout(Duration.ofSeconds(10));

  /** Made once for all tests: each costs a process. */
  private static final Map<String, KeyStore> MADE = new HashMap<>();

  @TempDir private static Path shared = Path.of("");

  @TempDir private Path directory = Path.of("");

  /** A self-signed certificate: name.p12, name.pem and name.key. */
  private KeyStore certificate(String name) throws Exception {
    return certificate(name, "EC");
  }

  private KeyStore certificate(String name, String algorithm) throws Exception {
    KeyStore known = MADE.get(name);
    if (known == null) {
      known = make(name, algorithm);
      MADE.put(name, known);
    }
    for (String kind : List.of(".pem", ".key")) {
      Files.copy(shared.resolve(name + kind), directory.resolve(name + kind));
    }
    return known;
  }

  private static KeyStore make(String name, String algorithm) throws Exception {
    Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    assumeThat(tool).as("keytool of a JDK").isExecutable();
    Path store = shared.resolve(name + ".p12");
    Process made =
        new ProcessBuilder(
                List.of(
                    tool.toString(),
                    "-genkeypair",
                    "-alias",
                    "a",
                    "-keyalg",
                    algorithm,
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    "changeit",
                    "-dname",
                    "CN=" + name,
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

  private static void pem(String name, String what, byte[] bytes) throws Exception {
    Files.writeString(
        shared.resolve(name),
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

  private static HostileServer server(KeyStore own, KeyStore... clients) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    for (int i = 0; i < clients.length; i++) {
      trusted.setCertificateEntry("client-" + i, clients[i].getCertificate("a"));
    }
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

  static List<Transport> transports() {
    return List.of(Transport.vertx(), Transport.jdk());
  }

  private static Starling client(
      Transport transport, HostileServer server, Tls tls, Behavior behavior) {
    return Starling.builder()
        .endpoints(server.address())
        .transport(transport)
        .tls(tls)
        .behavior(behavior)
        .build();
  }

  private static void reads(Starling starling) {
    assertThat(starling.bucket("b", Codecs.text()).blocking().get("k").value())
        .isEqualTo("over TLS");
  }

  @ParameterizedTest
  @MethodSource("transports")
  void bothSidesProveWhoTheyAre(Transport transport) throws Exception {
    KeyStore node = certificate("node");
    KeyStore program = certificate("program");
    try (HostileServer server = server(node, program)) {
      Tls trusting = Tls.of(file("node.pem"));
      Tls proving = trusting.withCertificate(file("program.pem"), file("program.key"));
      try (Starling starling = client(transport, server, proving, QUICK)) {
        reads(starling);
      }
      Behavior shorter = QUICK.deadline(Duration.ofSeconds(2));
      for (Tls wrong :
          List.of(
              trusting,
              Tls.of(file("program.pem"))
                  .withCertificate(file("program.pem"), file("program.key")))) {
        try (Starling starling = client(transport, server, wrong, shorter)) {
          assertThatThrownBy(() -> starling.bucket("b").blocking().get("k"))
              .isInstanceOf(UnavailableException.class);
        }
      }
      assertThat(server.stored()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "Ed25519"})
  void keysMayBeOfOtherKinds(String algorithm) throws Exception {
    KeyStore node = certificate("node");
    KeyStore program = certificate(algorithm, algorithm);
    Tls tls =
        Tls.of(file("node.pem"))
            .withCertificate(file(algorithm + ".pem"), file(algorithm + ".key"));
    try (HostileServer server = server(node, program);
        Starling starling = client(Transport.vertx(), server, tls, QUICK)) {
      reads(starling);
      assertThat(server.proven).containsOnly("CN=" + algorithm);
    }
  }

  private void replace(String name, String by) throws Exception {
    Files.copy(
        directory.resolve(by),
        directory.resolve(name),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  @ParameterizedTest
  @MethodSource("transports")
  void newConnectionsUseTheFilesOfAReloadAndBrokenFilesAreRefused(Transport transport)
      throws Exception {
    KeyStore node = certificate("node");
    KeyStore program = certificate("program");
    KeyStore renewed = certificate("renewed");
    replace("own.pem", "program.pem");
    replace("own.key", "program.key");
    Tls tls = Tls.of(file("node.pem")).withCertificate(file("own.pem"), file("own.key"));
    try (HostileServer server = server(node, program, renewed);
        Starling starling = client(transport, server, tls, QUICK)) {
      reads(starling);
      replace("own.pem", "renewed.pem");
      replace("own.key", "renewed.key");
      server.disconnect();
      reads(starling);
      assertThat(server.proven).as("nothing was read again").containsOnly("CN=program");
      tls.reload();
      server.disconnect();
      server.proven.clear();
      reads(starling);
      assertThat(server.proven).isNotEmpty().containsOnly("CN=renewed");

      replace("own.key", "program.key");
      assertThatThrownBy(tls::reload)
          .isInstanceOfSatisfying(
              InvalidRequestException.class, e -> assertThat(e.field()).contains("tls"))
          .hasMessageContaining("own.key is not the key of the first certificate");
      Files.writeString(directory.resolve("own.pem"), "no certificate");
      assertThatThrownBy(tls::reload).hasMessageContaining("own.pem has no certificate in PEM");
      Files.delete(directory.resolve("own.pem"));
      assertThatThrownBy(tls::reload).hasMessageContaining("there is no file");
      server.disconnect();
      server.proven.clear();
      reads(starling);
      assertThat(server.proven).as("what was read last").containsOnly("CN=renewed");
    }
  }

  @Test
  void presentConnectionsGoOnAfterAReload() throws Exception {
    KeyStore node = certificate("node");
    KeyStore program = certificate("program");
    KeyStore renewed = certificate("renewed");
    replace("own.pem", "program.pem");
    replace("own.key", "program.key");
    Tls tls = Tls.of(file("node.pem")).withCertificate(file("own.pem"), file("own.key"));
    try (HostileServer server = server(node, program, renewed);
        Starling starling = client(Transport.vertx(), server, tls, QUICK)) {
      reads(starling);
      replace("own.pem", "renewed.pem");
      replace("own.key", "renewed.key");
      tls.reload();
      reads(starling);
      assertThat(server.proven).containsOnly("CN=program");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void anotherAuthorityIsTrustedAfterAReload(Transport transport) throws Exception {
    KeyStore node = certificate("node");
    KeyStore program = certificate("program");
    certificate("other");
    replace("ca.pem", "other.pem");
    Tls tls = Tls.of(file("ca.pem")).withCertificate(file("program.pem"), file("program.key"));
    try (HostileServer server = server(node, program);
        Starling starling = client(transport, server, tls, QUICK)) {
      assertThatThrownBy(
              () ->
                  starling
                      .with(QUICK.deadline(Duration.ofMillis(500)))
                      .bucket("b")
                      .blocking()
                      .get("k"))
          .isInstanceOf(UnavailableException.class);
      Files.writeString(
          directory.resolve("ca.pem"),
          Files.readString(directory.resolve("other.pem"))
              + "the next one\n"
              + Files.readString(directory.resolve("node.pem")));
      tls.reload();
      reads(starling);
    }
  }

  @Test
  void brokenFilesAreToldWhenTheClientIsBuilt() throws Exception {
    certificate("node");
    certificate("program");
    Files.writeString(
        directory.resolve("old.key"),
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
    Files.writeString(
        directory.resolve("odd.pem"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    Tls tls = Tls.of(file("node.pem"));
    assertThat(broken(Tls.of(file("none.pem")))).contains("there is no file " + file("none.pem"));
    assertThat(broken(Tls.of("\0"))).contains("is no name of a file");
    assertThat(broken(Tls.of(directory.toString()))).contains("TLS files cannot be used");
    assertThat(broken(Tls.of(file("node.key")))).contains("has no certificate in PEM");
    assertThat(broken(Tls.of(file("odd.pem")))).contains("a certificate of " + file("odd.pem"));
    assertThat(broken(tls.withCertificate(file("program.pem"), file("program.pem"))))
        .contains("has no private key in PEM");
    assertThat(broken(tls.withCertificate(file("program.pem"), file("node.key"))))
        .contains("is not the key of the first certificate");
    assertThat(broken(tls.withCertificate(file("program.pem"), file("old.key"))))
        .contains("'EC PRIVATE KEY'")
        .contains("openssl pkcs8 -topk8 -nodes");
  }

  private static String broken(Tls tls) {
    Throwable thrown =
        org.assertj.core.api.Assertions.catchThrowable(
            () -> Starling.builder().endpoints("127.0.0.1:1").tls(tls).build());
    assertThat(thrown).isInstanceOf(InvalidRequestException.class);
    return thrown.getMessage();
  }
}
