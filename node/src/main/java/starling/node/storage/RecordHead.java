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
    int bodyCheck) {

  int headBytes() {
    return RecordLayout.HEAD_BYTES + bucketBytes + keyBytes;
  }

  int setBytes() {
    return length - headBytes();
  }

  /** Whether this program knows what to do with the record. */
  boolean known() {
    return type >= RecordLayout.PUT && type <= RecordLayout.SEAL && flags == 0;
  }
}
