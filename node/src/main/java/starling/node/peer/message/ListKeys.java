package starling.node.peer.message;

import org.jspecify.annotations.Nullable;
import starling.node.storage.Key;

/**
 * Asks for the keys of a partition, with their version hashes, from a position on.
 *
 * @param registers all registers of buckets that the caller has, as one hash
 */
public record ListKeys(
    long call, int remainingMillis, long ring, long registers, int partition, @Nullable Key after)
    implements Request {
  static ListKeys read(long call, MessageReader in) {
    return new ListKeys(
        call,
        in.millis(),
        in.i64("a hash"),
        in.i64("a hash"),
        Math.toIntExact(in.varint("a number")),
        in.flag() ? in.key() : null);
  }

  @Override
  public Kind kind() {
    return Kind.LIST_KEYS;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
    out.i64(registers);
    out.varint(partition);
    out.flag(after != null);
    if (after != null) {
      out.key(after);
    }
  }
}
