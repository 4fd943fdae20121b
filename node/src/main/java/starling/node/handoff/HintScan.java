package starling.node.handoff;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.cluster.ClusterView;
import starling.node.peer.DeadlineWheel;
import starling.node.replica.HintLedger;
import starling.node.replica.StoredValue;
import starling.node.storage.Key;
import starling.node.storage.ScanPage;
import starling.node.storage.Stored;
import starling.node.version.SiblingsCodec;

/** Counts the hints of this node after a start and after changes of the ring. */
final class HintScan {
  private static final long PAUSE_NANOS = 1_000_000_000L;

  private final ClusterView cluster;
  private final HintLedger hints;
  private final DeadlineWheel deadlines;
  private final HandoffCalls calls;
  private final HintRecords records;
  private final HintRemoval removal;
  private @Nullable Count counting;

  HintScan(HandoffParts parts, HandoffCalls calls, HintRecords records, HintRemoval removal) {
    this.cluster = parts.cluster();
    this.hints = parts.hints();
    this.deadlines = parts.deadlines();
    this.calls = calls;
    this.records = records;
    this.removal = removal;
  }

  /** Begins to count from this partition on, if none is being counted. */
  void count(int from) {
    int partition = hints.nextToCount(from);
    if (counting == null && partition >= 0) {
      counting = new Count(partition);
      counting.nextPage();
    }
  }

  /** Walks a partition to count its hints. */
  private final class Count {
    private final HintLedger.Recount walk;
    private @Nullable Key after;
    private boolean last;
    private boolean cutShort;
    private int missing;

    Count(int partition) {
      this.walk = hints.walk(partition);
    }

    void nextPage() {
      if (calls.stopped()) {
        return;
      }
      if (!records.scan(walk.partition, after, this::onKeys)) {
        // The rest a moment later, so that an unreadable index is not read all the time.
        deadlines.set(PAUSE_NANOS, () -> next());
      }
    }

    private void onKeys(ScanPage page) {
      List<ScanPage.Entry> entries = page.entries();
      last = page.last() || entries.isEmpty();
      missing = entries.size();
      if (entries.isEmpty()) {
        onPage();
      }
      for (ScanPage.Entry entry : entries) {
        after = entry.key();
        if (calls.stopped()) {
          return;
        }
        if (!records.read(entry.key(), stored -> onRead(entry.key(), stored))) {
          cutShort = true;
          passed();
        }
      }
    }

    private void onRead(Key key, @Nullable Stored stored) {
      if (calls.stopped()) {
        return;
      }
      cutShort |= records.unread(key, stored);
      StoredValue kept = HintRecords.kept(walk, key, stored);
      if (!kept.hint().none() && !cluster.mine(key)) {
        List<UUID> wanted = kept.hint().wanted(cluster.primaries(key));
        walk.found(kept, wanted);
        if (wanted.isEmpty()) {
          // The ring has changed, and all primaries that are left hold it.
          removal.release(
              new SentHint(key, walk.partition, kept, SiblingsCodec.encode(kept.set())));
        }
      } else if (!kept.hint().none()) {
        walk.found(kept, List.of());
        removal.keepForOneself(key, walk.partition);
      }
      passed();
    }

    private void passed() {
      if (--missing == 0) {
        onPage();
      }
    }

    private void onPage() {
      if (last && cutShort) {
        deadlines.set(PAUSE_NANOS, () -> next());
      } else if (last) {
        hints.walked(walk);
        next();
      } else {
        nextPage();
      }
    }

    private void next() {
      counting = null;
      count(walk.partition + 1);
    }
  }
}
