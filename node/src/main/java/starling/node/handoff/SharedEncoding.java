package starling.node.handoff;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.storage.Key;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * Large sets that senders deliver at this moment: one at a time is in memory. After a receiver did
 * not accept a set, the sender does not read it for a while, twice as long each time: it may be too
 * large for the receiver, and other large sets wait for its turn to end.
 */
final class SharedEncoding {
  /** Larger sets are encoded one at a time. */
  private static final int LARGE_BYTES = 1 << 20;

  private static final long MIN_WAIT_NANOS = 2_000_000_000L;
  private static final long MAX_WAIT_NANOS = 60_000_000_000L;
  private static final int MAX_WAITS = 1_024;

  private @Nullable Large large;

  /** Oldest first. */
  private final Map<Delivery, Wait> waits = new LinkedHashMap<>();

  private record Delivery(UUID node, Key key) {}

  private record Wait(long nanos, long untilNanos) {}

  /** Whether a node has rejected this key's set lately. */
  boolean waits(UUID node, Key key, long nowNanos) {
    Wait wait = waits.isEmpty() ? null : waits.get(new Delivery(node, key));
    return wait != null && nowNanos < wait.untilNanos;
  }

  /** A node has not accepted these sets; the large ones of them wait. */
  void rejected(UUID node, List<SentHint> sent, long nowNanos) {
    for (SentHint one : sent) {
      if (one.set.length > LARGE_BYTES) {
        Delivery delivery = new Delivery(node, one.key);
        Wait before = waits.remove(delivery);
        long nanos = before == null ? MIN_WAIT_NANOS : Math.min(MAX_WAIT_NANOS, 2 * before.nanos);
        waits.put(delivery, new Wait(nanos, nowNanos + nanos));
      }
    }
    if (waits.size() > MAX_WAITS) {
      waits.remove(waits.keySet().iterator().next());
    }
  }

  /** A node has accepted these sets. */
  void accepted(UUID node, List<SentHint> took) {
    if (!waits.isEmpty()) {
      took.forEach(one -> waits.remove(new Delivery(node, one.key)));
    }
  }

  /**
   * The bytes of a set for a sender; null if it has to wait. Large sets are in memory one at a
   * time: all senders of the same set share it, and another set waits.
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
