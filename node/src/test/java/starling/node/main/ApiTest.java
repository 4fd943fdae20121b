package starling.node.main;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a command says when one endpoint breaks off and the next one answers. */
class ApiTest {
  private static final String NOTHING_WRITTEN =
      "{\"type\":\"about:blank\",\"title\":\"too few replicas\",\"status\":503,"
          + "\"detail\":\"nothing was written\",\"outcome\":\"none\"}";

  /** The head of a request for readiness, or none of a request that was cut off. */
  private static final String ONLY_READINESS = "(?s)|GET /health/ready .*";

  private final List<ServerSocket> servers = new ArrayList<>();

  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  private record Run(int status, String err) {}

  @AfterEach
  void stop() throws IOException {
    for (ServerSocket server : servers) {
      server.close();
    }
    for (Socket socket : sockets) {
      socket.close();
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
          .contains("nothing was written", first, "the outcome of the request is unknown");
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

  /** Accepts and stays silent, as a node that is frozen does. */
  private String silent(BlockingQueue<String> heads) throws IOException {
    ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    servers.add(server);
    Thread thread =
        new Thread(
            () -> {
              while (!server.isClosed()) {
                try {
                  Socket client = server.accept();
                  sockets.add(client);
                  byte[] head = new byte[8192];
                  int length = client.getInputStream().read(head);
                  heads.add(new String(head, 0, Math.max(0, length), US_ASCII));
                } catch (IOException e) {
                  // The test is over.
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    return "127.0.0.1:" + server.getLocalPort();
  }

  @Test
  @Timeout(30)
  void aReadAsksTheNextEndpointAfterASecondOfSilence() throws Exception {
    BlockingQueue<String> heads = new LinkedBlockingQueue<>();
    try (FakeNode second = new FakeNode().answersJson(200, "{\"value\":\"v\",\"members\":[]}")) {
      String[] endpoints = {"--endpoint", silent(heads), "--endpoint", second.endpoint()};
      // Three requests, of which the first alone waits.
      Shell.Ended status =
          Shell.run("status", endpoints[0], endpoints[1], endpoints[2], endpoints[3]);
      assertThat(status.status()).as(status.toString()).isZero();
      assertThat(second.requests()).hasSize(3);
      // The client may meanwhile probe whether the silent one is back, by the same path; a probe
      // that the end of the command cuts off says nothing.
      assertThat(heads.poll(10, TimeUnit.SECONDS)).as("it was asked").matches(ONLY_READINESS);
      assertThat(heads).allMatch(head -> head.matches(ONLY_READINESS));
    }
  }

  @Test
  @Timeout(30)
  void aWriteGoesToTheNextEndpointUnderTheSameIdempotencyKey() throws Exception {
    BlockingQueue<String> heads = new LinkedBlockingQueue<>();
    try (FakeNode second = new FakeNode().answersJson(201, "{}")) {
      for (String[] put :
          new String[][] {
            {"put", "k", "v"}, {"put", "k", "-"}, {"delete", "k", "--idempotency-key", "mine"}
          }) {
        List<String> args = new ArrayList<>(List.of(put));
        args.addAll(List.of("--endpoint", silent(heads), "--endpoint", second.endpoint()));
        Shell.Ended ended = Shell.run(args.toArray(String[]::new));
        assertThat(ended.status()).as(ended.toString()).isZero();
        List<FakeNode.Request> requests = second.requests();
        String key = requests.get(requests.size() - 1).idempotencyKey();
        assertThat(key).isNotEmpty();
        String head = heads.take();
        while (head.isEmpty() || head.startsWith("GET /health/ready ")) {
          // A probe of an endpoint that was silent before.
          head = heads.take();
        }
        assertThat(head).contains("Idempotency-Key: " + key + "\r\n");
      }
    }
  }

  @Test
  @Timeout(30)
  void aWriteThatAnotherEndpointCarriesOutIsWaitedFor() throws IOException {
    try (FakeNode second =
        new FakeNode().answersProblem(409, "still-running").answersJson(201, "{}")) {
      Shell.Ended put =
          Shell.run(
              "put",
              "k",
              "v",
              "--endpoint",
              silent(new LinkedBlockingQueue<>()),
              "--endpoint",
              second.endpoint());
      assertThat(put.status()).as(put.toString()).isZero();
      List<FakeNode.Request> requests = second.requests();
      assertThat(requests).hasSize(2);
      assertThat(requests.get(0).idempotencyKey()).isEqualTo(requests.get(1).idempotencyKey());
    }
  }

  @Test
  void aWriteThatRunsElsewhereByItsUsersKeyIsAConflict() {
    try (FakeNode only = new FakeNode().answersProblem(409, "still-running")) {
      Shell.Ended put =
          Shell.run("put", "k", "v", "--idempotency-key", "n", "--endpoint", only.endpoint());
      assertThat(put.status()).isEqualTo(ExitStatus.CONFLICT);
      assertThat(only.requests()).hasSize(1);
    }
  }

  @Test
  @Timeout(30)
  void aRejectionWhileAnEndpointIsSilentSaysThatItMayHaveMadeTheWrite() throws IOException {
    String first = silent(new LinkedBlockingQueue<>());
    try (FakeNode second = new FakeNode().answersProblem(412, "precondition-failed")) {
      Shell.Ended run =
          Shell.run("delete", "k", "--endpoint", first, "--endpoint", second.endpoint());
      assertThat(run.status()).isEqualTo(ExitStatus.UNAVAILABLE);
      assertThat(run.err()).contains(first, "the outcome of the request is unknown");
    }
  }

  @Test
  void aProblemThatRepeatsItsTitleSaysItOnce() {
    try (FakeNode node = new FakeNode().answersProblem(404, "not-found")) {
      Shell.Ended run = Shell.run("get", "k", "--endpoint", node.endpoint());
      assertThat(run.status()).isEqualTo(ExitStatus.NOT_FOUND);
      assertThat(run.err()).isEqualTo("starling: 404 Nothing was done\n");
    }
  }

  @Test
  void aCommandSendsItsRequestsAndNoOthers() {
    try (FakeNode node =
        new FakeNode().answersJson(200, "{\"value\":\"v\"}").answersJson(201, "{}")) {
      assertThat(Shell.run("get", "k", "--endpoint", node.endpoint()).status()).isZero();
      assertThat(Shell.run("put", "k", "v", "--endpoint", node.endpoint()).status()).isZero();
      // A ring would cost a request more, and a client without the grant admin gets none.
      assertThat(node.requests())
          .extracting(request -> request.method() + " " + request.uri())
          .containsExactly("GET /api/v1/store?key=k", "PUT /api/v1/store?key=k");
    }
  }

  @Test
  void anEmptyKeyIsSentAsItIs() {
    try (FakeNode node = new FakeNode().answersProblem(400, "bad-key")) {
      Shell.Ended put = Shell.run("put", "", "v", "--endpoint", node.endpoint());
      assertThat(put.status()).isEqualTo(ExitStatus.FAILED);
      assertThat(put.err()).isEqualTo("starling: 400 Nothing was done\n");
      assertThat(node.requests().get(0).uri()).hasToString("/api/v1/store?key=");
    }
  }

  @Test
  @Timeout(30)
  void anEndpointThatRefusesConnectionsIsNamedAtOnce() {
    Shell.Ended get = Shell.run("get", "k", "--endpoint", "127.0.0.1:1");
    assertThat(get.status()).isEqualTo(ExitStatus.UNAVAILABLE);
    assertThat(get.err()).startsWith("starling: 127.0.0.1:1 cannot be connected to");
    Shell.Ended put =
        Shell.run("put", "k", "v", "--endpoint", "127.0.0.1:1", "--endpoint", "127.0.0.1:2");
    assertThat(put.status()).isEqualTo(ExitStatus.UNAVAILABLE);
    assertThat(put.err()).doesNotContain("unknown");
  }

  @Test
  void anEndpointMayBeWrittenAsCurlTakesIt() {
    try (FakeNode node = new FakeNode().answersJson(200, "{\"value\":\"v\"}")) {
      for (String form : List.of("http://%s", "http://%s/", " %s ")) {
        assertThat(Shell.run("get", "k", "--endpoint", form.formatted(node.endpoint())).out())
            .isEqualTo("v\n");
      }
    }
  }
}
