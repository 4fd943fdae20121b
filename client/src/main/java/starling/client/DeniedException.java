package starling.client;

/** The credential is missing, or does not allow this. Change the token or its grants. */
public final class DeniedException extends StarlingException {
  private static final long serialVersionUID = 1;

  DeniedException(Failure failure) {
    super(failure);
  }
}
