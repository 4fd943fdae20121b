package starling.gossip.detector;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;

/** Writes the bytes of one packet, in the manner of {@code GossipBytes}, up to a packet's bound. */
final class PacketWriter {
  private final byte[] bytes = new byte[PacketCodec.MAX_BYTES];
  private int size;

  int size() {
    return size;
  }

  int room() {
    return bytes.length - size;
  }

  void u8(int value) {
    bytes[size++] = (byte) value;
  }

  void u64(long value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      u8((int) (value >>> shift));
    }
  }

  void number(long value) {
    long rest = value;
    while (rest > 0x7f) {
      u8((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    u8((int) rest);
  }

  void id(UUID id) {
    u64(id.getMostSignificantBits());
    u64(id.getLeastSignificantBits());
  }

  void life(ProcessIncarnation life) {
    number(life.incarnation());
    u64(life.processNonce());
  }

  void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (utf8.length + 2 > room()) {
      throw new IllegalArgumentException("a text of " + utf8.length + " bytes fits in no packet");
    }
    number(utf8.length);
    System.arraycopy(utf8, 0, bytes, size, utf8.length);
    size += utf8.length;
  }

  void address(Address address) {
    text(address.host());
    number(address.port());
  }

  /** Appends bytes if they fit. */
  boolean append(byte[] more) {
    if (more.length > room()) {
      return false;
    }
    System.arraycopy(more, 0, bytes, size, more.length);
    size += more.length;
    return true;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }
}
