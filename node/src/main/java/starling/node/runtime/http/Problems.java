package starling.node.runtime.http;

import java.util.function.Consumer;
import starling.node.request.Rejection;
import starling.wire.ProblemKind;

/**
 * Rejections as problem documents (RFC 9457). Every error of the API is made here, so all have the
 * same members: {@code type}, {@code title}, {@code status}, {@code detail}, {@code message},
 * {@code requestId}, {@code field} for bad input, and for a missed quorum also {@code required},
 * {@code alive}, {@code acknowledged} and, for a write, {@code outcome}.
 */
final class Problems {
  private static final String RETRY_SECONDS = "1";

  private Problems() {}

  /**
   * The answer to a rejected request; {@code write} says whether it would have changed anything.
   */
  static ApiResponse of(Rejection refusal, String requestId, boolean write) {
    return of(refusal, requestId, write, json -> {});
  }

  /** The same with members of its own. */
  static ApiResponse of(
      Rejection refusal, String requestId, boolean write, Consumer<JsonText> more) {
    ProblemKind kind = refusal.kind();
    int status = kind.status();
    JsonText json =
        new JsonText(384)
            .openObject()
            .field("type", kind.type())
            .field("title", kind.title())
            .field("status", status)
            .field("detail", refusal.detail())
            .field("message", kind.message())
            .field("requestId", requestId);
    String field = refusal.field();
    if (field != null) {
      json.field("field", field);
    }
    if (status == 503 || status == 504) {
      quorum(json, refusal);
    }
    if (write && tellsOutcome(kind)) {
      json.field("outcome", refusal.outcome() == Rejection.Outcome.UNKNOWN ? "unknown" : "none");
    }
    more.accept(json);
    ApiResponse answer = new ApiResponse(status, ApiResponse.PROBLEM, json.closeObject().toBytes());
    if (status == 503 || status == 429 || kind == ProblemKind.STILL_RUNNING) {
      answer.header("Retry-After", RETRY_SECONDS);
    }
    return answer;
  }

  /** The answer to a failed condition: it names what is there as a read of the same form would. */
  static ApiResponse conditionFailed(
      Rejection rejection,
      Rejection.Present present,
      String requestId,
      boolean write,
      Representation form) {
    Long hash = present.versionHash();
    // Siblings are always JSON: their bytes are not one value.
    boolean json = present.siblings() && form == Representation.BYTES;
    String tag = hash == null ? null : EntityTags.tag(hash, json ? Representation.ENVELOPE : form);
    ApiResponse answer =
        of(
                rejection,
                requestId,
                write,
                body -> {
                  if (tag != null) {
                    body.field("etag", tag);
                  }
                  body.field("context", present.context());
                })
            .context(present.context());
    return tag == null ? answer : answer.header("ETag", tag);
  }

  /** The statuses that alone do not tell a client the outcome of its write. */
  private static boolean tellsOutcome(ProblemKind kind) {
    return (kind.status() >= 500 && kind != ProblemKind.NOT_BUILT)
        || kind == ProblemKind.TOO_MANY_REQUESTS;
  }

  private static void quorum(JsonText json, Rejection refusal) {
    json.field("required", refusal.required()).field("alive", refusal.alive());
    json.name("acknowledged").openArray();
    refusal.acknowledged().forEach(json::value);
    json.closeArray();
    if (refusal.lost()) {
      json.field("lost", true);
    }
  }
}
