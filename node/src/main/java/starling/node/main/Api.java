package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.wire.HeaderNames;
import starling.wire.ProblemKind;

/**
 * The REST API as commands use it. A command makes one request, so the client of the JDK serves
 * well enough here. An endpoint that cannot be connected to, breaks off, or is not ready is passed
 * over: a write carries an idempotency key, so that it may be sent to the next all the same.
 */
final class Api {
  private static final String ANYWHERE = "http://localhost";
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final Duration ANSWER = Duration.ofSeconds(70);

  /**
   * What a write sends.
   *
   * @param context the causal context of a body that is the value itself; else null
   */
  record Body(byte[] bytes, String contentType, @Nullable String context) {
    static Body json(String text) {
      return new Body(text.getBytes(StandardCharsets.UTF_8), "application/json", null);
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
    /** The body as text. */
    String body() {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    boolean ok() {
      return status >= 200 && status < 300;
    }

    JsonNode json() {
      try {
        return ExactJson.read(body());
      } catch (IOException e) {
        throw new IllegalStateException("the answer is not JSON: " + body());
      }
    }

    boolean notReady() {
      return status == 503 && body().contains(ProblemKind.NOT_READY.type());
    }

    /** The exit status that a failure stands for: what may have been done is no plain refusal. */
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
      if (contentType.startsWith("application/problem+json")) {
        JsonNode problem = json();
        return status
            + " "
            + problem.path("title").asText()
            + ": "
            + problem.path("detail").asText();
      }
      return "status " + status;
    }
  }

  /** None of the endpoints could be connected to. */
  static final class UnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnreachableException(String message) {
      super(message);
    }
  }

  private final List<Address> endpoints;
  private final @Nullable String token;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  Api(List<Address> endpoints, @Nullable String token) {
    this.endpoints = endpoints;
    this.token = token;
  }

  Answer get(String path) {
    return send(request("GET", path, null), false);
  }

  /**
   * Sends a write.
   *
   * @param name its idempotency key; null draws one
   */
  Answer write(String method, String path, @Nullable Body body, @Nullable String name) {
    HttpRequest.Builder request = request(method, path, body);
    request.header(HeaderNames.IDEMPOTENCY_KEY, name == null ? UUID.randomUUID().toString() : name);
    return send(request, true);
  }

  private HttpRequest.Builder request(String method, String path, @Nullable Body body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(ANYWHERE + path)).timeout(ANSWER);
    if (body == null) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request.method(method, HttpRequest.BodyPublishers.ofByteArray(body.bytes()));
      request.header("Content-Type", body.contentType());
      if (body.context() != null) {
        request.header(HeaderNames.CONTEXT, body.context());
      }
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return request;
  }

  /** The answer of the first endpoint that is there and ready. */
  private Answer send(HttpRequest.Builder request, boolean write) {
    String path = request.build().uri().toString().substring(ANYWHERE.length());
    String last = "";
    String lost = null;
    Answer notReady = null;
    for (Address endpoint : endpoints) {
      request.uri(URI.create("http://" + endpoint + path));
      try {
        HttpResponse<byte[]> response =
            client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        Answer answer =
            new Answer(
                response.statusCode(),
                response.headers().firstValue("Content-Type").orElse(""),
                response.body(),
                response.headers().firstValue(HeaderNames.CONTEXT).orElse(null),
                write ? lost : null);
        if (!answer.notReady()) {
          return answer;
        }
        notReady = answer;
      } catch (java.net.ConnectException | java.net.http.HttpConnectTimeoutException e) {
        last = endpoint + " cannot be connected to";
      } catch (IOException e) {
        lost = endpoint + " did not answer: " + e + "; what became of the request is not known";
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UnreachableException("interrupted");
      }
    }
    if (notReady != null && lost == null) {
      return notReady;
    }
    throw new UnreachableException(lost == null ? last : lost);
  }
}
