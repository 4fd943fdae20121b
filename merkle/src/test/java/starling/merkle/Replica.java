package starling.merkle;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Elements of some partitions, in order of positions, and the rows that sum them up. */
final class Replica implements ElementSource {
  static final TreeKey KEY = new TreeKey(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

  private static final Comparator<Element> ORDER =
      Comparator.<Element>comparingLong(each -> each.position() ^ Long.MIN_VALUE)
          .thenComparingLong(Element::versionHash);

  final int prefixBits;
  final List<LeafRow> rows = new ArrayList<>();

  /** How many times the replica holds each element: two keys may share position and hash. */
  final NavigableMap<Element, Integer> elements = new TreeMap<>(ORDER);

  long reads;

  /** Partitions 0 to {@code partitions} - 1 of 2^prefixBits, without elements. */
  Replica(int prefixBits, int partitions) {
    this(prefixBits, partitions, RowRules.SOUND);
  }

  Replica(int prefixBits, int partitions, RowRules rules) {
    this.prefixBits = prefixBits;
    for (int i = 0; i < partitions; i++) {
      rows.add(new LeafRow(KEY, prefixBits, i, true, rules));
    }
  }

  SharedRows shared() {
    return new SharedRows(KEY, 7, rows);
  }

  private int partition(long position) {
    return prefixBits == 0 ? 0 : (int) (position >>> (64 - prefixBits));
  }

  LeafRow rowOf(Element element) {
    return rows.get(partition(element.position()));
  }

  /** An element of some partition here that was not drawn before. */
  Element draw(SplittableRandom random) {
    long position = random.nextLong();
    if (prefixBits > 0) {
      long partition = random.nextInt(rows.size());
      position = partition << (64 - prefixBits) | position >>> prefixBits;
    }
    return new Element(position, random.nextLong());
  }

  void add(Element element) {
    elements.merge(element, 1, Integer::sum);
    rowOf(element).add(element.position(), element.versionHash());
  }

  void addAll(Collection<Element> all) {
    all.forEach(this::add);
  }

  void remove(Element element) {
    elements.computeIfPresent(element, (same, count) -> count == 1 ? null : count - 1);
    rowOf(element).remove(element.position(), element.versionHash());
  }

  void replace(Element old, long newHash) {
    elements.computeIfPresent(old, (same, count) -> count == 1 ? null : count - 1);
    elements.merge(new Element(old.position(), newHash), 1, Integer::sum);
    rowOf(old).replace(old.position(), old.versionHash(), newHash);
  }

  Element any(SplittableRandom random) {
    Element from = elements.ceilingKey(draw(random));
    return from == null ? elements.firstKey() : from;
  }

  /** Carries out every scan that a row asks for. */
  void maintain() {
    for (int i = 0; i < rows.size(); i++) {
      while (rows.get(i).wantsScan()) {
        run(i, rows.get(i).scan(0));
      }
    }
  }

  void run(int row, RowScan scan) {
    while (!scan.done()) {
      read(row, scan.first(), scan.last(), scan::add);
      scan.endRange();
    }
  }

  @Override
  public boolean read(int row, long first, long last, ElementSink sink) {
    reads++;
    Element from = new Element(first, Long.MIN_VALUE);
    Element to = new Element(last, Long.MAX_VALUE);
    elements
        .subMap(from, true, to, true)
        .forEach(
            (each, count) -> {
              for (int i = 0; i < count; i++) {
                sink.accept(each.position(), each.versionHash());
              }
            });
    return true;
  }

  /** Rows of the same elements, built by scans. */
  List<LeafRow> rebuilt() {
    List<LeafRow> built = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      LeafRow row = LeafRow.unbuilt(KEY, prefixBits, i);
      run(i, row.scan(rows.get(i).keys()));
      built.add(row);
    }
    return built;
  }

  Replica copy() {
    Replica copy = new Replica(prefixBits, rows.size());
    elements.forEach(
        (each, count) -> {
          for (int i = 0; i < count; i++) {
            copy.add(each);
          }
        });
    return copy;
  }

  /** What this replica has more of than the other, each once. */
  List<Element> without(Replica other) {
    return elements.keySet().stream()
        .filter(each -> elements.get(each) > other.elements.getOrDefault(each, 0))
        .toList();
  }
}
