package starling.loadgen.workload;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** The operations of a workload, one after the other. Thread-safe. */
public final class Operations {
  private static final int MIN_POOL = 1 << 16;
  private static final char FIRST = ' ' + 1;
  private static final char LAST = '~';

  /**
   * One operation.
   *
   * @param record its number, for {@link #ended}
   * @param value what it writes; empty for a read
   */
  public record Operation(OperationKind kind, long record, String value) {
    /** The key of the record. */
    public String key() {
      return Operations.key(record);
    }
  }

  private final Workload workload;
  private final KeyChooser chooser;
  private final RandomGenerator random;
  private final Records records;
  private final int valueBytes;

  /** Random printable ASCII, which does not compress well: a value is a piece of it. */
  private final String pool;

  /**
   * @param loaded how many records exist, 1 or more
   */
  public Operations(
      Workload workload, KeyDistribution distribution, long loaded, int valueBytes, long seed) {
    this.workload = workload;
    this.chooser = distribution.chooser();
    this.random = new SplittableRandom(seed);
    this.records = new Records(loaded);
    this.valueBytes = valueBytes;
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < valueBytes + MIN_POOL; i++) {
      // Neither quotes nor backslashes: JSON would make two bytes of them.
      char c = (char) random.nextInt(FIRST, LAST + 1);
      text.append(c == '"' || c == '\\' ? 'x' : c);
    }
    this.pool = text.toString();
  }

  /** The key of a record. */
  public static String key(long record) {
    return "user" + record;
  }

  /** The write that loads a record. */
  public synchronized Operation load(long record) {
    return new Operation(OperationKind.INSERT, record, value());
  }

  /** The next operation. */
  public synchronized Operation next() {
    OperationKind kind = workload.kind(random.nextDouble());
    if (kind == OperationKind.INSERT) {
      return new Operation(kind, records.begin(), value());
    }
    long record = chooser.next(random, records.limit());
    return new Operation(kind, record, kind == OperationKind.READ ? "" : value());
  }

  /** An operation has ended, whether or not it failed. */
  public void ended(Operation operation) {
    if (operation.kind() == OperationKind.INSERT) {
      records.ended(operation.record());
    }
  }

  private String value() {
    int from = random.nextInt(MIN_POOL);
    return pool.substring(from, from + valueBytes);
  }
}
