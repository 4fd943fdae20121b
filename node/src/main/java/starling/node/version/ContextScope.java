package starling.node.version;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The scope of a context: one key of one bucket, as it was created, of one cluster. A bucket that
 * was dropped and created again has another creation id, and contexts of the old one are not valid
 * for the new one. The key's array is only read.
 */
public final class ContextScope {
  private final UUID cluster;
  private final String bucket;
  private final long bucketCreation;
  private final byte[] key;

  public ContextScope(UUID cluster, String bucket, long bucketCreation, byte[] key) {
    this.cluster = cluster;
    this.bucket = bucket;
    this.bucketCreation = bucketCreation;
    this.key = key;
  }

  /** Every part with its length, so that no two scopes have the same bytes. */
  void write(BinaryWriter out) {
    out.i64(cluster.getMostSignificantBits()).i64(cluster.getLeastSignificantBits());
    out.bytes(bucket.getBytes(StandardCharsets.UTF_8));
    out.i64(bucketCreation);
    out.bytes(key);
  }
}
