package starling.node.peer.message;

/**
 * Answers {@link ListEntries}: keys in order, and where the listing continues.
 *
 * @param complete whether the replica is complete in the first partition that was asked for; if
 *     not, it answers with nothing
 * @param ended whether every position of the ring from the first one on was looked at
 * @param position where the listing continues, if it has not ended
 * @param afterKey keys at that position up to this one are done; empty: none is
 * @param keys those that hold a value
 * @param sets of the keys, or none if they were not asked for; an empty one is too long for a page
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EntryPage(
    long call,
    boolean complete,
    boolean ended,
    long position,
    byte[] afterKey,
    byte[][] keys,
    byte[][] sets)
    implements Response {
  private static final byte[] NOTHING = {};

  /** The answer of an incomplete replica. */
  public static EntryPage incomplete(long call) {
    return new EntryPage(call, false, false, 0, NOTHING, new byte[0][], new byte[0][]);
  }

  static EntryPage read(long call, MessageReader in) {
    return new EntryPage(
        call,
        in.flag(),
        in.flag(),
        in.i64("a position"),
        in.bytes("a byte string"),
        all(in, "the number of keys"),
        all(in, "the number of sets"));
  }

  private static byte[][] all(MessageReader in, String what) {
    byte[][] all = new byte[in.count(1, what)][];
    for (int i = 0; i < all.length; i++) {
      all[i] = in.bytes("a byte string");
    }
    return all;
  }

  @Override
  public Kind kind() {
    return Kind.ENTRY_PAGE;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.flag(complete);
    out.flag(ended);
    out.i64(position);
    out.bytes(afterKey);
    all(out, keys);
    all(out, sets);
  }

  private static void all(MessageWriter out, byte[][] all) {
    out.varint(all.length);
    for (byte[] each : all) {
      out.bytes(each);
    }
  }

  @Override
  public int payloadBytes() {
    int bytes = 0;
    for (byte[] key : keys) {
      bytes += key.length + 2;
    }
    for (byte[] set : sets) {
      bytes += set.length + 4;
    }
    return bytes;
  }
}
