package starling.wire;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The request target of a key of a bucket. Every key has one; those that a path cannot carry,
 * because a proxy or a client would take a part of them for a step in the path, go into the query
 * as base64url.
 */
public final class StorePaths {
  /** The store of the default bucket. */
  public static final String STORE = "/api/v1/store";

  /** Followed by a bucket's name; its store is {@code /store} below that. */
  public static final String BUCKETS = "/api/v1/buckets/";

  private StorePaths() {}

  /** The store of a bucket, without a key. */
  public static String store(String bucket) {
    return bucket.equals(BucketNames.DEFAULT) ? STORE : BUCKETS + bucket + "/store";
  }

  /** The request target of a key. */
  public static String key(String bucket, byte[] key) {
    return fitsPath(new String(key, StandardCharsets.UTF_8))
        ? store(bucket) + '/' + Percent.encode(key)
        : store(bucket) + "?key64=" + Base64.getUrlEncoder().withoutPadding().encodeToString(key);
  }

  /** Whether no part between slashes is {@code .} or {@code ..}. */
  public static boolean fitsPath(String key) {
    for (int from = 0; from <= key.length(); ) {
      int slash = key.indexOf('/', from);
      int to = slash < 0 ? key.length() : slash;
      int length = to - from;
      if ((length == 1 && key.charAt(from) == '.')
          || (length == 2 && key.charAt(from) == '.' && key.charAt(from + 1) == '.')) {
        return false;
      }
      from = to + 1;
    }
    return true;
  }
}
