package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.wire.HeaderNames;
import starling.wire.ProblemKind;

/**
 * The REST API as commands use it. A command makes few requests, so the client of the JDK serves
 * well enough here. When an endpoint cannot be reached, breaks off, is not ready, or stays silent
 * for a second, the request goes to the next one too, and the first answer counts. All requests of
 * one write carry one idempotency key, so that the cluster makes it once.
 */
final class Api {
  private static final Duration CONNECT = Duration.ofSeconds(3);

  /** How long an endpoint may be silent before the next one is asked too. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  /** Longer than the longest time-out that a request can have in a cluster. */
  private static final Duration ANSWER = Duration.ofSeconds(70);

  private static final String JSON = "application/json";
  private static final String HEADERS = "jdk.httpclient.allowRestrictedHeaders";

  static {
    // A host name that URIs do not allow, such as my_host, goes into the Host header.
    if (System.getProperty(HEADERS) == null) {
      System.setProperty(HEADERS, "host");
    }
  }

  /**
   * The body of a write.
   *
   * @param context the causal context of a body that is the value itself; else null
   */
  record Body(byte[] bytes, String contentType, @Nullable String context) {
    static Body json(String text) {
      return new Body(text.getBytes(StandardCharsets.UTF_8), JSON, null);
    }
  }

  /**
   * An answer.
   *
   * @param lost for a write that was sent to another endpoint before, how that answer was lost;
   *     else null
   */
  record Answer(
      int status,
      String contentType,
      byte[] bytes,
      @Nullable String context,
      @Nullable String lost) {
    boolean ok() {
      return status >= 200 && status < 300;
    }

    /** The body as text. */
    String body() {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    JsonNode json() {
      try {
        return ExactJson.read(body());
      } catch (IOException e) {
        throw new IllegalStateException("the answer is not JSON: " + body());
      }
    }

    boolean is(ProblemKind kind) {
      return status == kind.status() && body().contains(kind.type());
    }

    /** The exit status of a failure: a write that may have happened is no plain rejection. */
    int exitStatus() {
      if (lost != null && !ok()) {
        return ExitStatus.UNAVAILABLE;
      }
      return switch (status) {
        case 404 -> ExitStatus.NOT_FOUND;
        case 300, 409, 412 -> ExitStatus.CONFLICT;
        case 429, 502, 503, 504, 507 -> ExitStatus.UNAVAILABLE;
        default -> ok() ? ExitStatus.DONE : ExitStatus.FAILED;
      };
    }

    /** One line for a failure: what the problem document says. */
    String problem() {
      return lost == null ? said() : said() + "; before that, " + lost;
    }

    private String said() {
      if (!contentType.startsWith("application/problem+json")) {
        return "status " + status;
      }
      JsonNode problem = json();
      String title = problem.path("title").asText();
      String detail = problem.path("detail").asText();
      // A detail that repeats the title is printed once.
      return detail.isEmpty() || detail.equalsIgnoreCase(title)
          ? status + " " + title
          : status + " " + title + ": " + detail;
    }
  }

  /** None of the endpoints could be connected to. */
  static final class UnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnreachableException(String message) {
      super(message);
    }
  }

  /** The endpoint that answered last comes first, so that the next request waits for no other. */
  private final List<Address> endpoints;

  private final @Nullable String token;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  Api(List<Address> endpoints, @Nullable String token) {
    this.endpoints = new ArrayList<>(endpoints);
    this.token = token;
  }

  Answer get(String path) {
    return new Request("GET", path, null, null).answer();
  }

  /**
   * Sends a write.
   *
   * @param idempotencyKey null draws one
   */
  Answer write(String method, String path, @Nullable Body body, @Nullable String idempotencyKey) {
    String key = idempotencyKey == null ? UUID.randomUUID().toString() : idempotencyKey;
    return new Request(method, path, body, key).answer();
  }

  /** Sends a batch, whose operations carry their own idempotency keys. */
  Answer batch(String path, String body) {
    return new Request("POST", path, Body.json(body), null).answer();
  }

  /**
   * The beginning of an answer that is read as it comes.
   *
   * @param answer the whole answer instead, if it is a rejection
   */
  record Streamed(InputStream body, @Nullable Answer answer) {}

  /**
   * Begins to read a stream from the first endpoint that answers.
   *
   * @throws UnreachableException if none does
   */
  Streamed stream(String path, String accept) {
    String failure = "";
    for (int i = 0; i < endpoints.size(); i++) {
      Address endpoint = endpoints.get(0);
      try {
        Streamed streamed = stream(endpoint, path, accept);
        if (streamed.answer() == null || !streamed.answer().is(ProblemKind.NOT_READY)) {
          return streamed;
        }
        failure = endpoint + " is not ready";
      } catch (IOException e) {
        failure = endpoint + " cannot be reached: " + e.getMessage();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UnreachableException("interrupted");
      }
      // The next attempt begins with the next endpoint.
      endpoints.add(endpoints.remove(0));
    }
    throw new UnreachableException(failure);
  }

  private Streamed stream(Address endpoint, String path, String accept)
      throws IOException, InterruptedException {
    URI uri;
    try {
      uri = URI.create("http://" + endpoint + path);
    } catch (IllegalArgumentException e) {
      throw new IOException("no URI can name this host", e);
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).timeout(ANSWER).header("Accept", accept).GET();
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    HttpResponse<InputStream> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (response.statusCode() == 200) {
      return new Streamed(response.body(), null);
    }
    try (InputStream body = response.body()) {
      return new Streamed(
          InputStream.nullInputStream(),
          new Answer(response.statusCode(), type, body.readAllBytes(), null, null));
    }
  }

  /** The result of one endpoint: a response, or a failure. */
  private record Reply(
      Address endpoint, @Nullable HttpResponse<byte[]> response, @Nullable Throwable failure) {}

  /** One request, sent to as many endpoints as it takes until one answers. */
  private final class Request {
    private final String method;
    private final String path;
    private final @Nullable Body body;

    /** The idempotency key of a write; null for a read. */
    private final @Nullable String key;

    private final long endNanos = System.nanoTime() + ANSWER.toNanos();
    private final Queue<Address> untried = new ArrayDeque<>(endpoints);
    private final Set<Address> silent = new LinkedHashSet<>();
    private final BlockingQueue<Reply> replies = new LinkedBlockingQueue<>();
    private final List<CompletableFuture<?>> sent = new ArrayList<>();

    /** The endpoint whose predecessor is slow: asked again after a while. */
    private @Nullable Address deferred;

    private @Nullable String unreached;
    private @Nullable String brokenOff;
    private @Nullable Answer notReady;

    Request(String method, String path, @Nullable Body body, @Nullable String key) {
      this.method = method;
      this.path = path;
      this.body = body;
      this.key = key;
    }

    Answer answer() {
      try {
        askNext();
        while (!silent.isEmpty() || deferred != null) {
          Reply reply = replies.poll(waitNanos(), TimeUnit.NANOSECONDS);
          if (reply != null) {
            Answer answer = judge(reply);
            if (answer != null) {
              endpoints.remove(reply.endpoint());
              endpoints.add(0, reply.endpoint());
              return answer;
            }
          } else if (System.nanoTime() - endNanos >= 0) {
            break;
          } else {
            askNext();
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UnreachableException("interrupted");
      } finally {
        sent.forEach(request -> request.cancel(true));
      }
      return nothing();
    }

    private long waitNanos() {
      long left = Math.max(0, endNanos - System.nanoTime());
      return deferred == null && untried.isEmpty() ? left : Math.min(left, SILENCE.toNanos());
    }

    private void askNext() {
      Address endpoint = deferred != null ? deferred : untried.poll();
      deferred = null;
      if (endpoint != null) {
        silent.add(endpoint);
        CompletableFuture<HttpResponse<byte[]>> request = send(endpoint);
        sent.add(request);
        var unused =
            request.whenComplete(
                (response, failure) -> replies.add(new Reply(endpoint, response, failure)));
      }
    }

    /** The answer of a reply, or null if another endpoint is to answer. */
    private @Nullable Answer judge(Reply reply) {
      silent.remove(reply.endpoint());
      HttpResponse<byte[]> response = reply.response();
      if (response != null) {
        Answer answer =
            new Answer(
                response.statusCode(),
                response.headers().firstValue("Content-Type").orElse(""),
                response.body(),
                response.headers().firstValue(HeaderNames.CONTEXT).orElse(null),
                lost());
        if (answer.is(ProblemKind.STILL_RUNNING) && answer.lost() != null) {
          // The node executes the same write, which another endpoint received before.
          deferred = reply.endpoint();
          return null;
        }
        if (!answer.is(ProblemKind.NOT_READY)) {
          return answer;
        }
        notReady = answer;
      } else if (unconnected(reply.failure())) {
        unreached = reply.endpoint() + " cannot be connected to";
      } else if (brokenOff == null) {
        brokenOff = reply.endpoint() + " did not answer: " + cause(reply.failure());
      }
      if (deferred == null) {
        askNext();
      }
      return null;
    }

    /** For a write, which endpoint may have made it without an answer; else null. */
    private @Nullable String lost() {
      String first = unanswered();
      return key == null || first == null
          ? null
          : first + "; the outcome of the request is unknown";
    }

    private @Nullable String unanswered() {
      return brokenOff != null || silent.isEmpty()
          ? brokenOff
          : silent.iterator().next() + " did not answer in time";
    }

    /** The failure if no endpoint has answered. */
    private Answer nothing() {
      String lost = key == null ? unanswered() : lost();
      if (lost != null) {
        throw new UnreachableException(lost);
      }
      if (notReady != null) {
        return notReady;
      }
      throw new UnreachableException(String.valueOf(unreached));
    }

    private CompletableFuture<HttpResponse<byte[]>> send(Address endpoint) {
      URI uri = uri(endpoint.toString());
      return uri != null
          ? client.sendAsync(request(uri).build(), HttpResponse.BodyHandlers.ofByteArray())
          : CompletableFuture.supplyAsync(() -> resolved(endpoint))
              .thenCompose(
                  request -> client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()));
    }

    /** The resource at a host and port; null if no URI can name such a host. */
    private @Nullable URI uri(String authority) {
      try {
        URI uri = URI.create("http://" + authority + path);
        return uri.getHost() == null ? null : uri;
      } catch (IllegalArgumentException e) {
        return null;
      }
    }

    /** Names in /etc/hosts and of containers may have characters that URIs do not know. */
    private HttpRequest resolved(Address endpoint) {
      try {
        String found = InetAddress.getByName(endpoint.host()).getHostAddress();
        URI uri = uri(new Address(found, endpoint.port()).toString());
        if (uri == null) {
          throw new UnknownHostException(endpoint.host());
        }
        HttpRequest.Builder request = request(uri);
        try {
          request.setHeader("Host", endpoint.toString());
        } catch (IllegalArgumentException e) {
          // The JVM was started with other restricted headers: the address replaces the name.
        }
        return request.build();
      } catch (UnknownHostException e) {
        throw new CompletionException(e);
      }
    }

    private HttpRequest.Builder request(URI uri) {
      HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(ANSWER);
      if (body == null) {
        request.method(method, HttpRequest.BodyPublishers.noBody());
      } else {
        request.method(method, HttpRequest.BodyPublishers.ofByteArray(body.bytes()));
        request.header("Content-Type", body.contentType());
        if (body.context() != null) {
          request.header(HeaderNames.CONTEXT, body.context());
        }
      }
      if (key != null) {
        request.header(HeaderNames.IDEMPOTENCY_KEY, key);
      }
      if (token != null) {
        request.header("Authorization", "Bearer " + token);
      }
      return request;
    }
  }

  private static @Nullable Throwable cause(@Nullable Throwable failure) {
    return failure instanceof CompletionException ? failure.getCause() : failure;
  }

  private static boolean unconnected(@Nullable Throwable failure) {
    Throwable cause = cause(failure);
    return cause instanceof java.net.ConnectException
        || cause instanceof HttpConnectTimeoutException
        || cause instanceof UnknownHostException;
  }
}
