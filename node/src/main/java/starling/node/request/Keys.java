package starling.node.request;

import java.nio.charset.StandardCharsets;
import starling.node.storage.Key;
import starling.ring.Positions;

/** Places keys on the ring: the one way from a bucket and bytes to a {@link Key}. */
public final class Keys {
  private Keys() {}

  public static Key of(String bucket, byte[] key) {
    return new Key(bucket, key, Positions.position(bucket.getBytes(StandardCharsets.UTF_8), key));
  }
}
