package starling.merkle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Elements in two arrays, 16 bytes each. */
public final class ElementList implements ElementSink {
  private long[] positions = new long[16];
  private long[] hashes = new long[16];
  private int size;

  /** An empty list. */
  public ElementList() {}

  @Override
  public void accept(long position, long versionHash) {
    if (size == positions.length) {
      positions = Arrays.copyOf(positions, 2 * size);
      hashes = Arrays.copyOf(hashes, 2 * size);
    }
    positions[size] = position;
    hashes[size++] = versionHash;
  }

  /** How many elements there are. */
  public int size() {
    return size;
  }

  /** The position of element {@code index}. */
  public long position(int index) {
    return positions[checked(index)];
  }

  /** The version hash of element {@code index}. */
  public long versionHash(int index) {
    return hashes[checked(index)];
  }

  /** Gives all elements in order. */
  public void forEach(ElementSink sink) {
    for (int i = 0; i < size; i++) {
      sink.accept(positions[i], hashes[i]);
    }
  }

  /** A copy as objects. */
  public List<Element> toList() {
    List<Element> list = new ArrayList<>(size);
    forEach((position, hash) -> list.add(new Element(position, hash)));
    return list;
  }

  private int checked(int index) {
    if (index >= size) {
      throw new IndexOutOfBoundsException("element " + index + " of " + size);
    }
    return index;
  }
}
