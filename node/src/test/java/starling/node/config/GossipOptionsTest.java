package starling.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import starling.gossip.detector.DetectorConfig;

class GossipOptionsTest {
  private static DetectorConfig detection(
      GossipOptions.Preset preset,
      @Nullable Integer interval,
      @Nullable Integer probe,
      @Nullable Integer suspicion) {
    return new GossipOptions(preset, millis(interval), millis(probe), millis(suspicion))
        .detection();
  }

  private static @Nullable Duration millis(@Nullable Integer millis) {
    return millis == null ? null : Duration.ofMillis(millis);
  }

  @ParameterizedTest
  @EnumSource
  void whatTheOptionsAllowTheDetectorAllows(GossipOptions.Preset preset) {
    for (int interval : new int[] {100, 101, 333, 2_000, 59_999, 60_000}) {
      for (int probe : new int[] {50, 51, 99, 100, 301, interval - 1, interval}) {
        if (probe <= interval) {
          DetectorConfig times = detection(preset, interval, probe, null);
          int whole = times.directMillis() + times.indirectMillis();
          assertThat(detection(preset, interval, probe, whole).suspicionMinMillis())
              .isEqualTo(whole);
          assertThat(detection(preset, interval, probe, 600_000).suspicionMaxMillis())
              .isBetween(600_000, 1_800_000);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anOptionThatIsNotGivenFitsToThoseThatAre(GossipOptions.Preset preset) {
    assertThat(detection(preset, 100, null, null).directMillis()).isEqualTo(100);
    DetectorConfig slow = detection(preset, 60_000, 60_000, null);
    assertThat(slow.suspicionMinMillis())
        .isEqualTo(slow.directMillis() + slow.indirectMillis())
        .isGreaterThan(100_000);
  }

  /** A node ticks every 50 ms: a detector that expects shorter ticks takes each for a pause. */
  @ParameterizedTest
  @EnumSource
  void noDetectorTicksFasterThanANode(GossipOptions.Preset preset) {
    assertThat(detection(preset, 100, 50, null).tickMillis()).isEqualTo(50);
    assertThatThrownBy(() -> detection(preset, 100, 49, null))
        .hasMessage(
            "gossip.probeTimeout must be from 50ms to gossip.interval, which is 100ms, but is 49ms");
  }
}
