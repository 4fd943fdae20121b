package starling.client;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of several concurrent values of a key.
 *
 * @param contentType the media type it was written with
 */
public record Version<T>(T value, String contentType, @Nullable Instant expiresAt) {
  /** When it expires, if it does. */
  public Optional<Instant> expires() {
    return Optional.ofNullable(expiresAt);
  }
}
