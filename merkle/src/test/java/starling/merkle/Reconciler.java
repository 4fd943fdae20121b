package starling.merkle;

import java.lang.management.ManagementFactory;

/** A way to find what differs between two replicas, to be measured. */
interface Reconciler {
  /**
   * CPU time of this thread, which other work on the machine changes less than time that passes.
   */
  static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /**
   * What it took to find all differences.
   *
   * @param bytes of all messages, both ways; of the comparisons, without any header
   * @param roundTrips messages that wait for each other, in pairs
   * @param found elements that only one side has
   * @param nanos of CPU of both sides together
   */
  record Cost(long bytes, int roundTrips, long found, long nanos) {}

  String title();

  Cost reconcile(SortedReplica a, SortedReplica b);
}
