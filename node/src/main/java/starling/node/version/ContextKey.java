package starling.node.version;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One secret that contexts are authenticated with: 256 bits, a short id that each context signed
 * with it contains, and its creation time. Its text never contains the secret.
 */
public final class ContextKey implements Comparable<ContextKey> {
  /** Bytes of the secret. */
  public static final int SECRET_BYTES = 32;

  private final int id;
  private final byte[] secret;
  private final long createdMillis;

  /** The secret is copied. */
  public ContextKey(int id, byte[] secret, long createdMillis) {
    if (secret.length != SECRET_BYTES) {
      throw new IllegalArgumentException("a secret of " + secret.length + " bytes");
    }
    if (createdMillis < 0) {
      throw new IllegalArgumentException("created at " + createdMillis);
    }
    this.id = id;
    this.secret = secret.clone();
    this.createdMillis = createdMillis;
  }

  public int id() {
    return id;
  }

  public long createdMillis() {
    return createdMillis;
  }

  /** The secret itself, for signing and for encoding only. */
  byte[] secret() {
    return secret;
  }

  /** A secret of 256 bits for another purpose, which does not reveal this one. */
  public byte[] derived(String purpose) {
    return Hashing.hmacSha256(secret).hashString(purpose, StandardCharsets.UTF_8).asBytes();
  }

  /** By time, then by the rest, so that every node agrees which one is newest. */
  @Override
  public int compareTo(ContextKey other) {
    int c = Long.compare(createdMillis, other.createdMillis);
    c = c != 0 ? c : Integer.compareUnsigned(id, other.id);
    return c != 0 ? c : Arrays.compareUnsigned(secret, other.secret);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ContextKey key && compareTo(key) == 0;
  }

  @Override
  public int hashCode() {
    return id;
  }

  @Override
  public String toString() {
    return "ContextKey(" + Integer.toHexString(id) + ", created " + createdMillis + ")";
  }
}
