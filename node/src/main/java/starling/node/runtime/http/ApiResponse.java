package starling.node.runtime.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.wire.HeaderNames;

/**
 * The answer to a client: a status, headers and a body. A HEAD gets the same value without its
 * body. Its maker fills it; after that it does not change.
 */
final class ApiResponse {
  static final String JSON = "application/json";
  static final String PROBLEM = "application/problem+json";

  private static final byte[] NOTHING = new byte[0];

  private final int status;
  private final @Nullable String contentType;
  private final byte[] body;
  private final boolean measured;
  private final List<String> headers = new ArrayList<>(8);

  ApiResponse(int status, @Nullable String contentType, byte[] body) {
    this(status, contentType, body, true);
  }

  private ApiResponse(int status, @Nullable String contentType, byte[] body, boolean measured) {
    this.status = status;
    this.contentType = contentType;
    this.body = body;
    this.measured = measured;
  }

  /** To a HEAD, where the body is too long to be made: without a length. */
  static ApiResponse unmeasured(int status, @Nullable String contentType) {
    return new ApiResponse(status, contentType, NOTHING, false);
  }

  static ApiResponse json(int status, JsonText body) {
    return new ApiResponse(status, JSON, body.toBytes());
  }

  static ApiResponse empty(int status) {
    return new ApiResponse(status, null, NOTHING);
  }

  ApiResponse header(String name, String value) {
    headers.add(name);
    headers.add(value);
    return this;
  }

  ApiResponse context(String context) {
    return header(HeaderNames.CONTEXT, context);
  }

  int status() {
    return status;
  }

  /** Null for an answer without a body. */
  @Nullable String contentType() {
    return contentType;
  }

  byte[] body() {
    return body;
  }

  /** Names and values, alternating. */
  List<String> headers() {
    return headers;
  }

  /**
   * Whether HTTP allows a body with the status and its length is known, so that a header states it.
   */
  boolean tellsLength() {
    return measured && status != 204 && status != 304;
  }
}
