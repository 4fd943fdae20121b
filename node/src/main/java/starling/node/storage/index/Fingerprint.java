package starling.node.storage.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;

/**
 * Distinguishes keys of one position in the index: 64 bits that cannot be predicted without the
 * store's secret. Positions are a public function, so an attacker can make keys of one position;
 * keys of one fingerprint it cannot.
 */
public interface Fingerprint {
  /** The fingerprint of a key in a bucket. */
  long of(String bucket, byte[] key);

  /** Makes fingerprints from a secret of two words. */
  interface Source {
    Fingerprint of(long secret0, long secret1);
  }

  /**
   * SipHash-2-4 over the bucket's length, the bucket (UTF-8) and the key.
   *
   * @see <a href="https://www.aumasson.jp/siphash/siphash.pdf">Aumasson and Bernstein, SipHash</a>
   */
  static Fingerprint sipHash(long secret0, long secret1) {
    HashFunction function = Hashing.sipHash24(secret0, secret1);
    return (bucket, key) -> {
      byte[] name = bucket.getBytes(UTF_8);
      return function
          .newHasher(4 + name.length + key.length)
          .putInt(name.length)
          .putBytes(name)
          .putBytes(key)
          .hash()
          .asLong();
    };
  }
}
