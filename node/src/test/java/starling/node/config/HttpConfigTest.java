package starling.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Values that cannot be are refused when the record is made, by the name of their option. */
class HttpConfigTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void aBodyMayBeHalfAsLargeAgainAsAValue() {
    assertThat(HttpConfig.DEFAULT.maxBodyBytes()).isEqualTo((1 << 20) + (1 << 19));
  }

  @Test
  void theBase64OfTheLargestValueFitsWithTheLongestContext() {
    int context = 2048;
    for (int value = 1; value <= HttpConfig.LARGEST_VALUE; value = 3 * value / 2 + 1) {
      HttpConfig d = HttpConfig.DEFAULT;
      HttpConfig config =
          new HttpConfig(
              "h",
              1,
              null,
              value,
              d.idleTimeout(),
              d.idleTimeout(),
              1,
              1,
              1L << 30,
              d.corsOrigins());
      assertThat(config.maxBodyBytes())
          .as("body of a value of " + value)
          .isGreaterThan((value + 2) / 3 * 4 + 6 * context + 1024);
    }
  }

  @Test
  void badValuesAreRefusedByName() {
    refused("http.host", "", 1, 1024, MINUTE, 1, 1 << 20, List.of());
    refused("http.port", "h", 65_536, 1024, MINUTE, 1, 1 << 20, List.of());
    refused("http.maxValueBytes", "h", 1, 0, MINUTE, 1, 1 << 20, List.of());
    refused("http.maxValueBytes", "h", 1, 65 << 20, MINUTE, 1, 1 << 30, List.of());
    refused("http.idleTimeout", "h", 1, 1024, Duration.ofMillis(99), 1, 1 << 20, List.of());
    refused("http.maxConnections", "h", 1, 1024, MINUTE, -1, 1 << 20, List.of());
    refused("http.maxBufferedBytes", "h", 1, 1 << 20, MINUTE, 1, 1 << 20, List.of());
    refused("http.cors.origins", "h", 1, 1024, MINUTE, 1, 1 << 20, List.of("a.example"));
  }

  private static void refused(
      String option,
      String host,
      int port,
      int maxValueBytes,
      Duration idle,
      int maxConnections,
      long maxBufferedBytes,
      List<String> origins) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new HttpConfig(
                    host,
                    port,
                    null,
                    maxValueBytes,
                    idle,
                    MINUTE,
                    maxConnections,
                    10,
                    maxBufferedBytes,
                    origins))
        .withMessageStartingWith(option);
  }
}
