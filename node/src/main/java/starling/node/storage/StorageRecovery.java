package starling.node.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What opening a store found. Every open reports it again until {@link Storage#recoveryHandled} was
 * called, so that a crash between two starts forgets nothing.
 *
 * @param fresh the directory was empty: this proves nothing about the keys that the node should
 *     have
 * @param records that were replayed
 * @param tornBytes truncated from the end of the last segment (copied to a {@code .torn} file): the
 *     torn tail of a write that never completed
 * @param corruptRanges corrupt ranges that are not handled yet
 * @param damagedMeta names of metadata that is damaged and counts as missing
 * @param loss why acknowledged writes may be lost, or null: the last process acknowledged some
 *     before their fsync, did not close cleanly, and the machine has booted since; or the files are
 *     not those that it left
 * @param end of the log, to be compared with {@link Storage#durableEnd}
 */
public record StorageRecovery(
    boolean fresh,
    long records,
    long tornBytes,
    List<CorruptRange> corruptRanges,
    List<String> damagedMeta,
    @Nullable String loss,
    long end) {
  public StorageRecovery {
    corruptRanges = List.copyOf(corruptRanges);
    damagedMeta = List.copyOf(damagedMeta);
  }

  /** Whether acknowledged writes may be lost without a trace. */
  public boolean mayHaveLost() {
    return loss != null;
  }

  /**
   * Whether damage may hide the end of the log: a corrupt range lies at or behind the end that was
   * found. Damage before the end shortens nothing.
   */
  public boolean endMayBeDamaged() {
    return corruptRanges.stream()
        .anyMatch(
            range ->
                range.segment() > Location.segment(end)
                    || (range.segment() == Location.segment(end)
                        && range.offset() + range.length() >= Location.offset(end)));
  }
}
