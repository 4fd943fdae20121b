package starling.loadgen.workload;

import java.util.List;
import java.util.Locale;

/**
 * The core workloads of YCSB (Cooper et al., 2010), without E, which scans ranges of ordered keys.
 */
public enum Workload {
  /** Half reads, half updates. */
  A(0.5, OperationKind.UPDATE, KeyDistribution.ZIPFIAN),
  /** 95 % reads, 5 % updates. */
  B(0.95, OperationKind.UPDATE, KeyDistribution.ZIPFIAN),
  /** Reads alone. */
  C(1, OperationKind.UPDATE, KeyDistribution.ZIPFIAN),
  /** 95 % reads, mostly of what was inserted last, and 5 % inserts. */
  D(0.95, OperationKind.INSERT, KeyDistribution.LATEST),
  /** Half reads, half read-modify-writes. */
  F(0.5, OperationKind.READ_MODIFY_WRITE, KeyDistribution.ZIPFIAN);

  private final double reads;
  private final OperationKind other;
  private final KeyDistribution distribution;

  Workload(double reads, OperationKind other, KeyDistribution distribution) {
    this.reads = reads;
    this.other = other;
    this.distribution = distribution;
  }

  /** The kinds of operations that it has. */
  public List<OperationKind> kinds() {
    return reads == 1 ? List.of(OperationKind.READ) : List.of(OperationKind.READ, other);
  }

  /** Which keys it uses, where the user does not choose. */
  public KeyDistribution distribution() {
    return distribution;
  }

  /**
   * The kind of the next operation.
   *
   * @param random from 0 to below 1
   */
  OperationKind kind(double random) {
    return random < reads ? OperationKind.READ : other;
  }

  /** As the command line names it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
