package starling.loadgen.check;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** What the threads of a verified workload count and find. Thread-safe. */
final class Tally {
  private static final int MAX_FINDINGS = 20;

  final LongAdder acknowledged = new LongAdder();
  final LongAdder unknown = new LongAdder();
  final LongAdder rejected = new LongAdder();
  final LongAdder reads = new LongAdder();
  final LongAdder failedReads = new LongAdder();
  final LongAdder batches = new LongAdder();
  final LongAdder listings = new LongAdder();
  final LongAdder failedListings = new LongAdder();
  private final List<Finding> findings = new ArrayList<>();

  synchronized void report(Collection<Finding> found) {
    found.stream().limit(MAX_FINDINGS - findings.size()).forEach(findings::add);
  }

  synchronized List<Finding> findings() {
    return List.copyOf(findings);
  }

  @Override
  public String toString() {
    return acknowledged.sum()
        + " writes acknowledged, "
        + unknown.sum()
        + " unknown, "
        + rejected.sum()
        + " rejected; "
        + reads.sum()
        + " reads, "
        + failedReads.sum()
        + " failed; "
        + listings.sum()
        + " listings, "
        + failedListings.sum()
        + " failed";
  }
}
