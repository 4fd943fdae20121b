package starling.node.runtime.http;

import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.version.Content;
import starling.node.version.Version;
import starling.wire.ProblemKind;

/**
 * The answer to a read: one value, siblings, the value's own bytes, or nothing because the client
 * has it already.
 *
 * @param asked the form the request asked for
 * @param match the request's {@code If-Match}, or null
 * @param noneMatch its {@code If-None-Match}, or null
 */
record ReadAnswers(
    StoreKey key,
    Representation asked,
    boolean rawForced,
    Accept accept,
    @Nullable EntityTags match,
    @Nullable EntityTags noneMatch) {

  /** The advice for a client when the siblings are too large for one answer. */
  private static final String INSTEAD =
      "HEAD returns the context without the values, and a write with it resolves the siblings";

  /**
   * The answer.
   *
   * @throws RequestRejected also where the node has no room for an answer of this length
   */
  ApiResponse of(ReadOutcome outcome, HttpExchange exchange) {
    if (outcome instanceof ReadOutcome.Found found) {
      return found(found, exchange);
    }
    if (outcome instanceof ReadOutcome.Missing missing) {
      return missing(missing, exchange.requestId());
    }
    throw new RequestRejected(((ReadOutcome.Rejected) outcome).rejection());
  }

  private ApiResponse found(ReadOutcome.Found found, HttpExchange exchange) {
    List<Version> values = found.values();
    boolean siblings = values.size() > 1;
    // Siblings are always JSON: their bytes are not one value.
    Representation form =
        siblings && asked == Representation.BYTES ? Representation.ENVELOPE : asked;
    if (match != null
        && !match.any()
        && !match.strong().contains(bare(found.versionHash(), form))) {
      return Problems.conditionFailed(
          Rejection.of(
              ProblemKind.PRECONDITION_FAILED,
              "If-Match",
              "the key is stored with another version"),
          new Rejection.Present(found.versionHash(), siblings, found.context()),
          exchange.requestId(),
          false,
          form);
    }
    ApiResponse answer;
    if (noneMatch != null && noneMatch.has(found.versionHash(), form)) {
      answer = ApiResponse.empty(304);
    } else if (form == Representation.BYTES) {
      answer = bytes(values.get(0).content(), exchange);
    } else if (siblings || form == Representation.LIST) {
      answer = siblings(found, form == Representation.LIST, exchange);
    } else {
      answer = envelope(found, exchange);
    }
    return answer
        .context(found.context())
        .header("ETag", EntityTags.tag(found.versionHash(), form))
        .header("Vary", "Accept");
  }

  private static String bare(long versionHash, Representation form) {
    String quoted = EntityTags.tag(versionHash, form);
    return quoted.substring(1, quoted.length() - 1);
  }

  private ApiResponse bytes(Content content, HttpExchange exchange) {
    String type = Contents.contentType(content);
    boolean acceptable =
        rawForced
            || (content.kind() == Content.Kind.JSON ? accept.takesJsonText() : accept.takes(type));
    if (!acceptable) {
      throw new RequestRejected(
          ProblemKind.NOT_ACCEPTABLE, "Accept", "the value is of the type " + type);
    }
    return exchange.makesBody(content.valueBytes(), INSTEAD)
        ? new ApiResponse(200, type, content.bytes())
        : ApiResponse.unmeasured(200, type);
  }

  private ApiResponse envelope(ReadOutcome.Found found, HttpExchange exchange) {
    Content content = found.values().get(0).content();
    long bytes = Contents.expectedBytes(content) + expectedBytes(found);
    if (!exchange.makesBody(bytes, INSTEAD)) {
      return ApiResponse.unmeasured(200, ApiResponse.JSON);
    }
    JsonText json = new JsonText((int) bytes);
    json.openObject().field("message", "found").field("key", key.text());
    Contents.write(json, content, false);
    return ApiResponse.json(200, json.field("context", found.context()).closeObject());
  }

  private ApiResponse siblings(ReadOutcome.Found found, boolean list, HttpExchange exchange) {
    long bytes = expectedBytes(found);
    for (Version version : found.values()) {
      bytes += Contents.expectedBytes(version.content());
    }
    if (!exchange.makesBody(bytes, INSTEAD)) {
      return ApiResponse.unmeasured(list ? 200 : 300, ApiResponse.JSON);
    }
    JsonText json = new JsonText((int) bytes);
    json.openObject().field("message", "found").field("key", key.text());
    json.name("siblings").openArray();
    for (Version version : found.values()) {
      json.openObject();
      Contents.write(json, version.content(), list);
      json.closeObject();
    }
    json.closeArray().field("context", found.context()).closeObject();
    return ApiResponse.json(list ? 200 : 300, json);
  }

  private int expectedBytes(ReadOutcome.Found found) {
    return 64 + key.bytes().length * 2 + found.context().length();
  }

  private ApiResponse missing(ReadOutcome.Missing missing, String requestId) {
    if (match != null) {
      Rejection failed =
          Rejection.of(
              ProblemKind.PRECONDITION_FAILED, "If-Match", "nothing is stored under this key");
      if (!missing.deleted()) {
        throw new RequestRejected(failed);
      }
      return Problems.conditionFailed(
          failed, new Rejection.Present(null, false, missing.context()), requestId, false, asked);
    }
    return missing(key, missing, requestId);
  }

  /** The answer for a key without a value. */
  static ApiResponse missing(StoreKey key, ReadOutcome.Missing missing, String requestId) {
    ApiResponse answer =
        Problems.of(
            Rejection.of(ProblemKind.NOT_FOUND, "nothing is stored under this key"),
            requestId,
            false,
            json -> {
              json.field("key", key.text());
              if (missing.deleted()) {
                json.field("context", missing.context()).field("deleted", true);
              }
            });
    if (missing.deleted()) {
      answer.context(missing.context());
    }
    return answer;
  }
}
