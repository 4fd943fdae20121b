package starling.client;

/** The result of one operation among several: its value or its failure. */
public sealed interface Result<T> {
  /** The value. */
  record Done<T>(T value) implements Result<T> {
    @Override
    public T get() {
      return value;
    }
  }

  /** The failure. */
  record Failed<T>(StarlingException failure) implements Result<T> {
    @Override
    public T get() {
      throw failure;
    }
  }

  /**
   * The value.
   *
   * @throws StarlingException the failure
   */
  T get();
}
