package starling.client;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The condition of a write does not hold. {@link #context} and {@link #current} are what is stored.
 */
public final class ConditionFailedException extends StarlingException {
  private static final long serialVersionUID = 1;

  private final transient @Nullable Etag current;

  ConditionFailedException(Failure failure, @Nullable Etag current) {
    super(failure);
    this.current = current;
  }

  /** The name of what is stored, if anything is and the node said so. */
  public Optional<Etag> current() {
    return Optional.ofNullable(current);
  }
}
