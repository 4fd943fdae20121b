package starling.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private static final long MIB = 1 << 20;
  private static final long BODY = 3 * MIB / 2;

  @Test
  void aLargeHeapLowersNothing() {
    MemoryBudget budget = MemoryBudget.of(2048 * MIB, null, null, BODY);
    assertThat(budget.bodyBytes()).isEqualTo(128 * MIB);
    assertThat(budget.cacheBytes()).isEqualTo(32 * MIB);
    assertThat(budget.logQueueBytes()).isEqualTo(64 * MIB);
    assertThat(budget.waitingBytes()).isGreaterThanOrEqualTo(128 * MIB);
    assertThat(budget.setBytes()).isGreaterThan(256 * MIB);
    assertThat(budget.memtableEntries()).isEqualTo(128 << 10);
    assertThat(budget.rebuildEntries()).isEqualTo(4 << 20);
    assertThat(budget.lowered()).isEmpty();
  }

  @Test
  void aSmallHeapLowersWhatWasNotSetAndSaysSo() {
    for (long heap : new long[] {62 * MIB, 124 * MIB, 248 * MIB, 495 * MIB}) {
      MemoryBudget budget = MemoryBudget.of(heap, null, null, BODY);
      assertThat(budget.bodyBytes()).isEqualTo(heap / 16 * 2);
      assertThat(budget.cacheBytes()).isLessThanOrEqualTo(heap / 16);
      // Bodies are values of writes, and those wait for the log.
      assertThat(budget.logQueueBytes()).isGreaterThanOrEqualTo(Math.min(64 * MIB, heap / 8));
      assertThat(budget.writeBytes() + budget.readBytes() + budget.cacheBytes())
          .isLessThan(heap / 2);
      assertThat(144L * budget.memtableEntries()).isLessThanOrEqualTo(heap / 16);
      assertThat(200L * budget.rebuildEntries()).isLessThanOrEqualTo(heap / 2);
      assertThat(budget.lowered())
          .anyMatch(line -> line.startsWith("http.maxBufferedBytes "))
          .anyMatch(line -> line.startsWith("frames to other nodes "));
    }
  }

  @Test
  void replicasCanReserveMemoryForAValueThatIsAdmitted() {
    for (long value = 1 * MIB; value <= 64 * MIB; value *= 2) {
      long body = 3 * value / 2;
      for (long heap = 4 * body + 64 * MIB; heap < 4096 * MIB; heap *= 2) {
        MemoryBudget budget = MemoryBudget.of(heap, null, null, body);
        assertThat(budget.waitingBytes())
            .as("values of %s in a heap of %s", value, heap)
            .isGreaterThan(value + (64 << 10))
            .isLessThanOrEqualTo(heap / 3);
        // What came, what stands, their join, and another on its way out.
        assertThat(budget.setBytes())
            .isGreaterThan(value + (32 << 10))
            .isLessThanOrEqualTo(Math.max(heap / 8, value) + (128 << 10));
      }
    }
  }

  @Test
  void theBoundOfASetAdmitsFiveSidesOf16MibInTheHeapOfTheLaunchers() {
    // What the collectors leave of -Xmx1g.
    MemoryBudget budget = MemoryBudget.of(990 * MIB, null, null, 24 * MIB);
    assertThat(budget.setBytes()).isGreaterThan(5 * 16 * MIB + (32 << 10));
    assertThat(budget.waitingBytes()).isGreaterThanOrEqualTo(budget.setBytes());
    // The heap that the log asks for.
    long asked = 9 * (5 * 16 + 1) * MIB;
    assertThat(MemoryBudget.of(asked / 32 * 31, null, null, 24 * MIB).setBytes())
        .isGreaterThan(5 * 16 * MIB + (32 << 10));
  }

  @Test
  void whatWasSetIsKept() {
    MemoryBudget budget = MemoryBudget.of(256 * MIB, 100 * MIB, 28 * MIB, BODY);
    assertThat(budget.bodyBytes()).isEqualTo(100 * MIB);
    assertThat(budget.cacheBytes()).isEqualTo(28 * MIB);
    assertThat(MemoryBudget.of(256 * MIB, null, 0L, BODY).cacheBytes()).isZero();
  }

  @Test
  void whatWasSetAndDoesNotFitIsRefusedWithTheNumbers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryBudget.of(256 * MIB, 100 * MIB, 29 * MIB, BODY))
        .withMessageContainingAll(
            "http.maxBufferedBytes (100 MiB)",
            "storage.cacheBytes (29 MiB)",
            "the heap of 256 MiB",
            "128 MiB",
            "-Xmx");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryBudget.of(256 * MIB, Long.MAX_VALUE, null, BODY))
        .withMessageContaining("http.maxBufferedBytes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryBudget.of(256 * MIB, null, Long.MAX_VALUE, BODY))
        .withMessageContaining("storage.cacheBytes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryBudget.of(256 * MIB, null, null, 96 * MIB))
        .withMessageContainingAll("http.maxValueBytes", "96 MiB", "64 MiB", "432 MiB");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryBudget.of(40 * MIB, null, null, BODY))
        .withMessageContaining("-Xmx64m");
  }

  @Test
  void aHeapThatIsRaisedAsToldIsLargeEnough() {
    MemoryBudget budget = MemoryBudget.of(432 * MIB, null, null, 96 * MIB);
    assertThat(budget.bodyBytes()).isEqualTo(96 * MIB);
    assertThat(MemoryBudget.of(292 * MIB, 100 * MIB, 29 * MIB, BODY).bodyBytes())
        .isEqualTo(100 * MIB);
  }
}
