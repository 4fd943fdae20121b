package starling.node.storage;

/**
 * A record's fixed fields, after the checksum of its head matched; {@link RecordLayout} explains
 * them. {@code first} and {@code second} are position and version hash of a put, or a note's two
 * words.
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
    long sequence) {
  static final long NO_SEQUENCE = -1;

  boolean hasSequence() {
    return (flags & RecordLayout.HAS_SEQUENCE) != 0;
  }

  /** The offset of the bucket's name. */
  int namesStart() {
    return RecordLayout.HEAD_BYTES + (hasSequence() ? RecordLayout.SEQUENCE_BYTES : 0);
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

  /** Whether this release can interpret the record. */
  boolean known() {
    return RecordLayout.known(type, flags);
  }

  /** The record's sequence number: the location where it was first written. */
  long sequenceAt(long location) {
    return hasSequence() ? sequence : location;
  }
}
