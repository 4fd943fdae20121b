package starling.loadgen.check;

import java.util.ArrayList;
import java.util.List;

/**
 * The keys of a verified workload. A key is used for a bounded number of writes; then another one
 * takes its place, so that no history grows without bound. All keys are judged at the end.
 * Thread-safe.
 */
final class Histories {
  /** A key takes 256 writes with idempotency keys, which the client's have, in a minute. */
  static final int MAX_WRITES = 200;

  private final String prefix;
  private final KeyHistory[] current;
  private final List<KeyHistory> all = new ArrayList<>();

  /**
   * @param prefix the beginning of all keys, which no earlier run had
   */
  Histories(String prefix, int keys) {
    this.prefix = prefix;
    this.current = new KeyHistory[keys];
  }

  /** The key of a place. */
  synchronized KeyHistory at(int place) {
    KeyHistory history = current[place];
    if (history == null || history.size() >= MAX_WRITES) {
      history = new KeyHistory(prefix + all.size());
      current[place] = history;
      all.add(history);
    }
    return history;
  }

  synchronized List<KeyHistory> all() {
    return List.copyOf(all);
  }
}
