package starling.client;

import java.util.List;

/** The key has siblings, and the bucket handle has no resolver, or its resolver failed. */
public final class UnresolvedException extends StarlingException {
  private static final long serialVersionUID = 1;

  private final transient List<?> siblings;

  UnresolvedException(Failure failure, List<?> siblings) {
    super(failure);
    this.siblings = siblings;
  }

  /** The values, of the type of the bucket handle. */
  public List<?> siblings() {
    return siblings;
  }
}
