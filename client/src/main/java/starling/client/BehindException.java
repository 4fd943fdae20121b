package starling.client;

/** The replicas that can be reached have not seen what the reader has seen. */
public final class BehindException extends StarlingException {
  private static final long serialVersionUID = 1;

  private final boolean lost;

  BehindException(Failure failure, boolean lost) {
    super(failure);
    this.lost = lost;
  }

  /**
   * Whether all primaries answered, so that the missing part can only have been on lost disks. Then
   * read without the context.
   */
  public boolean lost() {
    return lost;
  }
}
