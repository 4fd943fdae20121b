package starling.loadgen.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import starling.loadgen.workload.Operations.Operation;

class WorkloadTest {
  private static final int MANY = 100_000;

  private static Operations operations(Workload workload, KeyDistribution distribution) {
    return new Operations(workload, distribution, 1000, 100, 7);
  }

  private static Map<Long, Integer> counts(KeyDistribution distribution) {
    Operations operations = operations(Workload.C, distribution);
    Map<Long, Integer> counts = new HashMap<>();
    for (int i = 0; i < MANY; i++) {
      counts.merge(operations.next().record(), 1, Integer::sum);
    }
    return counts;
  }

  @ParameterizedTest
  @EnumSource(Workload.class)
  void eachWorkloadHasItsShareOfReads(Workload workload) {
    Map<Workload, Double> reads =
        Map.of(
            Workload.A, 0.5, Workload.B, 0.95, Workload.C, 1.0, Workload.D, 0.95, Workload.F, 0.5);
    Operations operations = operations(workload, workload.distribution());
    int count = 0;
    for (int i = 0; i < MANY; i++) {
      Operation next = operations.next();
      assertThat(workload.kinds()).contains(next.kind());
      assertThat(next.value()).hasSize(next.kind() == OperationKind.READ ? 0 : 100);
      count += next.kind() == OperationKind.READ ? 1 : 0;
    }
    assertThat(count / (double) MANY).isCloseTo(reads.get(workload), within(0.01));
  }

  @Test
  void ranksHaveTheFrequenciesOfZipf() {
    Zipfian zipfian = new Zipfian();
    SplittableRandom random = new SplittableRandom(3);
    int[] counts = new int[100];
    for (int i = 0; i < 10 * MANY; i++) {
      counts[(int) zipfian.next(random, 100)]++;
    }
    double zeta = 0;
    for (int k = 1; k <= 100; k++) {
      zeta += 1 / Math.pow(k, 0.99);
    }
    // The algorithm is exact for the first two ranks, and near it for the others.
    for (int rank : new int[] {0, 1, 2, 9, 49}) {
      double expected = 1 / Math.pow(rank + 1, 0.99) / zeta;
      assertThat(counts[rank] / (10.0 * MANY))
          .as("rank %d", rank)
          .isCloseTo(expected, within((rank < 2 ? 0.02 : 0.25) * expected));
    }
  }

  @Test
  void aGrowingNumberOfRanksIsTheSameAsThatManyFromTheStart() {
    Zipfian grown = new Zipfian();
    grown.next(new SplittableRandom(1), 10);
    Zipfian whole = new Zipfian();
    SplittableRandom one = new SplittableRandom(5);
    SplittableRandom other = new SplittableRandom(5);
    for (int i = 0; i < 1000; i++) {
      assertThat(grown.next(one, 500)).isEqualTo(whole.next(other, 500)).isBetween(0L, 499L);
    }
  }

  @ParameterizedTest
  @EnumSource(KeyDistribution.class)
  void oneRecordAndTwoAreChosenFrom(KeyDistribution distribution) {
    SplittableRandom random = new SplittableRandom(1);
    KeyChooser chooser = distribution.chooser();
    for (int i = 0; i < 100; i++) {
      assertThat(chooser.next(random, 1)).isZero();
    }
    for (int i = 0; i < 100; i++) {
      assertThat(chooser.next(random, 2)).isBetween(0L, 1L);
    }
  }

  @Test
  void zipfianHasItsHotRecordsAnywhereAndUniformHasNone() {
    Map<Long, Integer> zipfian = counts(KeyDistribution.ZIPFIAN);
    // 1 / zeta of ten billion ranks is 3.8 %, and FNV-1 of rank 0 is always the same record.
    long hottest = Zipfian.scatter(0) % 1000;
    assertThat(zipfian.get(hottest) / (double) MANY).isCloseTo(0.038, within(0.004));
    assertThat(hottest).isNotZero();
    assertThat(counts(KeyDistribution.UNIFORM).values())
        .hasSize(1000)
        .allMatch(count -> count > 50 && count < 160);
  }

  @Test
  void latestReadsWhatWasInsertedLastAndOnlyWhatIsThere() {
    Operations operations = operations(Workload.D, KeyDistribution.LATEST);
    long limit = 1000;
    long newest = 0;
    for (int i = 0; i < MANY; i++) {
      Operation next = operations.next();
      if (next.kind() == OperationKind.INSERT) {
        assertThat(next.record()).isEqualTo(limit);
        operations.ended(next);
        limit++;
      } else {
        assertThat(next.record()).isLessThan(limit);
        newest += next.record() >= limit - 100 ? 1 : 0;
      }
    }
    assertThat(newest).isGreaterThan(MANY / 2);
  }

  @Test
  void anInsertCountsOnceAllBeforeItHaveEnded() {
    Records records = new Records(5);
    long a = records.begin();
    long b = records.begin();
    records.ended(b);
    assertThat(records.limit()).isEqualTo(5);
    records.ended(a);
    assertThat(records.limit()).isEqualTo(7);
  }

  @Test
  void valuesAreAsManyBytesInJson() {
    String value = operations(Workload.A, KeyDistribution.UNIFORM).load(1).value();
    assertThat(value.getBytes(StandardCharsets.UTF_8)).hasSize(100);
    assertThat(value).doesNotContain("\"", "\\");
  }
}
