package starling.node.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import starling.gossip.detector.DetectorConfig;

/**
 * How a node finds out which members are alive.
 *
 * @param preset where the members are, which gives the defaults of the other options
 * @param interval each member probes one other per interval; null for the preset's
 * @param probeTimeout how long a direct probe may take; null for the preset's, at most the interval
 * @param suspicion how long a suspicion lasts that other members confirm, before the member counts
 *     as dead; null for the preset's, at least the time of a probe with that through other members
 */
public record GossipOptions(
    Preset preset,
    @Nullable Duration interval,
    @Nullable Duration probeTimeout,
    @Nullable Duration suspicion) {
  private static final long MIN_INTERVAL_MILLIS = 100;
  private static final long MAX_INTERVAL_MILLIS = 60_000;

  /**
   * The interval of a node's ticks. A detector that expects shorter ones takes each for a pause of
   * its process, and a process that pauses all the time suspects no member.
   */
  private static final long MIN_PROBE_MILLIS = 50;

  private static final long MAX_SUSPICION_MILLIS = 600_000;

  /** Where the members are. */
  public enum Preset {
    /** One machine. */
    LOCAL,
    /** One data centre. */
    LAN,
    /** Several continents. */
    WAN;

    private DetectorConfig config() {
      return switch (this) {
        case LOCAL -> DetectorConfig.LOCAL;
        case LAN -> DetectorConfig.LAN;
        case WAN -> DetectorConfig.WAN;
      };
    }
  }

  /** The preset of one data centre. */
  public static final GossipOptions DEFAULT = new GossipOptions(Preset.LAN, null, null, null);

  public GossipOptions {
    long intervalMillis = millis(interval, preset.config().intervalMillis());
    require(
        intervalMillis >= MIN_INTERVAL_MILLIS && intervalMillis <= MAX_INTERVAL_MILLIS,
        "gossip.interval must be from 100ms to 60s, but is " + intervalMillis + "ms");
    long probeMillis = probeMillis(preset, intervalMillis, probeTimeout);
    require(
        probeMillis >= MIN_PROBE_MILLIS && probeMillis <= intervalMillis,
        "gossip.probeTimeout must be from "
            + MIN_PROBE_MILLIS
            + "ms to gossip.interval, which is "
            + intervalMillis
            + "ms, but is "
            + probeMillis
            + "ms");
    DetectorConfig times = preset.config().withProbe((int) intervalMillis, (int) probeMillis);
    int wholeMillis = times.directMillis() + times.indirectMillis();
    long suspicionMillis = millis(suspicion, times.suspicionMinMillis());
    require(
        suspicionMillis >= wholeMillis && suspicionMillis <= MAX_SUSPICION_MILLIS,
        "gossip.suspicion must be from "
            + wholeMillis
            + "ms, the time of a probe with that through other members, to 10m, but is "
            + suspicionMillis
            + "ms");
  }

  /** The configuration of the failure detector. */
  public DetectorConfig detection() {
    long intervalMillis = millis(interval, preset.config().intervalMillis());
    long probeMillis = probeMillis(preset, intervalMillis, probeTimeout);
    DetectorConfig times = preset.config().withProbe((int) intervalMillis, (int) probeMillis);
    return times.withSuspicion((int) millis(suspicion, times.suspicionMinMillis()));
  }

  private static long probeMillis(
      Preset preset, long intervalMillis, @Nullable Duration probeTimeout) {
    return millis(probeTimeout, Math.min(preset.config().directMillis(), intervalMillis));
  }

  private static long millis(@Nullable Duration given, long otherwise) {
    return given == null ? otherwise : given.toMillis();
  }

  private static void require(boolean holds, String words) {
    if (!holds) {
      throw new IllegalArgumentException(words);
    }
  }
}
