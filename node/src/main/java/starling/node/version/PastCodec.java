package starling.node.version;

import java.util.ArrayList;
import java.util.List;

/**
 * Vectors, dots and pasts as bytes, for use inside sets, messages and files that carry a format
 * version of their own. Reading accepts the canonical form only.
 *
 * <pre>
 * vector   varint entries, then each ascending: 16 bytes actor, 8 bytes counter
 * dots     varint dots,    then each ascending: 16 bytes actor, 8 bytes counter
 * past     vector, dots (none that the vector covers)
 *
 * 01                                               one entry
 * 00 00 00 00 00 00 00 0a 00 00 00 00 00 00 00 0b  actor
 * 00 00 00 00 00 00 00 07                          counter 7
 * 00                                               no single dots
 * </pre>
 */
public final class PastCodec {
  private static final int ENTRY_BYTES = Actor.BYTES + 8;

  private PastCodec() {}

  public static void writeVector(BinaryWriter out, VersionVector vector) {
    out.varint(vector.size());
    vector.forEach((high, low, counter) -> out.i64(high).i64(low).i64(counter));
  }

  /**
   * @throws MalformedException if the bytes are anything but a vector in canonical form
   */
  public static VersionVector readVector(BinaryReader in) {
    int entries = in.count(ENTRY_BYTES, "the number of vector entries");
    long[] cells = new long[3 * entries];
    for (int i = 0; i < cells.length; i += 3) {
      cells[i] = in.i64("an actor");
      cells[i + 1] = in.i64("an actor");
      cells[i + 2] = in.counter("a counter of the vector");
    }
    return VersionVector.ofAscending(cells);
  }

  /** The dots as they are: ascending. */
  public static void writeDots(BinaryWriter out, List<Dot> dots) {
    out.varint(dots.size());
    for (Dot dot : dots) {
      out.dot(dot);
    }
  }

  /**
   * @throws MalformedException if the bytes are anything but ascending dots
   */
  public static List<Dot> readDots(BinaryReader in) {
    int count = in.count(ENTRY_BYTES, "the number of dots");
    List<Dot> dots = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Dot dot = in.dot("a dot");
      if (i > 0 && dots.get(i - 1).compareTo(dot) >= 0) {
        throw new MalformedException("single dots are not ascending");
      }
      dots.add(dot);
    }
    return dots;
  }

  public static void writePast(BinaryWriter out, Past past) {
    writeVector(out, past.vector());
    writeDots(out, past.dots());
  }

  /**
   * @throws MalformedException if the bytes are anything but a past in canonical form
   */
  public static Past readPast(BinaryReader in) {
    VersionVector vector = readVector(in);
    return new Past(vector, requireUncovered(readDots(in), vector));
  }

  static List<Dot> requireUncovered(List<Dot> dots, VersionVector vector) {
    for (Dot dot : dots) {
      if (vector.covers(dot)) {
        throw new MalformedException("the single dot " + dot + " is covered by its vector");
      }
    }
    return dots;
  }
}
