package starling.merkle;

/**
 * The secret of 128 bits that all replicas of a data set share. It keys every digest, so that a
 * client that can choose keys and values cannot choose sets whose digests cancel each other, and it
 * authenticates the messages of an exchange.
 */
public final class TreeKey {
  private final long k0;
  private final long k1;

  /** A key of two words that were drawn at random. */
  public TreeKey(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** The digest of an element: what it adds to the sum of its leaf. */
  long digest(long position, long versionHash) {
    return SipHash.hash(k0, k1, position, versionHash);
  }

  /** The key of one exchange. Each salt gives another one. */
  Salted salted(long salt) {
    return new Salted(SipHash.hash(~k0, k1, salt, 1), SipHash.hash(~k0, k1, salt, 2));
  }

  /** What proves that the first {@code length} bytes come from a holder of this key. */
  long tag(byte[] bytes, int length) {
    return SipHash.hash(k0, ~k1, bytes, length);
  }

  @Override
  public String toString() {
    return "TreeKey";
  }

  /** The key of one exchange. */
  record Salted(long k0, long k1) {}
}
