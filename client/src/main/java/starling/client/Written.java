package starling.client;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A write that W replicas have. */
public final class Written {
  private final @Nullable Context context;
  private final @Nullable Etag etag;
  private final Attempts attempts;

  Written(@Nullable Context context, @Nullable Etag etag, Attempts attempts) {
    this.context = context;
    this.etag = etag;
    this.attempts = attempts;
  }

  /** What the write and everything it replaced make up; for {@code covering} and later writes. */
  public Context context() {
    return context == null ? Context.NOTHING_SEEN : context;
  }

  /** Present where the write left no siblings and its node named the version. */
  public Optional<Etag> etag() {
    return Optional.ofNullable(etag);
  }

  public Attempts attempts() {
    return attempts;
  }

  @Override
  public String toString() {
    return "written: " + attempts;
  }
}
