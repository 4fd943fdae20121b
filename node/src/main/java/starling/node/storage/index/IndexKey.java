package starling.node.storage.index;

/** Position and fingerprint, as MapDB's key type. */
record IndexKey(long position, long fingerprint) implements Comparable<IndexKey> {
  @Override
  public int compareTo(IndexKey other) {
    return EntryCursor.compare(position, fingerprint, other.position, other.fingerprint);
  }
}
