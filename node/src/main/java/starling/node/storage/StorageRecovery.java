package starling.node.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What opening a store found. It is told again at every open until {@link Storage#recoveryHandled}
 * was called, so that a crash between two starts forgets nothing.
 *
 * @param fresh there was no store before: an empty directory, which proves nothing about keys
 * @param records replayed
 * @param tornBytes cut from the end of the last segment (kept aside in a {@code .torn} file): the
 *     rest of a write that never completed
 * @param setAside damaged ranges that nobody has handled yet
 * @param damagedMeta names of saved metadata that could not be trusted and read as missing
 * @param loss why acknowledged writes may be gone, or null: the last life acknowledged some without
 *     waiting for their fsync, did not close cleanly, and the machine has booted since; or the
 *     files are not those that it left
 * @param end up to where the log was found, to be compared with {@link Storage#durableEnd}
 */
public record StorageRecovery(
    boolean fresh,
    long records,
    long tornBytes,
    List<CorruptRange> setAside,
    List<String> damagedMeta,
    @Nullable String loss,
    long end) {
  public StorageRecovery {
    setAside = List.copyOf(setAside);
    damagedMeta = List.copyOf(damagedMeta);
  }

  /** Whether acknowledged writes may be gone without a trace. */
  public boolean mayHaveLost() {
    return loss != null;
  }

  /**
   * Whether damage may have hidden where the log ended: some range lies at or behind the end that
   * was found. Damage before the end shortens nothing.
   */
  public boolean endMayBeDamaged() {
    return setAside.stream()
        .anyMatch(
            range ->
                range.segment() > Location.segment(end)
                    || (range.segment() == Location.segment(end)
                        && range.offset() + range.length() >= Location.offset(end)));
  }
}
