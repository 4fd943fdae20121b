package starling.client;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The request is wrong, and will be wrong next time: {@link #field} says which part. Of the kind
 * {@code not-built} where the node does not have what it asks for.
 */
public final class InvalidRequestException extends StarlingException {
  private static final long serialVersionUID = 1;

  private final @Nullable String field;

  InvalidRequestException(Failure failure, @Nullable String field) {
    super(failure);
    this.field = field;
  }

  /** Rejected by the client itself: nothing was sent. */
  static InvalidRequestException before(String field, String message) {
    return before(field, message, null);
  }

  static InvalidRequestException before(String field, String message, @Nullable Throwable cause) {
    return new InvalidRequestException(
        Failure.before("invalid-request", false, message, cause), field);
  }

  /** The part of the request that is wrong, if a part is. */
  public Optional<String> field() {
    return Optional.ofNullable(field);
  }
}
