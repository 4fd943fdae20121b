package starling.node.runtime.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The checks of {@code /metrics} find what they are for. */
class ExpositionTest {
  private static List<String> problems(String... lines) {
    return new Exposition(String.join("\n", lines) + "\n").problems();
  }

  @Test
  void aCleanTextHasNoProblems() {
    assertThat(
            problems(
                "# HELP a_total words",
                "# TYPE a_total counter",
                "a_total{x=\"1\"} 3.0",
                "# HELP b_seconds words",
                "# TYPE b_seconds histogram",
                "b_seconds_bucket{le=\"0.1\"} 1",
                "b_seconds_bucket{le=\"+Inf\"} 2",
                "b_seconds_count 2",
                "b_seconds_sum 0.4"))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "a_milliseconds, gauge, base unit",
    "a_ns_total, counter, base unit",
    "a_percent, gauge, base unit",
    "a_seconds, counter, without _total",
    "a_total, gauge, is a gauge",
    "a_count, gauge, ending of a part",
    "camelCase, gauge, capitals",
  })
  void aNameThatMisleadsIsFound(String name, String type, String problem) {
    assertThat(problems("# HELP " + name + " words", "# TYPE " + name + " " + type, name + " 1"))
        .singleElement()
        .asString()
        .contains(problem);
  }

  @Test
  void whatIsMissingOrDoubleIsFound() {
    assertThat(problems("# TYPE a gauge", "a 1")).containsExactly("a has no HELP");
    assertThat(problems("a 1")).containsExactly("a has no TYPE");
    assertThat(problems("# HELP a words", "# TYPE a gauge", "a 1", "a 2"))
        .containsExactly("a stands there twice");
    assertThat(problems("# HELP a words", "# TYPE a gauge")).containsExactly("a has no series");
    assertThat(problems("# HELP a words", "# TYPE a gauge", "a one 1"))
        .contains("not a sample: a one 1");
  }

  @Test
  void aCounterWithTheLabelOfAHistogramIsFound() {
    assertThat(problems("# HELP a_total w", "# TYPE a_total counter", "a_total{le=\"1.0\"} 1"))
        .containsExactly("a_total is no histogram, but has a label le");
  }

  @Test
  void bucketsThatDoNotAddUpAreFound() {
    assertThat(
            problems(
                "# HELP a w",
                "# TYPE a histogram",
                "a_bucket{le=\"1.0\"} 3",
                "a_bucket{le=\"+Inf\"} 2",
                "a_count 2",
                "a_sum 1"))
        .singleElement()
        .asString()
        .contains("counts less");
    assertThat(
            problems(
                "# HELP a w",
                "# TYPE a histogram",
                "a_bucket{x=\"y\",le=\"+Inf\"} 2",
                "a_count{x=\"y\"} 3",
                "a_sum{x=\"y\"} 1"))
        .containsExactly("a has other counts than its buckets of +Inf");
  }

  @Test
  void tooManySeriesAreFound() {
    StringBuilder text = new StringBuilder("# HELP a w\n# TYPE a gauge\n");
    for (int i = 0; i <= Exposition.MAX_SERIES; i++) {
      text.append("a{x=\"").append(i).append("\"} 1\n");
    }
    assertThat(problems(text.toString())).singleElement().asString().contains("2501 series");
  }
}
