package starling.node.peer.message;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.request.Keys;
import starling.node.storage.Key;
import starling.node.version.BinaryReader;
import starling.node.version.IdempotencyKey;
import starling.node.version.MalformedException;

/** Reads the fields of peer messages. */
public final class MessageReader extends BinaryReader {
  private final byte @Nullable [] set;

  /**
   * @param set the set that the message ends with, if it came apart from the rest; else null
   */
  public MessageReader(byte[] bytes, byte @Nullable [] set) {
    super(bytes);
    this.set = set;
  }

  /** Whether the last set came apart from the rest of the message. */
  boolean setIsApart() {
    return set != null;
  }

  /** The last set, in the message or apart from it. */
  byte[] set() {
    if (set == null) {
      return bytes("a byte string");
    }
    if (varint("a length") != set.length || remaining() > 0) {
      throw new MalformedException("a set that does not end its message");
    }
    return set;
  }

  int millis() {
    return (int) Math.min(Integer.MAX_VALUE, varint("a number"));
  }

  /** The position is computed here again: a node trusts only its own placement of keys. */
  Key key() {
    String bucket = text("a text");
    return Keys.of(bucket, bytes("a byte string"));
  }

  boolean flag() {
    return u8("a flag") != 0;
  }

  <T> T one(T[] values, String what) {
    return one(values, u8("a field"), what);
  }

  static <T> T one(T[] values, int ordinal, String what) {
    if (ordinal >= values.length) {
      throw new MalformedException("unknown " + what + " " + ordinal);
    }
    return values[ordinal];
  }

  @Nullable String optionalText() {
    return flag() ? text("a text") : null;
  }

  @Nullable UUID optionalId() {
    return flag() ? new UUID(i64("an id"), i64("an id")) : null;
  }

  @Nullable IdempotencyKey optionalIdempotency() {
    return flag() ? new IdempotencyKey(i64("a name"), i64("a name"), i64("a hash")) : null;
  }
}
