package starling.node.runtime.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import starling.node.config.HttpConfig;
import starling.node.runtime.metrics.Metrics;

/** A running API over a {@link MemoryService}, and a client for it that is no part of it. */
public final class ApiServer implements AutoCloseable {
  static final ObjectMapper MAPPER = new ObjectMapper();

  final MemoryService service = new MemoryService();
  final HttpApi api;
  public final int port;
  final Context context;
  private final Vertx vertx;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  ApiServer(HttpConfig config) {
    this(Vertx.vertx(), config);
  }

  ApiServer(Vertx vertx, HttpConfig config) {
    this.vertx = vertx;
    context = vertx.getOrCreateContext();
    api = new HttpApi(vertx, context, config.listeningOn("127.0.0.1", 0), service, new Metrics());
    port = await(api.listen());
  }

  public static ApiServer start() {
    return new ApiServer(HttpConfig.DEFAULT);
  }

  static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** Runs on the event loop, where the state of the service lives. */
  <T> T onLoop(Callable<T> task) {
    CompletableFuture<T> done = new CompletableFuture<>();
    context.runOnContext(
        go -> {
          try {
            done.complete(task.call());
          } catch (Exception e) {
            done.completeExceptionally(e);
          }
        });
    return done.orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** Lets listings say that so many partitions are missing. */
  public void missing(int partitions) {
    onLoop(() -> service.missing = partitions);
  }

  URI uri(String target) {
    return URI.create("http://127.0.0.1:" + port + target);
  }

  /** Sends a request: names and values of headers follow the body, which may be null. */
  Reply send(String method, String target, String body, String... headers) {
    return send(
        method, target, body == null ? null : body.getBytes(StandardCharsets.UTF_8), headers);
  }

  Reply send(String method, String target, byte[] body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(target))
            .timeout(Duration.ofSeconds(10))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try {
      return new Reply(client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public Reply get(String target, String... headers) {
    return send("GET", target, (byte[]) null, headers);
  }

  public Reply putJson(String target, String body) {
    return send("PUT", target, body, "Content-Type", "application/json");
  }

  @Override
  public void close() {
    await(api.shutdown(Duration.ofMillis(200)));
    await(vertx.close());
  }

  /** An answer, with ways to look into it. */
  public record Reply(HttpResponse<byte[]> response) {
    public int status() {
      return response.statusCode();
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }

    byte[] body() {
      return response.body();
    }

    public String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    JsonNode json() {
      try {
        return MAPPER.readTree(response.body());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String field(String name) {
      JsonNode node = json().get(name);
      return node == null ? null : node.asText();
    }
  }
}
