package starling.merkle;

import java.util.HashMap;
import java.util.Map;

/** One side sends all of its entries, 16 bytes each. */
final class AllKeys implements Reconciler {
  @Override
  public String title() {
    return "all keys";
  }

  @Override
  public Cost reconcile(SortedReplica a, SortedReplica b) {
    long began = Reconciler.cpuNanos();
    Map<Long, Long> sent = new HashMap<>();
    for (int i = 0; i < a.positions.length; i++) {
      sent.put(a.positions[i], a.hashes[i]);
    }
    long found = 0;
    for (int i = 0; i < b.positions.length; i++) {
      Long other = sent.remove(b.positions[i]);
      found += other == null ? 1 : other != b.hashes[i] ? 2 : 0;
    }
    return new Cost(
        16L * a.positions.length, 1, found + sent.size(), Reconciler.cpuNanos() - began);
  }
}
