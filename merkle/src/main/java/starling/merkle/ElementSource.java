package starling.merkle;

/** The elements themselves: the index that the rows of one replica sum up. */
@FunctionalInterface
public interface ElementSource {
  /**
   * Gives all elements of a range, in any order. If they must be loaded first, the source notes the
   * range and returns false; what it gave is then ignored, and the caller asks again later.
   *
   * @param row the place of the row in {@link SharedRows}, from 0
   * @param first the first position of the range, unsigned
   * @param last the last position, included
   * @return whether the sink has got all of them
   */
  boolean read(int row, long first, long last, ElementSink sink);
}
