package starling.ring;

import java.util.Comparator;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The gossiped state of one partition: the owner of its token and, while the token moves, the next
 * owner and the step of the move. Two accounts merge into the greater one:
 *
 * <ol>
 *   <li>the higher counter, since every change is made on top of what its maker knew;
 *   <li>of two changes made on top of the same past, the one that was proposed earlier, then the
 *       one for the lower node id: a partition claimed twice goes to one claimant on all nodes;
 *   <li>whatever is left is decided by the contents.
 * </ol>
 *
 * @param owner the node that owns the token, or null if no node does
 * @param nextOwner the owner after the move under way, or null
 * @param step how far that move has come, from 0 to {@link #MAX_STEP}
 * @param counter how often this partition was changed
 * @param change the number of the change, the same in all partitions that it touched
 */
public record PartitionFact(
    @Nullable UUID owner, @Nullable UUID nextOwner, int step, long counter, long change) {
  /** Old; write both and read old; write both and read new; new. */
  public static final int MAX_STEP = 3;

  /** A partition that was never changed. */
  static final PartitionFact UNCLAIMED = new PartitionFact(null, null, 0, 0, 0);

  private static final Comparator<@Nullable UUID> IDS =
      Comparator.nullsLast(RingNode.ID_ORDER).reversed();

  private static final Comparator<PartitionFact> ORDER =
      Comparator.comparingLong(PartitionFact::counter)
          .thenComparing(Comparator.comparingLong(PartitionFact::change).reversed())
          .thenComparing(PartitionFact::claimant, IDS)
          .thenComparing(PartitionFact::nextOwner, IDS)
          .thenComparing(PartitionFact::owner, IDS)
          .thenComparingInt(PartitionFact::step);

  public PartitionFact {
    if (step < 0 || step > MAX_STEP || counter < 0 || change < 0) {
      throw new IllegalArgumentException(
          "step " + step + ", counter " + counter + ", change " + change + " of a partition");
    }
  }

  /** The fact after the token was given to another owner at once, without a move. */
  PartitionFact given(@Nullable UUID newOwner, long newChange) {
    return new PartitionFact(newOwner, null, 0, counter + 1, newChange);
  }

  /** The join of two accounts of the same partition. */
  PartitionFact join(PartitionFact other) {
    return ORDER.compare(this, other) >= 0 ? this : other;
  }

  private @Nullable UUID claimant() {
    return nextOwner != null ? nextOwner : owner;
  }
}
