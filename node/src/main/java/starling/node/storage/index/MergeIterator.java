package starling.node.storage.index;

import java.io.IOException;
import java.util.List;

/** Several sequences of entries as one: of those with the same key the newest counts. */
public final class MergeIterator implements EntryIterator {
  /** Hears what is left out. */
  public interface Dead {
    void entry(long location, int length);
  }

  private final EntryIterator[] sources;
  private final EntryCursor[] heads;
  private final boolean[] open;
  private final boolean dropRemoved;
  private final Dead dead;

  /**
   * @param newestFirst the sequences, an earlier one hiding what later ones say of the same key
   * @param dropRemoved leave out removed entries too: right only if nothing older is left anywhere
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
