package starling.node.coordinator;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/**
 * A place in a listing: a position of the ring and a key at it. Both depend on the keys alone, and
 * not on a node, a process or the ring, so a cursor survives restarts and changes of the ring.
 *
 * <p>As a token, in base64url:
 *
 * <pre>
 *   01                         format 1
 *   6b 1e .. (8 bytes)         hash of cluster, bucket, prefix and all that follows
 *   02                         partitions without an answer so far, varint
 *   8f 00 00 00 00 00 00 2a    position
 *   75 73 65 72                the last key at this position that is done; nothing: none is
 * </pre>
 *
 * <p>The hash detects a damaged token, or one of another listing. It is no signature: a client that
 * makes a token of its own begins its own listing somewhere else.
 *
 * @param missing partitions that no complete replica answered for before this place
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ListCursor(int missing, long position, byte[] afterKey) {
  static final ListCursor BEGIN = new ListCursor(0, 0, new byte[0]);

  private static final int FORMAT = 1;
  private static final int HEAD_BYTES = 9;

  /** Far above the token of the longest key. */
  private static final int MAX_CHARACTERS = 2_048;

  String encode(@Nullable UUID cluster, String bucket, byte[] prefix) {
    BinaryWriter place = new BinaryWriter(32 + afterKey.length);
    place.varint(missing).i64(position).raw(afterKey);
    byte[] bytes = place.toBytes();
    BinaryWriter out = new BinaryWriter(HEAD_BYTES + bytes.length);
    out.u8(FORMAT).i64(hash(cluster, bucket, prefix, bytes)).raw(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(out.toBytes());
  }

  /** Reads a token; null if it is damaged, or belongs to another listing. */
  static @Nullable ListCursor decode(
      String token, @Nullable UUID cluster, String bucket, byte[] prefix) {
    if (token.length() > MAX_CHARACTERS) {
      return null;
    }
    try {
      byte[] all = Base64.getUrlDecoder().decode(token);
      BinaryReader in = new BinaryReader(all);
      int format = in.u8("the format of a cursor");
      long hash = in.i64("the hash of a cursor");
      byte[] place = Arrays.copyOfRange(all, HEAD_BYTES, all.length);
      if (format != FORMAT || hash != hash(cluster, bucket, prefix, place)) {
        return null;
      }
      int missing = Math.toIntExact(in.varint("a number of partitions"));
      long position = in.i64("a position");
      return new ListCursor(missing, position, in.raw(in.remaining(), "a key"));
    } catch (IllegalArgumentException | ArithmeticException | MalformedException e) {
      return null;
    }
  }

  private static long hash(@Nullable UUID cluster, String bucket, byte[] prefix, byte[] place) {
    Hasher hasher = Hashing.murmur3_128().newHasher();
    if (cluster != null) {
      hasher.putLong(cluster.getMostSignificantBits()).putLong(cluster.getLeastSignificantBits());
    }
    byte[] name = bucket.getBytes(StandardCharsets.UTF_8);
    hasher.putInt(name.length).putBytes(name);
    hasher.putInt(prefix.length).putBytes(prefix);
    return hasher.putBytes(place).hash().asLong();
  }
}
