package starling.node.cluster;

import java.util.Comparator;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/**
 * How far a node has come, in its own words: which incarnation spoke, and how much had been durable
 * in its log by then. All nodes remember the latest word of each, and the furthest position of any
 * of its words, so that a directory brought back from the past is told from the present one, which
 * no loss of power can take below its word.
 *
 * <pre>
 *   01                         format
 *   00 00 00 00 00 00 00 05    incarnation
 *   00 00 00 00 00 00 00 02    how many words this incarnation's process had given: later counts
 *   00 00 00 0a 00 00 02 00    position: the base, and the end of the durable log
 *   00 00 00 00 00 00 00 00    base: where earlier logs of this node ended that were lost
 *   8 bytes                    number of the process
 *   01                         whether none of its partitions lacked anything
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
    int format = in.u8("the format of what a node has shown");
    if (format != FORMAT) {
      throw new MalformedException(
          "what a node has shown, of format " + format + "; this version reads format " + FORMAT);
    }
    DurableMark shown =
        new DurableMark(
            in.i64("an incarnation"),
            in.i64("a turn"),
            in.i64("a position"),
            in.i64("a base"),
            in.i64("a life"),
            in.u8("completeness") == 1);
    in.end("what a node has shown");
    return shown;
  }

  /** The later word, with the furthest position of both. */
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
