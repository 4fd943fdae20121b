package starling.wire;

import java.util.Locale;

/**
 * Every kind of rejection that the store knows, each with its HTTP status. The {@code type} of a
 * problem document is {@code urn:starling:problem:<kind>} and never changes its meaning; clients
 * branch on it, people read the detail.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457, Problem Details for HTTP APIs</a>
 */
public enum ProblemKind {
  BAD_REQUEST(400, "The request is malformed"),
  BAD_KEY(400, "The key is not valid"),
  BAD_BUCKET(400, "The bucket name is not valid"),
  BAD_PARAMETER(400, "A query parameter is not valid"),
  BAD_BODY(400, "The body is not valid"),
  BAD_CONTEXT(400, "The context was not issued for this key by this cluster"),
  UNAUTHORIZED(401, "Authentication is required"),
  FORBIDDEN(403, "The credential does not allow this"),
  NOT_FOUND(404, "Nothing is stored under this key"),
  NO_SUCH_ROUTE(404, "There is no such resource"),
  METHOD_NOT_ALLOWED(405, "The method is not allowed here"),
  NOT_ACCEPTABLE(406, "No acceptable representation"),
  REQUEST_TIMEOUT(408, "The request did not arrive in time"),
  ALREADY_EXISTS(409, "The key is there already"),
  TOO_MANY_SIBLINGS(409, "The write would leave too many siblings"),
  BUCKET_CONFLICT(409, "The bucket's property is fixed"),
  STILL_RUNNING(409, "The same request is still being carried out"),
  LENGTH_REQUIRED(411, "A length is required"),
  PRECONDITION_FAILED(412, "The condition does not hold"),
  VALUE_TOO_LARGE(413, "The value is too large"),
  URI_TOO_LONG(414, "The request line is too long"),
  UNSUPPORTED_MEDIA_TYPE(415, "The content type is not supported"),
  UNPROCESSABLE(422, "The request cannot be carried out as asked"),
  TOO_MANY_REQUESTS(429, "Too many requests"),
  HEADERS_TOO_LARGE(431, "The headers are too large"),
  INTERNAL(500, "An error inside the node"),
  NOT_BUILT(501, "This is not built yet"),
  UNAVAILABLE(503, "Too few replicas can answer"),
  BEHIND(503, "The reachable replicas have not seen this context"),
  UNKNOWN_CONTEXT_KEY(503, "The context was signed with a key this node has not learnt"),
  NOT_READY(503, "The node is not ready"),
  OVERLOADED(503, "The node is overloaded"),
  STORAGE_FAILED(503, "The node's storage has failed"),
  TIMEOUT(504, "The replicas did not answer in time"),
  STORAGE_FULL(507, "The disk is full");

  private final int status;
  private final String title;

  ProblemKind(int status, String title) {
    this.status = status;
    this.title = title;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** A short sentence, the same for every occurrence of the kind. */
  public String title() {
    return title;
  }

  /** The stable last part of the type, for example {@code too-many-siblings}. */
  public String slug() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The short form for people, for example {@code too many siblings}. */
  public String message() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** The problem type. */
  public String type() {
    return "urn:starling:problem:" + slug();
  }
}
