package starling.node.main;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** An endpoint that keeps what it is sent and answers what the test has laid out, in order. */
final class FakeNode implements AutoCloseable {
  /** One request. */
  record Request(
      String method,
      URI uri,
      @Nullable String type,
      @Nullable String idempotencyKey,
      @Nullable String context,
      byte[] body) {
    String text() {
      return new String(body, UTF_8);
    }
  }

  /**
   * An answer.
   *
   * @param missing bytes that its head promises and that never come
   */
  private record Answer(int status, String type, byte[] body, int missing) {}

  private final HttpServer server;
  private final Queue<Answer> answers = new ArrayDeque<>();
  private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();

  FakeNode() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::handle);
    server.start();
  }

  /** Whether the client asks by itself whether the node is back, which it may do at any time. */
  private static boolean probe(HttpExchange exchange) {
    return exchange.getRequestURI().getPath().equals("/health/ready")
        && !exchange.getRequestHeaders().containsKey("X-Request-Id");
  }

  private void handle(HttpExchange exchange) throws IOException {
    if (probe(exchange)) {
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
      return;
    }
    requests.add(
        new Request(
            exchange.getRequestMethod(),
            exchange.getRequestURI(),
            exchange.getRequestHeaders().getFirst("Content-Type"),
            exchange.getRequestHeaders().getFirst("Idempotency-Key"),
            exchange.getRequestHeaders().getFirst("X-Starling-Context"),
            exchange.getRequestBody().readAllBytes()));
    Answer answer = answers.size() > 1 ? answers.remove() : answers.element();
    exchange.getResponseHeaders().set("Content-Type", answer.type());
    exchange.getResponseHeaders().set("X-Starling-Context", "ctx");
    exchange.sendResponseHeaders(
        answer.status(), answer.body().length == 0 ? -1 : answer.body().length + answer.missing());
    exchange.getResponseBody().write(answer.body());
    exchange.close();
  }

  /** The next answer; the last one is given again and again. */
  FakeNode answers(int status, String type, byte[] body) {
    answers.add(new Answer(status, type, body, 0));
    return this;
  }

  /** The connection breaks off within the next answer. */
  FakeNode breaksOffAfter(String type, String begin) {
    answers.add(new Answer(200, type, begin.getBytes(UTF_8), 1));
    return this;
  }

  FakeNode answersJson(int status, String body) {
    return answers(status, "application/json", body.getBytes(UTF_8));
  }

  FakeNode answersProblem(int status, String kind) {
    String body =
        "{\"type\":\"urn:starling:problem:"
            + kind
            + "\",\"title\":\"Nothing was done\",\"status\":"
            + status
            + ",\"detail\":\"nothing was done\"}";
    return answers(status, "application/problem+json", body.getBytes(UTF_8));
  }

  String endpoint() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** All requests so far. */
  List<Request> requests() {
    return List.copyOf(requests);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
