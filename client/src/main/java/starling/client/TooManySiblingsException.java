package starling.client;

/** The write would leave too many siblings. Read the key, resolve its siblings, and write that. */
public final class TooManySiblingsException extends StarlingException {
  private static final long serialVersionUID = 1;

  TooManySiblingsException(Failure failure) {
    super(failure);
  }
}
