package starling.node.main;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a command says when one endpoint breaks off and the next one answers. */
class ApiTest {
  private static final String NOTHING_WRITTEN =
      "{\"type\":\"about:blank\",\"title\":\"too few replicas\",\"status\":503,"
          + "\"detail\":\"nothing was written\",\"outcome\":\"none\"}";

  private final List<ServerSocket> servers = new ArrayList<>();

  private record Run(int status, String err) {}

  @AfterEach
  void stop() throws IOException {
    for (ServerSocket server : servers) {
      server.close();
    }
  }

  /** Reads the head of each request, sends the answer, which may be nothing, and closes. */
  private String endpoint(String answer) throws IOException {
    ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    servers.add(server);
    Thread thread =
        new Thread(
            () -> {
              while (!server.isClosed()) {
                try (Socket client = server.accept()) {
                  int unused = client.getInputStream().read(new byte[8192]);
                  client.getOutputStream().write(answer.getBytes(US_ASCII));
                } catch (IOException e) {
                  // The client has gone, or the test is over.
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    return "127.0.0.1:" + server.getLocalPort();
  }

  private static String answer(int status, String type, String body) {
    return "HTTP/1.1 "
        + status
        + " x\r\nConnection: close\r\nContent-Type: "
        + type
        + "\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static Run run(String... args) {
    Shell.Ended ended = Shell.run(args);
    return new Run(ended.status(), ended.err());
  }

  @Test
  void aRefusalAfterALostAnswerSaysThatTheFirstTryMayHaveBeenMade() throws IOException {
    for (int refusal : new int[] {503, 412, 400}) {
      String first = endpoint("");
      String second = endpoint(answer(refusal, "application/problem+json", NOTHING_WRITTEN));
      Run run = run("delete", "k", "--endpoint", first, "--endpoint", second);
      assertThat(run.status()).as(run.err()).isEqualTo(ExitStatus.UNAVAILABLE);
      assertThat(run.err())
          .contains("nothing was written", first, "what became of the request is not known");
      assertThat(run.err().lines()).hasSize(1);
    }
  }

  @Test
  void aRefusalWithNothingLostBeforeStandsAlone() throws IOException {
    String only = endpoint(answer(412, "application/problem+json", NOTHING_WRITTEN));
    Run run = run("delete", "k", "--endpoint", "127.0.0.1:1", "--endpoint", only);
    assertThat(run.status()).isEqualTo(ExitStatus.CONFLICT);
    assertThat(run.err()).doesNotContain("not known");
  }

  @Test
  void aLostAnswerToAReadIsNoLoss() throws IOException {
    String second = endpoint(answer(404, "application/problem+json", NOTHING_WRITTEN));
    Run run = run("get", "k", "--endpoint", endpoint(""), "--endpoint", second);
    assertThat(run.status()).isEqualTo(ExitStatus.NOT_FOUND);
    assertThat(run.err()).doesNotContain("not known");
  }

  @Test
  void aWriteThatTheNextEndpointTakesIsDone() throws IOException {
    String second = endpoint("HTTP/1.1 204 x\r\nConnection: close\r\n\r\n");
    Run run = run("delete", "k", "--endpoint", endpoint(""), "--endpoint", second);
    assertThat(run.status()).as(run.err()).isZero();
  }
}
