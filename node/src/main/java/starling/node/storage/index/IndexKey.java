package starling.node.storage.index;

import com.google.common.hash.Funnel;
import com.google.common.hash.PrimitiveSink;
import org.jspecify.annotations.Nullable;

/** Position and fingerprint, as MapDB and the Bloom filter want them. */
record IndexKey(long position, long fingerprint) implements Comparable<IndexKey> {
  @Override
  public int compareTo(IndexKey other) {
    return EntryCursor.compare(position, fingerprint, other.position, other.fingerprint);
  }

  /** Both words. */
  enum Words implements Funnel<IndexKey> {
    FUNNEL;

    @Override
    public void funnel(@Nullable IndexKey key, PrimitiveSink into) {
      if (key != null) {
        into.putLong(key.position).putLong(key.fingerprint);
      }
    }
  }
}
