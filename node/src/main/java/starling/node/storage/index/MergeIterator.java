package starling.node.storage.index;

import java.io.IOException;
import java.util.List;

/** Merges several sequences of entries: of entries with the same key the newest counts. */
public final class MergeIterator implements EntryIterator {
  /** Receives the entries that are left out. */
  public interface Dead {
    void entry(long location, int length);
  }

  private final EntryIterator[] sources;
  private final EntryCursor[] heads;
  private final boolean[] open;
  private final boolean dropRemoved;
  private final Dead dead;

  /**
   * @param newestFirst the sequences; an entry hides those of the same key in later sequences
   * @param dropRemoved leave out removals too: correct only if no older sequence exists
   */
  public MergeIterator(List<EntryIterator> newestFirst, boolean dropRemoved, Dead dead)
      throws IOException {
    this.sources = newestFirst.toArray(EntryIterator[]::new);
    this.heads = new EntryCursor[sources.length];
    this.open = new boolean[sources.length];
    this.dropRemoved = dropRemoved;
    this.dead = dead;
    for (int i = 0; i < sources.length; i++) {
      heads[i] = new EntryCursor();
      open[i] = sources[i].next(heads[i]);
    }
  }

  @Override
  public boolean next(EntryCursor into) throws IOException {
    while (true) {
      int least = -1;
      for (int i = 0; i < sources.length; i++) {
        if (open[i] && (least < 0 || compare(heads[i], heads[least]) < 0)) {
          least = i;
        }
      }
      if (least < 0) {
        return false;
      }
      into.set(heads[least]);
      open[least] = sources[least].next(heads[least]);
      for (int i = least + 1; i < sources.length; i++) {
        if (open[i] && compare(heads[i], into) == 0) {
          dead.entry(heads[i].location, heads[i].length);
          open[i] = sources[i].next(heads[i]);
        }
      }
      if (!into.removed || !dropRemoved) {
        return true;
      }
      dead.entry(into.location, into.length);
    }
  }

  private static int compare(EntryCursor a, EntryCursor b) {
    return EntryCursor.compare(a.position, a.fingerprint, b.position, b.fingerprint);
  }
}
