package starling.client;

/** The key that was to be created exists; {@link #context} is what is stored. */
public final class AlreadyExistsException extends StarlingException {
  private static final long serialVersionUID = 1;

  AlreadyExistsException(Failure failure) {
    super(failure);
  }
}
