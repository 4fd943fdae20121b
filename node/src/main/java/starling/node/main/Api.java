package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;

/**
 * The REST API as commands use it. A command makes one request, so the client of the JDK serves
 * well enough here. An endpoint that cannot be connected to is passed over; one that took the
 * request is not, since what became of it is not known.
 */
final class Api {
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final Duration ANSWER = Duration.ofSeconds(70);

  /** An answer, its body as text. */
  record Answer(int status, String contentType, String body, @Nullable String context) {
    boolean ok() {
      return status >= 200 && status < 300;
    }

    JsonNode json() {
      try {
        return ExactJson.read(body);
      } catch (IOException e) {
        throw new IllegalStateException("the answer is not JSON: " + body);
      }
    }

    /** The exit status that a failure stands for. */
    int exitStatus() {
      return switch (status) {
        case 404 -> ExitStatus.NOT_FOUND;
        case 300, 409, 412 -> ExitStatus.CONFLICT;
        case 429, 502, 503, 504, 507 -> ExitStatus.UNAVAILABLE;
        default -> ok() ? ExitStatus.DONE : ExitStatus.FAILED;
      };
    }

    /** One line for a failure: what the problem document says. */
    String problem() {
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
    return send("GET", path, null, null);
  }

  /** Sends one request to the first endpoint that can be connected to. */
  Answer send(String method, String path, byte @Nullable [] body, @Nullable String contentType) {
    String last = "";
    for (Address endpoint : endpoints) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create("http://" + endpoint + path))
              .timeout(ANSWER)
              .method(
                  method,
                  body == null
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofByteArray(body));
      if (contentType != null) {
        request.header("Content-Type", contentType);
      }
      if (token != null) {
        request.header("Authorization", "Bearer " + token);
      }
      try {
        HttpResponse<String> response =
            client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(
            response.statusCode(),
            response.headers().firstValue("Content-Type").orElse(""),
            response.body(),
            response.headers().firstValue("X-Starling-Context").orElse(null));
      } catch (java.net.ConnectException | java.net.http.HttpConnectTimeoutException e) {
        last = endpoint + " cannot be connected to";
      } catch (IOException e) {
        throw new UnreachableException(
            endpoint + " did not answer: " + e + "; what became of the request is not known");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UnreachableException("interrupted");
      }
    }
    throw new UnreachableException(last);
  }
}
