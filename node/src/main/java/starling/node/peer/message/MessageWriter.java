package starling.node.peer.message;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.storage.Key;
import starling.node.version.BinaryWriter;
import starling.node.version.IdempotencyKey;

/** Writes the fields of peer messages. */
public final class MessageWriter extends BinaryWriter {
  private final boolean sets;

  /**
   * @param sets whether the bytes of sets are written, or only their lengths
   */
  public MessageWriter(int expectedBytes, boolean sets) {
    super(expectedBytes);
    this.sets = sets;
  }

  void set(byte[] set) {
    varint(set.length);
    if (sets) {
      raw(set);
    }
  }

  void key(Key key) {
    text(key.bucket());
    bytes(key.bytes());
  }

  void flag(boolean flag) {
    u8(flag ? 1 : 0);
  }

  void optionalText(@Nullable String text) {
    flag(text != null);
    if (text != null) {
      text(text);
    }
  }

  void optionalId(@Nullable UUID id) {
    flag(id != null);
    if (id != null) {
      i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }
  }

  void optionalIdempotency(@Nullable IdempotencyKey key) {
    flag(key != null);
    if (key != null) {
      i64(key.high()).i64(key.low()).i64(key.requestHash());
    }
  }
}
