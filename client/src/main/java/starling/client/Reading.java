package starling.client;

import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a read found: one value, siblings, or nothing. Pass it back to {@code put} or {@code delete}
 * to replace exactly that.
 */
public abstract sealed class Reading<T> {
  private final Origin origin;

  Reading(Origin origin) {
    this.origin = origin;
  }

  /** Where a reading comes from. */
  record Origin(
      String bucket, Key key, @Nullable Context context, @Nullable Etag etag, Attempts attempts) {}

  /** A function for each case, so that the compiler shows all three. */
  public record Cases<T, R>(
      Function<Found<T>, R> found,
      Function<Siblings<T>, R> siblings,
      Function<Absent<T>, R> absent) {}

  /** The result of the function of this case. */
  public abstract <R> R match(Cases<T, R> cases);

  /**
   * The value; of siblings, what the bucket's resolver made of them.
   *
   * @throws NoSuchElementException if nothing is stored
   * @throws UnresolvedException for siblings without a resolver
   */
  public abstract T value();

  /** All values: none, one, or several. */
  public abstract List<T> values();

  /** The value, or another one if nothing is stored. */
  public T orElse(T other) {
    return this instanceof Absent ? other : value();
  }

  /** The value, or null if nothing is stored. */
  public @Nullable T orNull() {
    return this instanceof Absent ? null : value();
  }

  /** What this reader has seen. */
  public Context context() {
    Context context = origin.context;
    return context == null ? Context.NOTHING_SEEN : context;
  }

  /** The name of what is stored, for {@code ifMatch}; empty if nothing is. */
  public Optional<Etag> etag() {
    return Optional.ofNullable(origin.etag);
  }

  /** When the value expires, if it does and the node said so. */
  public Optional<Instant> expires() {
    return Optional.empty();
  }

  /** The media type of a single value. */
  public Optional<String> contentType() {
    return Optional.empty();
  }

  /** The requests of the read. */
  public Attempts attempts() {
    return origin.attempts;
  }

  /** The key. */
  public Key key() {
    return origin.key;
  }

  Origin origin() {
    return origin;
  }

  /** This reading, for a write in the bucket that it must be of. */
  Reading<T> of(String bucket) {
    if (!origin.bucket.equals(bucket)) {
      throw InvalidRequestException.before(
          "reading", "the reading is of the bucket " + origin.bucket + ", not of " + bucket);
    }
    return this;
  }

  /** One value. */
  public static final class Found<T> extends Reading<T> {
    private final Version<T> version;

    Found(Origin origin, Version<T> version) {
      super(origin);
      this.version = version;
    }

    @Override
    public <R> R match(Cases<T, R> cases) {
      return cases.found().apply(this);
    }

    @Override
    public T value() {
      return version.value();
    }

    @Override
    public List<T> values() {
      return List.of(version.value());
    }

    @Override
    public Optional<Instant> expires() {
      return version.expires();
    }

    @Override
    public Optional<String> contentType() {
      return Optional.of(version.contentType());
    }

    @Override
    public String toString() {
      return "found " + key();
    }
  }

  /** Two or more values that were written concurrently. */
  public static final class Siblings<T> extends Reading<T> {
    private final List<Version<T>> versions;
    private final @Nullable T resolved;

    /**
     * Siblings.
     *
     * @param resolved what a resolver made of them; null without a resolver
     */
    Siblings(Origin origin, List<Version<T>> versions, @Nullable T resolved) {
      super(origin);
      this.versions = List.copyOf(versions);
      this.resolved = resolved;
    }

    @Override
    public <R> R match(Cases<T, R> cases) {
      return cases.siblings().apply(this);
    }

    @Override
    public T value() {
      if (resolved == null) {
        throw unresolved(origin(), values(), "the bucket handle has no resolver", null);
      }
      return resolved;
    }

    @Override
    public List<T> values() {
      return versions.stream().map(Version::value).toList();
    }

    /** The values with their media types and expiry. */
    public List<Version<T>> versions() {
      return versions;
    }

    @Override
    public String toString() {
      return versions.size() + " siblings of " + key();
    }
  }

  /** Nothing is stored. */
  public static final class Absent<T> extends Reading<T> {
    private final boolean deleted;

    Absent(Origin origin, boolean deleted) {
      super(origin);
      this.deleted = deleted;
    }

    /** Whether a delete is known, rather than that the key was never written or has expired. */
    public boolean deleted() {
      return deleted;
    }

    @Override
    public <R> R match(Cases<T, R> cases) {
      return cases.absent().apply(this);
    }

    @Override
    public T value() {
      throw new NoSuchElementException(
          "nothing is stored under the key '" + key() + "'; orElse and orNull allow for that");
    }

    @Override
    public List<T> values() {
      return List.of();
    }

    @Override
    public String toString() {
      return "nothing under " + key();
    }
  }

  static UnresolvedException unresolved(
      Origin origin, List<?> values, String why, @Nullable Throwable cause) {
    return new UnresolvedException(
        new Failure(
            "the key '" + origin.key + "' has " + values.size() + " siblings, and " + why,
            "unresolved",
            StarlingException.Outcome.NOTHING_WRITTEN,
            false,
            origin.context,
            null,
            origin.attempts,
            cause),
        values);
  }
}
