package starling.node.storage;

/**
 * The location of a record as one number: the segment's id in the upper half, the offset in the
 * lower. Of two hot records the later one has the greater location.
 */
final class Location {
  private Location() {}

  static long of(long segment, long offset) {
    if (segment >>> 31 != 0 || offset >>> 32 != 0) {
      throw new IllegalArgumentException(
          "not a valid location: segment " + segment + ", " + offset);
    }
    return segment << 32 | offset;
  }

  static long segment(long location) {
    return location >>> 32;
  }

  static long offset(long location) {
    return location & 0xffff_ffffL;
  }
}
