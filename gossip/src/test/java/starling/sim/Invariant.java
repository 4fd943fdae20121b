package starling.sim;

/**
 * Something that must hold after every event (or every few, if it is dear). One small named class
 * each; it may keep state of its own to compare now with before, and must not change what it looks
 * at.
 */
public interface Invariant {
  /** Throws an {@link AssertionError} that says what is broken. */
  void check();

  default String name() {
    return getClass().getSimpleName();
  }
}
