package starling.node.peer.message;

/**
 * Asks a replica for keys of a bucket that hold a value, in order, from a position on.
 *
 * @param register identifies the bucket's register of the caller
 * @param from the first position
 * @param afterKey keys at the first position up to this one are left out; empty: none is
 * @param to the last position
 * @param maxKeys the most keys of the answer
 * @param values whether the sets are wanted too
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ListEntries(
    long call,
    int remainingMillis,
    long ring,
    long register,
    String requestId,
    String bucket,
    byte[] prefix,
    long from,
    byte[] afterKey,
    long to,
    int maxKeys,
    boolean values)
    implements Request {
  static ListEntries read(long call, MessageReader in) {
    return new ListEntries(
        call,
        in.millis(),
        in.i64("a hash"),
        in.i64("a hash"),
        in.text("a request id"),
        in.text("a text"),
        in.bytes("a byte string"),
        in.i64("a position"),
        in.bytes("a byte string"),
        in.i64("a position"),
        Math.toIntExact(in.varint("a number")),
        in.flag());
  }

  @Override
  public Kind kind() {
    return Kind.LIST_ENTRIES;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
    out.i64(register);
    out.text(requestId);
    out.text(bucket);
    out.bytes(prefix);
    out.i64(from);
    out.bytes(afterKey);
    out.i64(to);
    out.varint(maxKeys);
    out.flag(values);
  }
}
