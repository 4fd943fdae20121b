package starling.gossip;

/**
 * The intervals and limits of gossip. All times in milliseconds.
 *
 * @param clusterName nodes of another cluster name are rejected
 * @param tickMillis interval of {@code tick}; also the interval of rounds while members change. Too
 *     low costs messages, too high delays joining
 * @param roundMillis interval of rounds in quiet times
 * @param hotMillis how long rounds stay quick after a start or a change of members
 * @param fanOut members contacted per round, and per update. 1 spreads slowly, many cost messages
 * @param suspectMillis silence after which a member is suspect, for up to seven members; grows with
 *     the logarithm of their number. Too low suspects members that are merely slow
 * @param deadMillis further silence after which it is dead; grows alike
 * @param pauseMillis a gap between two ticks of at least this length counts as a process pause
 * @param seedSilenceMillis silence after which a seed no longer delays a founding
 * @param pushBytes facts up to this size are pushed with an update; peers ask for longer ones
 */
public record GossipConfig(
    String clusterName,
    int tickMillis,
    int roundMillis,
    int hotMillis,
    int fanOut,
    int suspectMillis,
    int deadMillis,
    int pauseMillis,
    int seedSilenceMillis,
    int pushBytes) {

  public static final int MAX_CLUSTER_NAME_CHARS = 128;

  public GossipConfig {
    if (clusterName.isEmpty() || clusterName.length() > MAX_CLUSTER_NAME_CHARS) {
      throw new IllegalArgumentException(
          "a cluster name has 1 to " + MAX_CLUSTER_NAME_CHARS + " characters");
    }
    requireBetween("tickMillis", tickMillis, 1, 10_000);
    requireBetween("roundMillis", roundMillis, tickMillis, 60_000);
    requireBetween("hotMillis", hotMillis, 0, 600_000);
    requireBetween("fanOut", fanOut, 1, 100);
    requireBetween("suspectMillis", suspectMillis, 2 * roundMillis, 3_600_000);
    requireBetween("deadMillis", deadMillis, roundMillis, 3_600_000);
    requireBetween("pauseMillis", pauseMillis, 2 * tickMillis, suspectMillis);
    requireBetween("seedSilenceMillis", seedSilenceMillis, 0, 3_600_000);
    requireBetween("pushBytes", pushBytes, 0, FactTable.MAX_VALUE_BYTES);
  }

  /** The defaults of a node. */
  public static GossipConfig of(String clusterName) {
    return new GossipConfig(
        clusterName, 200, 1_000, 5_000, 3, 3_000, 6_000, 1_500, 10_000, 64 << 10);
  }

  private static void requireBetween(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " is " + value + ", allowed are " + least + " to " + most);
    }
  }
}
