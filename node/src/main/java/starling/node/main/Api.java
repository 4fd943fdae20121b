package starling.node.main;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import starling.client.Attempt;
import starling.client.Behavior;
import starling.client.Body;
import starling.client.Hedge;
import starling.client.InvalidRequestException;
import starling.client.Request;
import starling.client.Response;
import starling.client.Retries;
import starling.client.Routing;
import starling.client.StarlingException;
import starling.client.TimedOutException;
import starling.client.Transport;
import starling.gossip.Address;

/**
 * The cluster as commands use it: the Java client, in a form of its own.
 *
 * <ul>
 *   <li>It asks the endpoints that its user named, in their order, and no other node: addresses
 *       that nodes announce may not be reachable from here, and {@code status}, {@code members} and
 *       {@code ring} show what the asked node sees. A command of one request would pay for a ring
 *       by a second one.
 *   <li>When an endpoint cannot be reached, breaks off, is not ready, or stays silent for a second,
 *       the next one is asked too. What the cluster says is final: the user decides what to do.
 *   <li>Commands print what nodes answer, with all fields, digits and texts, leave it to nodes to
 *       judge their options, and store an export as it is. So they send requests of the HTTP API: a
 *       typed reading or batch leaves out what its program does not name.
 *   <li>The transport is that of the JDK, whose classes cost a command the least CPU.
 * </ul>
 */
final class Api implements AutoCloseable {
  /** As long as a request can take in a cluster. */
  private static final Behavior COMMAND =
      Behavior.DEFAULT
          .deadline(Duration.ofSeconds(60))
          .attemptTimeout(Duration.ofSeconds(1))
          .retries(Retries.ELSEWHERE)
          .hedge(Hedge.OFF);

  /** A page of a listing searches for half of its time, which is no silence. */
  private static final Behavior PAGE = COMMAND.attemptTimeout(Duration.ofSeconds(10));

  private static final Behavior BATCH =
      COMMAND.deadline(Duration.ofSeconds(15)).attemptTimeout(Duration.ofSeconds(5));

  private static final String UNKNOWN = "the outcome of the request is unknown";
  private static final String HEADERS = "jdk.httpclient.allowRestrictedHeaders";

  static {
    // A host name that URIs do not allow, such as my_host, goes into the Host header.
    if (System.getProperty(HEADERS) == null) {
      System.setProperty(HEADERS, "host");
    }
  }

  private final starling.client.Starling client;

  /**
   * @throws ConfigException if there are no or too many endpoints
   */
  Api(List<Address> endpoints, @Nullable String token) {
    starling.client.Starling.Builder builder =
        starling.client.Starling.builder()
            .transport(Transport.jdk())
            .routing(Routing.ENDPOINTS)
            .behavior(COMMAND);
    if (token != null) {
      builder.token(() -> token);
    }
    try {
      client =
          builder
              .endpoints(endpoints.stream().map(Address::toString).toArray(String[]::new))
              .build();
    } catch (InvalidRequestException e) {
      throw new ConfigException("--endpoint: " + e.detail());
    }
  }

  /**
   * Reads a resource.
   *
   * @throws StarlingException if there is no answer, or one with a status from 400 on
   */
  Response get(String path) {
    return await(client.send(Request.get(path)));
  }

  /** Reads a page of a listing, as lines. */
  Response page(String path) {
    return await(client.with(PAGE).send(Request.get(path).accept("application/x-ndjson")));
  }

  /**
   * Sends a write.
   *
   * @param idempotencyKey null draws one
   */
  Response write(Request request, @Nullable String idempotencyKey) {
    String key = idempotencyKey == null ? UUID.randomUUID().toString() : idempotencyKey;
    return await(client.send(request.idempotencyKey(key)));
  }

  /** Sends a batch, whose writes carry their own idempotency keys. */
  Response batch(String path, String operations) {
    Body body = Body.of(operations.getBytes(StandardCharsets.UTF_8), Body.JSON);
    return await(client.with(BATCH).send(Request.post(path, body).repeatable()));
  }

  private static Response await(CompletableFuture<Response> call) {
    try {
      return call.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
  }

  static JsonNode json(Response response) {
    try {
      return ExactJson.read(response.text());
    } catch (IOException e) {
      throw new IllegalStateException("the answer is not JSON: " + response.text());
    }
  }

  /** The exit status of a failure: a write that may have happened is no plain rejection. */
  static int exitStatus(StarlingException failure) {
    if (unsure(failure) && !silent(failure).isEmpty()) {
      return ExitStatus.UNAVAILABLE;
    }
    return switch (failure.status()) {
      case 0 ->
          failure instanceof InvalidRequestException ? ExitStatus.FAILED : ExitStatus.UNAVAILABLE;
      case 404 -> ExitStatus.NOT_FOUND;
      case 409, 412 -> ExitStatus.CONFLICT;
      case 429, 502, 503, 504, 507 -> ExitStatus.UNAVAILABLE;
      default -> ExitStatus.FAILED;
    };
  }

  /** One line for a failure: what the problem document says, and which answers are missing. */
  static String text(StarlingException failure) {
    String silent = silent(failure);
    if (failure.status() == 0) {
      String said =
          failure instanceof TimedOutException && !silent.isEmpty()
              ? silent + " did not answer in time"
              : failure.detail();
      return unsure(failure) ? said + "; " + UNKNOWN : said;
    }
    return unsure(failure) && !silent.isEmpty()
        ? said(failure) + "; before that, " + silent + " did not answer; " + UNKNOWN
        : said(failure);
  }

  private static String said(StarlingException failure) {
    String title = failure.title().orElse("");
    if (title.isEmpty()) {
      return "status " + failure.status();
    }
    String detail = failure.detail();
    // A detail that repeats the title is printed once.
    return detail.equalsIgnoreCase(title)
        ? failure.status() + " " + title
        : failure.status() + " " + title + ": " + detail;
  }

  private static boolean unsure(StarlingException failure) {
    return failure.outcome() == StarlingException.Outcome.MAY_BE_WRITTEN;
  }

  /** The nodes that gave no answer. */
  private static String silent(StarlingException failure) {
    return failure.attempts().list().stream()
        .filter(attempt -> attempt.status() == 0)
        .map(Attempt::node)
        .distinct()
        .collect(Collectors.joining(", "));
  }

  @Override
  public void close() {
    client.close();
  }
}
