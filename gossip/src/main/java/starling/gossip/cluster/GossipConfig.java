package starling.gossip.cluster;

import starling.gossip.detector.DetectorConfig;

/**
 * The intervals and limits of gossip. All times in milliseconds.
 *
 * @param clusterName nodes of another cluster name are rejected
 * @param sealed whether all datagrams are authenticated, with the keys of {@link Gossip#packetKeys}
 * @param detection the intervals of the failure detector, which has the interval of {@code tick}
 * @param hotRoundMillis interval of rounds while members join. Too low costs messages, too high
 *     delays joining
 * @param roundMillis interval of rounds in quiet times
 * @param hotMillis how long rounds stay quick after a start or a new member
 * @param fanOut members whose facts are compared per round, and that get an update. 1 spreads
 *     slowly, many cost messages
 * @param pauseMillis a gap between two ticks of at least this length counts as a process pause
 * @param seedSilenceMillis silence after which a seed no longer delays a founding
 * @param pushBytes facts up to this size are pushed with an update; peers ask for longer ones
 */
public record GossipConfig(
    String clusterName,
    boolean sealed,
    DetectorConfig detection,
    int hotRoundMillis,
    int roundMillis,
    int hotMillis,
    int fanOut,
    int pauseMillis,
    int seedSilenceMillis,
    int pushBytes) {

  public static final int MAX_CLUSTER_NAME_CHARS = 128;

  public GossipConfig {
    if (clusterName.isEmpty() || clusterName.length() > MAX_CLUSTER_NAME_CHARS) {
      throw new IllegalArgumentException(
          "a cluster name has 1 to " + MAX_CLUSTER_NAME_CHARS + " characters");
    }
    requireBetween("hotRoundMillis", hotRoundMillis, 1, 10_000);
    requireBetween("roundMillis", roundMillis, hotRoundMillis, 60_000);
    requireBetween("hotMillis", hotMillis, 0, 600_000);
    requireBetween("fanOut", fanOut, 1, 100);
    requireBetween("pauseMillis", pauseMillis, 2 * detection.tickMillis(), 3_600_000);
    requireBetween("seedSilenceMillis", seedSilenceMillis, 0, 3_600_000);
    requireBetween("pushBytes", pushBytes, 0, FactTable.MAX_VALUE_BYTES);
  }

  /** The defaults of a node, whose datagrams are sealed. */
  public static GossipConfig sealed(String clusterName, DetectorConfig detection) {
    return of(clusterName, true, detection);
  }

  /** The same without authentication, where no other program can send datagrams. */
  public static GossipConfig of(String clusterName, DetectorConfig detection) {
    return of(clusterName, false, detection);
  }

  private static GossipConfig of(String clusterName, boolean sealed, DetectorConfig detection) {
    int pauseMillis = Math.max(1_500, 2 * detection.tickMillis());
    return new GossipConfig(
        clusterName, sealed, detection, 200, 1_000, 5_000, 3, pauseMillis, 10_000, 64 << 10);
  }

  private static void requireBetween(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " is " + value + ", allowed are " + least + " to " + most);
    }
  }
}
