package starling.node.runtime.http;

import com.google.common.base.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import starling.wire.BucketNames;
import starling.wire.Percent;
import starling.wire.ProblemKind;
import starling.wire.StorePaths;

/**
 * The bucket and key of a request. A key is 1 to 1024 bytes of valid UTF-8, named once: in the
 * path, in the query, or in the body.
 *
 * @param text the bytes as text, for answers
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record StoreKey(String bucket, byte[] bytes, String text) {
  static final int MAX_BYTES = 1024;

  private static final String POINTER =
      "; a key that a path cannot carry goes into the query, as ?key= or ?key64=";

  /** The bucket that the path names. */
  static String bucket(Route.Match match) {
    String raw = match.bucket();
    if (raw == null) {
      return BucketNames.DEFAULT;
    }
    String name;
    try {
      name = new String(Percent.decode(raw, 0, raw.length(), false), StandardCharsets.ISO_8859_1);
    } catch (IllegalArgumentException e) {
      throw new RequestRejected(
          ProblemKind.BAD_BUCKET, "bucket", "the bucket name is not valid: " + e.getMessage());
    }
    if (!BucketNames.valid(name)) {
      throw new RequestRejected(
          ProblemKind.BAD_BUCKET,
          "bucket",
          "a bucket name has 1 to 64 letters, digits, '.', '_' or '-' and is not '.' or '..'");
    }
    return name;
  }

  /** The key that path or query name, or null if neither does. */
  static @Nullable StoreKey named(Route.Match match, Query query, String bucket) {
    boolean plain = query.has("key");
    boolean encoded = query.has("key64");
    String path = match.key();
    if ((path != null ? 1 : 0) + (plain ? 1 : 0) + (encoded ? 1 : 0) > 1) {
      throw twice();
    }
    if (path != null) {
      return ofPath(bucket, path);
    }
    byte[] parameter = query.bytes("key");
    if (parameter != null) {
      return of(bucket, parameter);
    }
    byte[] base64 = query.bytes("key64");
    return base64 == null ? null : of(bucket, decodeBase64(base64));
  }

  /** The key that the body names; {@code named} is what path or query did. */
  static StoreKey inBody(String bucket, @Nullable StoreKey named, @Nullable String key) {
    if (named != null && key != null) {
      throw twice();
    }
    if (key != null) {
      return of(bucket, utf8(key));
    }
    if (named == null) {
      throw new RequestRejected(
          ProblemKind.BAD_KEY, "key", "no key is given: put it into the path or the body");
    }
    return named;
  }

  /** The key of an operation that has a field for it. */
  static StoreKey ofText(String bucket, String key) {
    return of(bucket, utf8(key));
  }

  private static RequestRejected twice() {
    return new RequestRejected(ProblemKind.BAD_KEY, "key", "the key is named twice");
  }

  private static StoreKey ofPath(String bucket, String raw) {
    byte[] bytes;
    try {
      bytes = Percent.decode(raw, 0, raw.length(), false);
    } catch (IllegalArgumentException e) {
      throw new RequestRejected(
          ProblemKind.BAD_KEY, "key", "the key in the path is not valid: " + e.getMessage());
    }
    StoreKey key = of(bucket, bytes);
    if (!StorePaths.fitsPath(key.text())) {
      throw new RequestRejected(
          ProblemKind.BAD_KEY, "key", "a path cannot have the segments '.' and '..'" + POINTER);
    }
    return key;
  }

  private static StoreKey of(String bucket, byte[] bytes) {
    if (bytes.length < 1 || bytes.length > MAX_BYTES) {
      throw new RequestRejected(
          ProblemKind.BAD_KEY,
          "key",
          "a key has 1 to " + MAX_BYTES + " bytes, but this one has " + bytes.length);
    }
    if (!Utf8.isWellFormed(bytes)) {
      throw new RequestRejected(ProblemKind.BAD_KEY, "key", "the key is not valid UTF-8");
    }
    return new StoreKey(bucket, bytes, new String(bytes, StandardCharsets.UTF_8));
  }

  /** A JSON string may hold half of a surrogate pair, which UTF-8 cannot. */
  private static byte[] utf8(String key) {
    for (int i = 0; i < key.length(); i++) {
      if (Character.isHighSurrogate(key.charAt(i))
          && i + 1 < key.length()
          && Character.isLowSurrogate(key.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(key.charAt(i))) {
        throw new RequestRejected(ProblemKind.BAD_KEY, "key", "the key has half a surrogate pair");
      }
    }
    return key.getBytes(StandardCharsets.UTF_8);
  }

  /** With or without padding, but only in canonical form. */
  private static byte[] decodeBase64(byte[] text) {
    byte @Nullable [] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      bytes = null;
    }
    if (bytes == null
        || !(Arrays.equals(text, Base64.getUrlEncoder().withoutPadding().encode(bytes))
            || Arrays.equals(text, Base64.getUrlEncoder().encode(bytes)))) {
      throw new RequestRejected(ProblemKind.BAD_KEY, "key64", "key64 is not valid base64url");
    }
    return bytes;
  }
}
