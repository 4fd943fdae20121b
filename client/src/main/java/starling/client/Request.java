package starling.client;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request of the HTTP API as it is, for what the client has no method for: a tool that shows
 * answers as the nodes give them, or a part of the API that is newer than the client. It is routed,
 * signed, repeated and ended like every call. Immutable; the methods return changed copies.
 *
 * @see Starling#send
 */
public final class Request {
  private static final int MAX_TARGET = 8000;

  final String method;
  final String target;
  final @Nullable Body body;
  final @Nullable String accept;
  final @Nullable Context replacing;
  final @Nullable String idempotencyKey;
  final boolean repeatable;

  private Request(
      String method,
      String target,
      @Nullable Body body,
      @Nullable String accept,
      @Nullable Context replacing,
      @Nullable String idempotencyKey,
      boolean repeatable) {
    this.method = method;
    this.target = target;
    this.body = body;
    this.accept = accept;
    this.replacing = replacing;
    this.idempotencyKey = idempotencyKey;
    this.repeatable = repeatable;
  }

  /**
   * A read.
   *
   * @param target path and query, percent-encoded, such as {@code /api/v1/store?key=a%20b}
   * @throws InvalidRequestException if that cannot be sent
   */
  public static Request get(String target) {
    return of("GET", target);
  }

  /**
   * A write. It is sent once, unless it has an {@link #idempotencyKey} or is {@link #repeatable}.
   */
  public static Request put(String target, Body body) {
    return of("PUT", target).body(body);
  }

  /** The same by the method POST. */
  public static Request post(String target, Body body) {
    return of("POST", target).body(body);
  }

  /** The same by the method DELETE. */
  public static Request delete(String target) {
    return of("DELETE", target);
  }

  private static Request of(String method, String target) {
    if (!target.startsWith("/") || target.length() > MAX_TARGET || !Text.visible(target)) {
      throw InvalidRequestException.before(
          "target",
          "a target is a path and a query of at most " + MAX_TARGET + " visible ASCII characters");
    }
    return new Request(method, target, null, null, null, null, method.equals("GET"));
  }

  /** With a body, as it is sent. */
  public Request body(Body value) {
    Objects.requireNonNull(value, "body");
    return new Request(method, target, value, accept, replacing, idempotencyKey, repeatable);
  }

  /** The media type of the answer, for what has several. */
  public Request accept(String mediaType) {
    if (!Text.printable(mediaType)) {
      throw InvalidRequestException.before("accept", "a media type is printable ASCII");
    }
    return new Request(method, target, body, mediaType, replacing, idempotencyKey, repeatable);
  }

  /** The write replaces exactly what this context has seen. */
  public Request replacing(Context context) {
    Objects.requireNonNull(context, "context");
    return new Request(method, target, body, accept, context, idempotencyKey, repeatable);
  }

  /** See {@link Options.Put#idempotencyKey}; the write is then repeated like other writes. */
  public Request idempotencyKey(String key) {
    return new Request(
        method, target, body, accept, replacing, Options.requireKey(key), repeatable);
  }

  /**
   * It may be sent more than once: a read that is no GET, or a batch whose writes have idempotency
   * keys of their own.
   */
  public Request repeatable() {
    return new Request(method, target, body, accept, replacing, idempotencyKey, true);
  }

  boolean write() {
    return !method.equals("GET");
  }

  @Override
  public String toString() {
    return method + " " + target;
  }
}
