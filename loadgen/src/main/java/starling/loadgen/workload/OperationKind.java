package starling.loadgen.workload;

import java.util.Locale;

/** The kinds of operations of a workload. */
public enum OperationKind {
  READ,
  /** A write in place of what is stored. */
  UPDATE,
  /** The first write of a key. */
  INSERT,
  /** A read, and a write in place of exactly what was read: one operation. */
  READ_MODIFY_WRITE;

  /** As results name it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
