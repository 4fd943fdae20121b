package starling.node.storage;

import java.util.Collection;
import java.util.function.Consumer;

/**
 * Quarantines corrupt ranges: each is saved in the {@link ShutdownState}, reported to the node
 * once, and its segment is never compacted, so that no damaged record is copied. Owned by one
 * thread.
 */
final class Quarantine {
  private final LiveIndex index;
  private final Damage damage;
  private final ValueCache hot;
  private final GroupCommit commits;
  private final Consumer<Completion> saveShutdownState;
  private final StorageListener listener;

  Quarantine(
      LiveIndex index,
      Damage damage,
      ValueCache hot,
      GroupCommit commits,
      Consumer<Completion> saveShutdownState,
      StorageListener listener) {
    this.index = index;
    this.damage = damage;
    this.hot = hot;
    this.commits = commits;
    this.saveShutdownState = saveShutdownState;
    this.listener = listener;
  }

  /** The ranges that are known since the opening. */
  void begin() {
    damage.segments().forEach(this::keepSegment);
  }

  void found(CorruptRange range) {
    if (damage.found(range)) {
      keepSegment(range.segment());
      if (range.key() != null) {
        hot.remove(range.key());
      }
      save(commits.life(), failed -> {});
      listener.onCorruptRange(range);
    }
  }

  /**
   * The node has compared what these ranges may have held.
   *
   * @param loss whether a possible loss that opening reported is handled, too
   */
  void handled(Collection<CorruptRange> ranges, boolean loss, Completion done) {
    damage.handle(ranges);
    save(loss ? commits.life().withLossHandled() : commits.life(), done);
  }

  private void save(ShutdownState state, Completion done) {
    commits.life(state.withDamage(damage.handled(), damage.unhandled()));
    saveShutdownState.accept(done);
  }

  private void keepSegment(long segment) {
    SegmentTable.Entry entry = index.segments.get(segment);
    if (entry != null) {
      entry.damaged = true;
    }
  }
}
