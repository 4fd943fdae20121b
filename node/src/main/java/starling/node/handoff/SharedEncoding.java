package starling.node.handoff;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import starling.node.storage.Key;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/** Large sets that senders deliver at this moment: one at a time is in memory. */
final class SharedEncoding {
  /** Larger sets are encoded one at a time. */
  private static final int LARGE_BYTES = 1 << 20;

  private @Nullable Large large;

  /**
   * The bytes of a set for a sender; null where they have to wait. Large sets are in memory one at
   * a time: each sender of the same one shares it, another one is left to later senders.
   */
  byte @Nullable [] encoded(Key key, Siblings set, HandoffSender stream) {
    int bytes = SiblingsCodec.encodedBytes(set);
    if (bytes <= LARGE_BYTES) {
      return SiblingsCodec.encode(set);
    }
    Large present = large;
    if (present == null) {
      present = new Large(key, set);
      large = present;
    } else if (!present.key.equals(key)
        || present.hash != set.hash()
        || !present.marks.equals(set.marks())) {
      return null;
    }
    present.users.add(stream);
    return present.encoded;
  }

  /** A sender has sent all that it has read. */
  void letGo(HandoffSender stream) {
    Large present = large;
    if (present != null && present.users.remove(stream) && present.users.isEmpty()) {
      large = null;
    }
  }

  /** A large set that senders deliver. */
  private static final class Large {
    final Key key;
    final long hash;
    final List<IdempotencyRecord> marks;
    final byte[] encoded;
    final Set<HandoffSender> users = new HashSet<>();

    Large(Key key, Siblings set) {
      this.key = key;
      this.hash = set.hash();
      this.marks = set.marks();
      this.encoded = SiblingsCodec.encode(set);
    }
  }
}
