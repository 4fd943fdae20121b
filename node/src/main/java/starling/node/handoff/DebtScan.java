package starling.node.handoff;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.peer.DeadlineWheel;
import starling.node.replica.DebtLedger;
import starling.node.replica.KeyOwner;
import starling.node.replica.StoredValue;
import starling.node.storage.Key;
import starling.node.storage.ScanPage;
import starling.node.storage.Stored;

/** Finds, once after a start, the debts that the last process has left in the store. */
final class DebtScan {
  private static final long PAUSE_NANOS = 20_000_000L;
  private static final long LAST_PAUSE_NANOS = 1_000_000_000L;

  private final KeyOwner owner;
  private final DebtLedger debts;
  private final DeadlineWheel deadlines;
  private final HandoffCalls calls;
  private final HintRecords records;
  private @Nullable Count counting;

  DebtScan(HandoffParts parts, HandoffCalls calls, HintRecords records) {
    this.owner = parts.owner();
    this.debts = parts.debts();
    this.deadlines = parts.deadlines();
    this.calls = calls;
    this.records = records;
  }

  /** Begins to count the next partition, if none is being counted. */
  void count() {
    int partition = debts.nextToCount(0);
    if (counting == null && partition >= 0) {
      counting = new Count(partition);
      counting.nextPage();
    }
  }

  /**
   * Walks a partition of this node's own, once after a start, for the debts of the previous
   * process: it reads all records, and so goes slowly.
   */
  private final class Count {
    private final int partition;
    private @Nullable Key after;
    private boolean last;
    private boolean cutShort;
    private int missing;
    private final List<Key> found = new ArrayList<>();

    Count(int partition) {
      this.partition = partition;
    }

    void nextPage() {
      if (!calls.stopped() && !records.scan(partition, after, this::onKeys)) {
        counting = null;
      }
    }

    private void onKeys(ScanPage page) {
      last = page.last() || page.entries().isEmpty();
      missing = page.entries().size() + 1;
      for (ScanPage.Entry entry : page.entries()) {
        Key key = entry.key();
        after = key;
        if (calls.stopped()) {
          return;
        }
        if (!records.read(key, stored -> onRead(key, stored))) {
          cutShort = true;
          passed();
        }
      }
      passed();
    }

    private void onRead(Key key, @Nullable Stored stored) {
      cutShort |= records.unread(key, stored);
      if (stored != null && StoredValue.isDebt(stored.set())) {
        found.add(key);
      }
      passed();
    }

    private void passed() {
      if (--missing > 0 || calls.stopped()) {
        return;
      }
      // It may have been paid, or grown, since it was read.
      for (Key key : List.copyOf(found)) {
        owner.step(
            key,
            partition,
            newest -> {
              if (!newest.debt().none()) {
                debts.found(key, partition, newest.debt());
              }
              return null;
            },
            why -> {});
      }
      found.clear();
      if (!last) {
        deadlines.set(PAUSE_NANOS, this::nextPage);
      } else {
        counting = null;
        if (!cutShort) {
          // With a pause, so that the last of them are found before it may leave the list.
          deadlines.set(LAST_PAUSE_NANOS, () -> debts.counted(partition));
        }
      }
    }
  }
}
