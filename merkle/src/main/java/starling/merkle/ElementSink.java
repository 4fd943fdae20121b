package starling.merkle;

/** Takes elements, without an object for each. */
@FunctionalInterface
public interface ElementSink {
  /**
   * Takes one element.
   *
   * @param position unsigned
   * @param versionHash equal on two replicas exactly if they hold the same of the key
   */
  void accept(long position, long versionHash);
}
