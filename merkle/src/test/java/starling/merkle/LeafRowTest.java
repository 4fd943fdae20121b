package starling.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LeafRowTest {
  /** The rows have the sums and counts that scans of their elements give. */
  static void assertRowsSumTheirElements(Replica replica) {
    List<LeafRow> rebuilt = replica.rebuilt();
    for (int i = 0; i < rebuilt.size(); i++) {
      LeafRow row = replica.rows.get(i);
      int depth = Math.min(row.depth(), rebuilt.get(i).depth());
      assertThat(row.keys()).isEqualTo(rebuilt.get(i).keys());
      for (long prefix = 0; prefix < 1L << depth; prefix++) {
        NodeSum sum = new NodeSum();
        NodeSum expected = new NodeSum();
        row.addTo(sum, depth, prefix);
        rebuilt.get(i).addTo(expected, depth, prefix);
        assertThat(sum.sum).as("leaf %d of row %d", prefix, i).isEqualTo(expected.sum);
        assertThat(sum.count).isEqualTo(expected.count);
      }
    }
  }

  /** Adds, replaces and removes, with scans in between and changes during scans. */
  static void randomHistory(Replica replica, SplittableRandom random, int steps) {
    for (int i = 0; i < steps; i++) {
      boolean shrinks = (i / 2_000) % 2 == 1;
      int kind = random.nextInt(10);
      if (replica.elements.isEmpty() || kind < (shrinks ? 2 : 7)) {
        replica.add(replica.draw(random));
      } else if (kind == 9) {
        replica.replace(replica.any(random), random.nextLong());
      } else {
        replica.remove(replica.any(random));
      }
      if (random.nextInt(100) == 0) {
        scanWhileItChanges(replica, random, random.nextInt(replica.rows.size()));
      }
    }
  }

  private static void scanWhileItChanges(Replica replica, SplittableRandom random, int index) {
    LeafRow row = replica.rows.get(index);
    RowScan scan = row.scan(0);
    while (!scan.done()) {
      List<Element> page = new ArrayList<>();
      replica.read(index, scan.first(), scan.last(), (p, h) -> page.add(new Element(p, h)));
      if (random.nextInt(3) == 0) {
        replica.add(replica.draw(random));
      } else if (random.nextInt(3) == 0 && !replica.elements.isEmpty()) {
        replica.remove(replica.any(random));
      }
      page.forEach(each -> scan.add(each.position(), each.versionHash()));
      scan.endRange();
    }
  }

  @Test
  void afterAnyHistoryTheRowIsThatOfAScan() {
    for (int seed = 1; seed <= 8; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Replica replica = new Replica(seed % 4, 1 << seed % 4);
      randomHistory(replica, random, 6_000);
      for (int i = 0; i < seed * 2_000; i++) {
        replica.add(replica.draw(random));
      }
      replica.maintain();
      randomHistory(replica, random, 2_000);
      assertRowsSumTheirElements(replica);
      assertThat(replica.rows).allSatisfy(row -> assertThat(row.correctedLeaves()).isZero());
    }
  }

  @Test
  void leavesSplitAndJoinByThemselves() {
    SplittableRandom random = new SplittableRandom(1);
    Replica replica = new Replica(3, 1);
    LeafRow row = replica.rows.get(0);
    for (int i = 0; i < 40_000; i++) {
      replica.add(replica.draw(random));
      replica.maintain();
      if (row.keys() > 32) {
        assertThat(row.keys() / (double) (1 << row.depth())).isBetween(12.0, 32.0);
        assertThat(row.bytes()).isLessThanOrEqualTo(row.keys());
      }
    }
    assertThat(row.depth()).isEqualTo(11);
    while (!replica.elements.isEmpty()) {
      replica.remove(replica.any(random));
      if (row.depth() > 0) {
        assertThat(row.keys() / (double) (1 << row.depth())).isBetween(12.0, 32.0);
        assertThat(row.bytes()).isLessThanOrEqualTo(row.keys());
      }
    }
    assertThat(row.depth()).isZero();
    assertThat(row.keys()).isZero();
  }

  @Test
  void aRangeThatChangedWhileItWasReadIsReadAgain() {
    SplittableRandom random = new SplittableRandom(2);
    Replica replica = new Replica(0, 1);
    for (int i = 0; i < 5_000; i++) {
      replica.add(replica.draw(random));
    }
    LeafRow row = replica.rows.get(0);
    RowScan scan = row.scan(0);
    assertThat(scan.first()).isZero();
    long last = scan.last();
    replica.read(0, scan.first(), last, scan::add);
    replica.add(new Element(5, 5));
    assertThat(scan.endRange()).isFalse();
    assertThat(scan.first()).isZero();
    assertThat(scan.last()).isEqualTo(last / 2);
    replica.run(0, scan);
    assertRowsSumTheirElements(replica);
    assertThat(row.correctedLeaves()).isZero();
  }

  @Test
  void theScanCorrectsALeafThatIsWrong() {
    SplittableRandom random = new SplittableRandom(3);
    Replica replica = new Replica(2, 4);
    for (int i = 0; i < 10_000; i++) {
      replica.add(replica.draw(random));
    }
    replica.maintain();
    LeafRow row = replica.rows.get(3);
    row.falsify(-1, 17, 1);
    row.falsify(row.first(), 0, 2);
    replica.run(3, row.scan(0));
    assertThat(row.correctedLeaves()).isEqualTo(2);
    assertRowsSumTheirElements(replica);
    replica.run(3, row.scan(0));
    assertThat(row.correctedLeaves()).isEqualTo(2);
  }

  @Test
  void aLeafWithFewerThanNoElementsAsksForAScan() {
    LeafRow row = LeafRow.empty(Replica.KEY, 0, 0);
    assertThat(row.wantsScan()).isFalse();
    row.remove(1, 1);
    assertThat(row.wantsScan()).isTrue();
  }

  @Test
  void aRowIsBuiltFromAScanWithoutKnowingItsSize() {
    SplittableRandom random = new SplittableRandom(4);
    Replica replica = new Replica(0, 1);
    for (int i = 0; i < 3_000; i++) {
      replica.add(replica.draw(random));
    }
    for (long expected : new long[] {0, 100, 3_000, 1_000_000}) {
      LeafRow row = LeafRow.unbuilt(Replica.KEY, 0, 0);
      assertThat(row.wantsScan()).isTrue();
      row.add(1, 1);
      replica.run(0, row.scan(expected));
      while (row.wantsScan()) {
        replica.run(0, row.scan(0));
      }
      assertThat(row.built()).isTrue();
      assertThat(row.keys()).isEqualTo(3_000);
      assertThat(row.depth()).isEqualTo(7);
    }
  }

  @Test
  void aScanThatIsGivenUpLeavesTheRow() {
    SplittableRandom random = new SplittableRandom(5);
    Replica replica = new Replica(0, 1);
    for (int i = 0; i < 100; i++) {
      replica.add(replica.draw(random));
    }
    LeafRow row = replica.rows.get(0);
    RowScan first = row.scan(0);
    RowScan second = row.scan(0);
    assertThat(first.done()).isTrue();
    assertThat(first.endRange()).isTrue();
    second.cancel();
    assertThat(second.done()).isTrue();
    assertThat(row.depth()).isZero();
    assertThat(row.wantsScan()).isTrue();
  }

  @Test
  void positionsOutsideAreAProgrammingError() {
    LeafRow row = LeafRow.empty(Replica.KEY, 4, 3);
    assertThatThrownBy(() -> row.add(0x4000000000000000L, 1))
        .hasMessageContaining("3000000000000000 to 3fffffffffffffff");
    RowScan scan = LeafRow.unbuilt(Replica.KEY, 4, 3).scan(10_000);
    assertThatThrownBy(() -> scan.add(row.last(), 1)).hasMessageContaining("outside of the range");
    assertThatThrownBy(() -> scan.add(scan.last() + 1, 1))
        .hasMessageContaining("outside of the range");
    assertThatThrownBy(() -> LeafRow.empty(Replica.KEY, 4, 16))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aChangeAllocatesNothing() {
    SplittableRandom random = new SplittableRandom(6);
    Replica replica = new Replica(0, 1);
    for (int i = 0; i < 5_000; i++) {
      replica.add(replica.draw(random));
    }
    replica.maintain();
    LeafRow row = replica.rows.get(0);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    // The counter itself may allocate at first.
    for (int round = 0; round < 5; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 2_000; i++) {
        row.replace(i * 0x9e3779b97f4a7c15L, i, i + 1);
        row.add(i, i);
        row.remove(i, i);
      }
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(least).isZero();
  }
}
