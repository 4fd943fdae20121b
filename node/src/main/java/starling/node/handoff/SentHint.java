package starling.node.handoff;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import starling.node.replica.Hint;
import starling.node.replica.StoredValue;
import starling.node.storage.Key;
import starling.node.version.IdempotencyRecord;

/** One hint in a batch, as it was read, and the primaries that have confirmed it since. */
final class SentHint {
  final Key key;
  final int partition;
  final byte[] set;
  final long hash;
  final boolean debt;
  final Hint hint;
  final Set<UUID> holders = new HashSet<>();
  private final List<IdempotencyRecord> marks;

  SentHint(Key key, int partition, StoredValue kept, byte[] set) {
    this.key = key;
    this.partition = partition;
    this.set = set;
    this.hash = kept.set().hash();
    this.marks = kept.set().marks();
    this.debt = kept.hint().none();
    this.hint = kept.hint();
  }

  /**
   * Whether the hint is still as it was sent; a version hash does not cover idempotency records.
   */
  boolean stands(StoredValue newest) {
    return !(debt ? newest.debt() : newest.hint()).none()
        && newest.set().hash() == hash
        && newest.set().marks().equals(marks);
  }
}
