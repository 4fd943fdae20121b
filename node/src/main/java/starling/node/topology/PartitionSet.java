package starling.node.topology;

import java.util.BitSet;
import java.util.Collection;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;
import starling.ring.Positions;

/**
 * A set of partitions or tokens by their numbers, 0 to {@link Positions#MAX_PARTITIONS} - 1.
 * Immutable. As bytes: the number of runs, then per run the gap before it and its length, all as
 * varints; two runs do not touch, so equal sets have equal bytes.
 */
public final class PartitionSet {
  static final PartitionSet EMPTY = new PartitionSet(new BitSet());

  /** A gap and a length take two bytes at least. */
  private static final int MIN_RUN_BYTES = 2;

  private final BitSet bits;

  private PartitionSet(BitSet bits) {
    this.bits = bits;
  }

  public static PartitionSet of(int... partitions) {
    return of(IntStream.of(partitions));
  }

  static PartitionSet of(Collection<Integer> partitions) {
    return of(partitions.stream().mapToInt(Integer::intValue));
  }

  static PartitionSet of(IntStream partitions) {
    BitSet bits = new BitSet();
    partitions.forEach(
        partition -> {
          if (partition >= Positions.MAX_PARTITIONS) {
            throw new IllegalArgumentException("there is no partition " + partition);
          }
          bits.set(partition);
        });
    return new PartitionSet(bits);
  }

  /** The first {@code count} partitions. */
  static PartitionSet first(int count) {
    return of(IntStream.range(0, count));
  }

  public int size() {
    return bits.cardinality();
  }

  public boolean isEmpty() {
    return bits.isEmpty();
  }

  public boolean contains(int partition) {
    return bits.get(partition);
  }

  /** The numbers, ascending. */
  public IntStream stream() {
    return bits.stream();
  }

  /** The greatest number, or -1 for the empty set. */
  int last() {
    return bits.length() - 1;
  }

  void write(BinaryWriter out) {
    int runs = 0;
    for (int from = bits.nextSetBit(0); from >= 0; from = next(from)) {
      runs++;
    }
    out.varint(runs);
    int end = 0;
    for (int from = bits.nextSetBit(0); from >= 0; from = next(from)) {
      out.varint(from - end);
      end = bits.nextClearBit(from);
      out.varint(end - from);
    }
  }

  /** The start of the run after the one that holds this partition, or -1. */
  private int next(int from) {
    return bits.nextSetBit(bits.nextClearBit(from));
  }

  static PartitionSet read(BinaryReader in, String what) {
    int runs = in.count(MIN_RUN_BYTES, what);
    BitSet bits = new BitSet();
    int end = 0;
    for (int i = 0; i < runs; i++) {
      long gap = in.varint(what);
      long length = in.varint(what);
      if ((i > 0 && gap == 0) || length == 0) {
        throw new MalformedException(what + " has runs that touch or are empty");
      }
      if (gap > Positions.MAX_PARTITIONS - end || length > Positions.MAX_PARTITIONS - end - gap) {
        throw new MalformedException(what + " reaches beyond " + Positions.MAX_PARTITIONS);
      }
      int from = end + (int) gap;
      end = from + (int) length;
      bits.set(from, end);
    }
    return new PartitionSet(bits);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PartitionSet that && bits.equals(that.bits);
  }

  @Override
  public int hashCode() {
    return bits.hashCode();
  }

  @Override
  public String toString() {
    return bits.toString();
  }
}
