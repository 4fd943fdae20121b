package starling.node.cluster;

import java.util.Comparator;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/**
 * The durable mark of a node: its incarnation and durable log position at the announcement. All
 * nodes remember the latest mark of each node, and the highest position of any of its marks, which
 * distinguishes a rolled-back directory from the present one: no loss of power takes the log below
 * an announced position.
 *
 * <pre>
 *   01                         format
 *   00 00 00 00 00 00 00 05    incarnation
 *   00 00 00 00 00 00 00 02    number of marks of this process: the higher one counts
 *   00 00 00 0a 00 00 02 00    position: the base, and the end of the durable log
 *   00 00 00 00 00 00 00 00    base: where earlier logs of this node ended that were lost
 *   8 bytes process nonce
 *   01                         whether all of its partitions were complete
 * </pre>
 */
public record DurableMark(
    long incarnation, long turn, long position, long base, long life, boolean complete) {
  private static final int FORMAT = 1;
  private static final Comparator<DurableMark> LATER =
      Comparator.comparingLong(DurableMark::incarnation)
          .thenComparingLong(DurableMark::turn)
          .thenComparingLong(DurableMark::life)
          .thenComparingLong(DurableMark::base)
          .thenComparing(DurableMark::complete);

  public byte[] encode() {
    return new BinaryWriter(42)
        .u8(FORMAT)
        .i64(incarnation)
        .i64(turn)
        .i64(position)
        .i64(base)
        .i64(life)
        .u8(complete ? 1 : 0)
        .toBytes();
  }

  /**
   * Reads it.
   *
   * @throws MalformedException if the bytes are of another format
   */
  public static DurableMark decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    int format = in.u8("the format of a durable mark");
    if (format != FORMAT) {
      throw new MalformedException(
          "a durable mark of format " + format + "; this version reads format " + FORMAT);
    }
    DurableMark shown =
        new DurableMark(
            in.i64("an incarnation"),
            in.i64("a turn"),
            in.i64("a position"),
            in.i64("a base"),
            in.i64("a process nonce"),
            in.u8("completeness") == 1);
    in.end("a durable mark");
    return shown;
  }

  /** The later mark, with the higher position of both. */
  DurableMark join(DurableMark other) {
    DurableMark later = LATER.compare(this, other) >= 0 ? this : other;
    return new DurableMark(
        later.incarnation,
        later.turn,
        Math.max(position, other.position),
        later.base,
        later.life,
        later.complete);
  }
}
