package starling.node.storage.index;

/**
 * The entry of the index that was found last; reused, so that a look-up allocates nothing.
 *
 * <p>{@code location} is opaque here, {@code length} is the record's length in bytes, {@code
 * removed} marks the entry of a removal.
 */
public final class EntryCursor {
  public long position;
  public long fingerprint;
  public long location;
  public int length;
  public long versionHash;
  public boolean removed;

  void set(
      long position,
      long fingerprint,
      long location,
      int length,
      long versionHash,
      boolean removed) {
    this.position = position;
    this.fingerprint = fingerprint;
    this.location = location;
    this.length = length;
    this.versionHash = versionHash;
    this.removed = removed;
  }

  void set(EntryCursor other) {
    set(
        other.position,
        other.fingerprint,
        other.location,
        other.length,
        other.versionHash,
        other.removed);
  }

  /** Order of the index: position, then fingerprint, both unsigned. */
  static int compare(long position1, long fingerprint1, long position2, long fingerprint2) {
    int order = Long.compareUnsigned(position1, position2);
    return order != 0 ? order : Long.compareUnsigned(fingerprint1, fingerprint2);
  }
}
