package starling.gossip.cluster;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates datagrams, which anybody may send. A datagram is
 *
 * <pre>
 * packet        as the failure detector has made it
 * u32           id of the key
 * 16 bytes      the first ones of HMAC-SHA-256 over all before
 * </pre>
 *
 * <p>The datagram names its key, so that the members need not change the key at the same time.
 */
final class PacketSeal {
  static final int TAG_BYTES = 16;

  /** By how much a datagram is longer than its packet. */
  static final int SEAL_BYTES = Integer.BYTES + TAG_BYTES;

  private final boolean required;
  private final Map<Integer, Mac> byId = new HashMap<>();
  private int sealing;

  /**
   * @param required whether there are no datagrams while there are no keys; else a datagram is the
   *     packet then
   */
  PacketSeal(boolean required) {
    this.required = required;
  }

  /**
   * From now on these keys hold.
   *
   * @param sealingId the one that seals; the others only open
   */
  void keys(Map<Integer, byte[]> keys, int sealingId) {
    if (!keys.containsKey(sealingId)) {
      throw new IllegalArgumentException("the key that seals is none of the keys");
    }
    byId.clear();
    keys.forEach((id, key) -> byId.put(id, mac(key)));
    sealing = sealingId;
  }

  /** The datagram of a packet, or null if it must not travel as one. */
  byte @Nullable [] seal(byte[] packet) {
    Mac mac = byId.get(sealing);
    if (mac == null) {
      return required ? null : packet;
    }
    ByteBuffer datagram = ByteBuffer.allocate(packet.length + SEAL_BYTES);
    datagram.put(packet).putInt(sealing);
    mac.update(datagram.array(), 0, datagram.position());
    return datagram.put(mac.doFinal(), 0, TAG_BYTES).array();
  }

  /** The packet of a datagram, or null if no member of the cluster has made it. */
  byte @Nullable [] open(byte[] datagram) {
    if (byId.isEmpty()) {
      return required ? null : datagram;
    }
    int length = datagram.length - SEAL_BYTES;
    Mac mac = length < 0 ? null : byId.get(ByteBuffer.wrap(datagram).getInt(length));
    if (mac == null) {
      return null;
    }
    mac.update(datagram, 0, length + Integer.BYTES);
    byte[] expected = Arrays.copyOf(mac.doFinal(), TAG_BYTES);
    byte[] tag = Arrays.copyOfRange(datagram, length + Integer.BYTES, datagram.length);
    return MessageDigest.isEqual(tag, expected) ? Arrays.copyOf(datagram, length) : null;
  }

  private static Mac mac(byte[] key) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
