package starling.node.storage;

/**
 * A record's fixed fields, after its head's check held; {@link RecordLayout} says what they mean.
 * {@code first} and {@code second} are position and version hash of a put, or a note's two words.
 */
record RecordHead(
    int length,
    byte type,
    byte flags,
    int partition,
    int bucketBytes,
    int keyBytes,
    long first,
    long second,
    int bodyCheck,
    long stamp) {
  static final long NO_STAMP = -1;

  boolean stamped() {
    return (flags & RecordLayout.STAMPED) != 0;
  }

  /** Where the bucket's name begins. */
  int namesStart() {
    return RecordLayout.HEAD_BYTES + (stamped() ? RecordLayout.STAMP_BYTES : 0);
  }

  int headBytes() {
    return namesStart() + bucketBytes + keyBytes;
  }

  int bodyBytes() {
    return length - headBytes();
  }

  /** Whether the record is about one key. */
  boolean ofKey() {
    return type == RecordLayout.PUT || type == RecordLayout.REAPED;
  }

  /** Whether this program knows what to do with the record. */
  boolean known() {
    return RecordLayout.known(type, flags);
  }

  /**
   * Where the record stands in the order of all: where it was first written, whatever became of it.
   */
  long order(long location) {
    return stamped() ? stamp : location;
  }
}
