package starling.node.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/** Requests to one node, by a client that is no part of the store. */
final class HttpCalls {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final String base;

  HttpCalls(String base) {
    this.base = base;
  }

  /**
   * An answer.
   *
   * @param context the header of that name; empty if there is none
   */
  record Answer(int status, String body, String context) {
    JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (JsonProcessingException e) {
        throw new AssertionError("not JSON: " + body, e);
      }
    }

    /** The value of a read that found one. */
    String value() {
      if (status != 200) {
        throw new AssertionError(status + " " + body);
      }
      return json().path("value").asText();
    }
  }

  Answer get(String path) {
    return send("GET", path, null);
  }

  /** Writes one value of the default bucket; an empty context is none. */
  Answer put(String key, String value, String context) {
    ObjectNode body = JSON.createObjectNode().put("value", value);
    if (!context.isEmpty()) {
      body.put("context", context);
    }
    return send("PUT", "/api/v1/store/" + key, body.toString());
  }

  Answer put(String key, String value) {
    return put(key, value, "");
  }

  Answer read(String key) {
    return get("/api/v1/store/" + key);
  }

  JsonNode members() {
    return get("/api/v1/cluster/members").json().path("members");
  }

  int alive() {
    int alive = 0;
    for (JsonNode member : members()) {
      alive += member.path("status").asText().equals("alive") ? 1 : 0;
    }
    return alive;
  }

  Answer send(String method, String path, String body) {
    try {
      return send(method, path, body, "", Duration.ofSeconds(20));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Asks once, and tells how it failed.
   *
   * @param context what the client has seen; sent as a header unless it is empty
   * @param patience how long the client waits for the answer
   */
  Answer send(String method, String path, String body, String context, Duration patience)
      throws IOException {
    Map<String, String> headers =
        context.isEmpty() ? Map.of() : Map.of("X-Starling-Context", context);
    return body == null
        ? send(method, path, HttpRequest.BodyPublishers.noBody(), "", headers, patience)
        : send(
            method,
            path,
            HttpRequest.BodyPublishers.ofString(body),
            "application/json",
            headers,
            patience);
  }

  /** Writes bytes, which are a value as they are, with these headers. */
  Answer putBytes(String key, byte[] bytes, Map<String, String> headers) {
    try {
      return send(
          "PUT",
          "/api/v1/store/" + key,
          HttpRequest.BodyPublishers.ofByteArray(bytes),
          "application/octet-stream",
          headers,
          Duration.ofSeconds(20));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Answer send(
      String method,
      String path,
      HttpRequest.BodyPublisher body,
      String contentType,
      Map<String, String> headers,
      Duration patience)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path)).timeout(patience).method(method, body);
    if (!contentType.isEmpty()) {
      request.header("Content-Type", contentType);
    }
    headers.forEach(request::header);
    try {
      HttpResponse<String> response =
          CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(
          response.statusCode(),
          response.body(),
          response.headers().firstValue("X-Starling-Context").orElse(""));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
