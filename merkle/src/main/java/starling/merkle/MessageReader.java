package starling.merkle;

/** Reads a message within its bounds. */
final class MessageReader {
  private final byte[] bytes;
  private final int end;
  private int at;

  /**
   * @throws MerkleFormatException if the message is too short or too long, or its tag is wrong
   */
  MessageReader(byte[] bytes, TreeKey key, ExchangeRules rules) throws MerkleFormatException {
    this.bytes = bytes;
    this.end = bytes.length - Messages.TAG_BYTES;
    if (bytes.length < Messages.MIN_BYTES || bytes.length > Messages.MAX_BYTES) {
      throw new MerkleFormatException("a message of " + bytes.length + " bytes");
    }
    long tag = 0;
    for (int i = 0; i < 8; i++) {
      tag |= (bytes[end + i] & 0xffL) << (8 * i);
    }
    if (!rules.authentic(tag, key.tag(bytes, end))) {
      throw new MerkleFormatException("a message that is damaged or from another cluster");
    }
  }

  int u8() throws MerkleFormatException {
    need(1);
    return bytes[at++] & 0xff;
  }

  int u32() throws MerkleFormatException {
    need(4);
    int value = 0;
    for (int i = 0; i < 4; i++) {
      value |= (bytes[at++] & 0xff) << (8 * i);
    }
    return value;
  }

  long u64() throws MerkleFormatException {
    long low = u32() & 0xffffffffL;
    return low | (long) u32() << 32;
  }

  /** A number of up to 63 bits. */
  long varint() throws MerkleFormatException {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      int each = u8();
      value |= (long) (each & 0x7f) << shift;
      if (each < 0x80) {
        return value;
      }
    }
    throw new MerkleFormatException("a number of more than 63 bits");
  }

  /** A number of at most {@code most}. */
  int number(int most, String name) throws MerkleFormatException {
    long value = varint();
    if (value > most) {
      throw new MerkleFormatException(name + " " + value + " above " + most);
    }
    return (int) value;
  }

  /** As many numbers of 32 bits. */
  int[] u32s(int count) throws MerkleFormatException {
    need(4L * count);
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = u32();
    }
    return values;
  }

  void end() throws MerkleFormatException {
    if (at != end) {
      throw new MerkleFormatException((end - at) + " bytes behind the message");
    }
  }

  private void need(long more) throws MerkleFormatException {
    if (more > end - at) {
      throw new MerkleFormatException("a message that ends early");
    }
  }
}
