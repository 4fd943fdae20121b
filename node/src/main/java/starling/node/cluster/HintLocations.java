package starling.node.cluster;

import java.util.Arrays;
import java.util.BitSet;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/**
 * The partitions of one node's hints, as it announces them: reads ask that node for sets that a
 * primary lacks, and no node may reap a tombstone while an old value may come from there.
 *
 * <pre>
 *   01                         format 1
 *   00 00 00 07 00 00 00 02    incarnation and how often it changed in it: the higher one counts
 *   02 05 80                   partitions, varint length and bits, lowest first
 * </pre>
 */
public record HintLocations(long counter, BitSet partitions) {
  private static final int FORMAT = 1;

  public HintLocations {
    partitions = (BitSet) partitions.clone();
  }

  /** The present announcement. */
  public static HintLocations of(long incarnation, long changes, BitSet partitions) {
    return new HintLocations(incarnation << 32 | Math.min(changes, 0xFFFF_FFFFL), partitions);
  }

  public byte[] encode() {
    return new BinaryWriter(32).u8(FORMAT).i64(counter).bytes(partitions.toByteArray()).toBytes();
  }

  /**
   * Reads it.
   *
   * @throws MalformedException if the bytes are of another format
   */
  public static HintLocations decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    int format = in.u8("the format of a hint holder");
    if (format != FORMAT) {
      throw new MalformedException(
          "a hint holder of format " + format + "; this version reads format " + FORMAT);
    }
    long counter = in.i64("a counter");
    BitSet partitions = BitSet.valueOf(in.bytes("partitions"));
    in.end("a hint holder");
    return new HintLocations(counter, partitions);
  }

  /** The later announcement of the node; of two with one counter the same one everywhere. */
  static byte[] join(byte[] a, byte[] b) {
    int order = Long.compare(decode(a).counter, decode(b).counter);
    if (order == 0) {
      order = Arrays.compareUnsigned(a, b);
    }
    return order >= 0 ? a : b;
  }
}
