package starling.client.micrometer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A node of a ring of one that answers requests to the store as a test lays out. */
final class StubNode implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final UUID id = UUID.randomUUID();
  volatile int status = 200;
  volatile String body = "";

  /** Requests to the store get no answer while this is set. */
  volatile boolean hangs;

  StubNode() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/api/v1/cluster/ring", exchange -> answer(exchange, 200, ring()));
    server.createContext("/api/v1/buckets/", this::stored);
    server.start();
  }

  private void stored(HttpExchange exchange) throws IOException {
    if (!hangs) {
      answer(exchange, status, body);
    }
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "text/plain");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String ring() {
    return "{\"version\":1,\"hash\":\"h\",\"nodes\":[{\"id\":\"%s\",\"http\":\"%s\"}],\"owners\":[\"%s\"]}"
        .formatted(id, address(), id);
  }

  String address() {
    return "127.0.0.1:" + port();
  }

  int port() {
    return server.getAddress().getPort();
  }

  void problem(int failed, String kind) {
    status = failed;
    body = "{\"type\":\"urn:starling:problem:" + kind + "\",\"detail\":\"because\"}";
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
