package starling.node.runtime.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import starling.node.storage.Log2Counts;

class MetricsTest {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final Metrics metrics = new Metrics();

  @AfterEach
  void close() {
    metrics.close();
  }

  private String scraped() {
    metrics.refresh();
    return metrics.scrape(TEXT);
  }

  @Test
  void aHistogramIsPublishedInSecondsWithCumulativeBuckets() {
    Histogram histogram =
        metrics.seconds("a_seconds", "words", new long[] {250_000, 1_000_000_000}, "op", "get");
    histogram.record(250_000);
    histogram.record(250_001);
    histogram.record(1_000_000_000);
    histogram.record(3_000_000_000L);
    assertThat(scraped())
        .contains(
            """
            # HELP a_seconds words
            # TYPE a_seconds histogram
            a_seconds_bucket{op="get",le="2.5E-4"} 1
            a_seconds_bucket{op="get",le="1.0"} 3
            a_seconds_bucket{op="get",le="+Inf"} 4
            a_seconds_count{op="get"} 4
            a_seconds_sum{op="get"} 4.000500001
            """);
  }

  @Test
  void aHistogramByPowersOfTwoKeepsItsCountsWhenOuterBucketsArePutTogether() {
    Log2Counts counts = new Log2Counts(List.of(1L, 2L, 3L, 4L, 5L), 77);
    HistogramReading reading = HistogramReading.of(counts, 1, 2, 3);
    assertThat(reading.upperBounds()).containsExactly(3, 7, Double.POSITIVE_INFINITY);
    assertThat(reading.counts()).containsExactly(6, 4, 5);
    assertThat(reading.sum()).isEqualTo(77);
  }

  /** A scrape runs on another thread than the one that owns the values. */
  @Test
  void aScrapeShowsTheValuesOfTheLastRefresh() {
    AtomicLong value = new AtomicLong(1);
    metrics.gauge("a", "words", value::get);
    metrics.counter("b_total", "words", value::get, "x", "y");
    metrics.beforeRefresh(value::incrementAndGet);
    assertThat(scraped()).contains("\na 2.0\n").contains("\nb_total{x=\"y\"} 2.0\n");
    value.set(9);
    assertThat(metrics.scrape(TEXT)).contains("\na 2.0\n");
    assertThat(scraped()).contains("\na 10.0\n");
  }

  @Test
  void theMetricsOfTheJvmAreWellFormedToo() {
    metrics.gauge("a", "words", () -> 1);
    Exposition exposition = new Exposition(scraped());
    assertThat(exposition.problems()).isEmpty();
    assertThat(exposition.families())
        .containsKeys("jvm_memory_used_bytes", "process_cpu_seconds_total", "system_cpus");
  }

  @Test
  void namesThatCannotBeAreRejected() {
    assertThatIllegalArgumentException().isThrownBy(() -> metrics.counter("a", "words", () -> 1));
    metrics.gauge("a", "words", () -> 1);
    assertThatIllegalArgumentException().isThrownBy(() -> metrics.gauge("a", "others", () -> 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> metrics.seconds("a", "words", new long[] {1}));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> metrics.seconds("b", "words", new long[] {2, 2}));
  }
}
