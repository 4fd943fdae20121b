package starling.gossip.detector;

import java.util.function.Consumer;

/**
 * The intervals and limits of SWIM. All times in milliseconds.
 *
 * @param tickMillis how often {@code tick} is called; all deadlines are rounded up to it
 * @param intervalMillis each member probes one other per interval
 * @param directMillis how long a direct probe may take
 * @param indirectMillis how long the probes through helpers may take after that
 * @param helpers members that probe on behalf of another
 * @param suspicionMinMillis how long a suspicion lasts that enough members confirm. Too short kills
 *     members that are only slow, too long delays the knowledge of a death
 * @param suspicionMaxMillis how long a suspicion lasts that no other member confirms
 * @param confirmations independent confirmations that are enough
 * @param spreadMillis interval of packets that carry only updates, while there are any
 * @param spreadFanOut members that get them
 * @param retransmitFactor an update is sent this often, times the logarithm of the member count
 * @param syncMillis interval of the comparison of tables with one member
 * @param retentionSeconds how long a dead member stays in the table, and how long after that its
 *     incarnation stays known
 * @param maxHealth the worst score of local health; intervals and timeouts grow up to this many
 *     times plus one
 * @param hearingProbes about as many members probe a suspect because they hear of the suspicion
 * @param lifeguard whether a member that is late itself trusts its own suspicions less (Lifeguard);
 *     without, plain SWIM with the minimal suspicion time
 */
public record DetectorConfig(
    int tickMillis,
    int intervalMillis,
    int directMillis,
    int indirectMillis,
    int helpers,
    int suspicionMinMillis,
    int suspicionMaxMillis,
    int confirmations,
    int spreadMillis,
    int spreadFanOut,
    int retransmitFactor,
    int syncMillis,
    int retentionSeconds,
    int maxHealth,
    int hearingProbes,
    boolean lifeguard) {

  /** One machine, or loopback. */
  public static final DetectorConfig LOCAL =
      new DetectorConfig(
          50, 200, 100, 150, 3, 600, 1_200, 3, 100, 3, 4, 1_000, 24 * 3_600, 8, 10, true);

  /** One data centre: a death is known to all members within about 4 s. */
  public static final DetectorConfig LAN =
      new DetectorConfig(
          100, 500, 300, 400, 3, 1_500, 3_000, 3, 100, 3, 4, 2_000, 24 * 3_600, 8, 10, true);

  /** Between continents. */
  public static final DetectorConfig WAN =
      new DetectorConfig(
          200, 2_000, 1_200, 1_600, 3, 6_000, 18_000, 3, 400, 4, 4, 5_000, 24 * 3_600, 8, 10, true);

  public DetectorConfig {
    requireBetween("the interval of probes", intervalMillis, 100, 60_000);
    requireBetween("the tick", tickMillis, 1, intervalMillis / 2);
    requireBetween("the timeout of a direct probe", directMillis, tickMillis, intervalMillis);
    requireBetween("the timeout of an indirect probe", indirectMillis, tickMillis, 600_000);
    requireBetween("the number of helpers", helpers, 0, 16);
    requireBetween(
        "the shortest suspicion", suspicionMinMillis, directMillis + indirectMillis, 3_600_000);
    requireBetween("the longest suspicion", suspicionMaxMillis, suspicionMinMillis, 3_600_000);
    requireBetween("the number of confirmations", confirmations, 0, Update.MAX_ACCUSERS - 1);
    requireBetween("the interval of updates", spreadMillis, tickMillis, intervalMillis);
    requireBetween("the fan-out of updates", spreadFanOut, 1, 16);
    requireBetween("the factor of retransmission", retransmitFactor, 1, 16);
    requireBetween("the interval of comparisons", syncMillis, tickMillis, 600_000);
    requireBetween("the retention of the dead", retentionSeconds, 1, 30 * 24 * 3_600);
    requireBetween("the worst local health", maxHealth, 0, 64);
    requireBetween("the number of probes on hearing", hearingProbes, 0, 100);
  }

  /**
   * After so long a member from which nothing comes is known to be dead, unless all that probe it
   * hear others late: twice the time of an interval, a probe and the longest suspicion.
   */
  public int detectionMillis() {
    return 2 * (intervalMillis + directMillis + indirectMillis + suspicionMaxMillis);
  }

  /** The same without Lifeguard. */
  public DetectorConfig plain() {
    return with(draft -> draft.lifeguard = false);
  }

  /** The same with another retention of dead members. */
  public DetectorConfig withRetention(int seconds) {
    return with(draft -> draft.retentionSeconds = seconds);
  }

  /**
   * The same with another interval and time of direct probes; the time of probes through helpers
   * keeps its ratio to that, and suspicions become long enough for both.
   */
  public DetectorConfig withProbe(int interval, int direct) {
    return with(
        draft -> {
          draft.tickMillis = Math.max(1, Math.min(tickMillis, Math.min(interval / 2, direct)));
          draft.intervalMillis = interval;
          draft.directMillis = direct;
          draft.indirectMillis =
              Math.max(draft.tickMillis, (int) ((long) indirectMillis * direct / directMillis));
          draft.spreadMillis = Math.max(draft.tickMillis, Math.min(spreadMillis, interval));
          int probe = draft.directMillis + draft.indirectMillis;
          draft.suspicionMinMillis = Math.max(suspicionMinMillis, probe);
          draft.suspicionMaxMillis = Math.max(suspicionMaxMillis, draft.suspicionMinMillis);
        });
  }

  /** The same with another shortest suspicion; the longest keeps its ratio to that. */
  public DetectorConfig withSuspicion(int shortest) {
    return with(
        draft -> {
          draft.suspicionMaxMillis =
              (int) ((long) suspicionMaxMillis * shortest / suspicionMinMillis);
          draft.suspicionMinMillis = shortest;
        });
  }

  private DetectorConfig with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return new DetectorConfig(
        draft.tickMillis,
        draft.intervalMillis,
        draft.directMillis,
        draft.indirectMillis,
        helpers,
        draft.suspicionMinMillis,
        draft.suspicionMaxMillis,
        confirmations,
        draft.spreadMillis,
        spreadFanOut,
        retransmitFactor,
        syncMillis,
        draft.retentionSeconds,
        maxHealth,
        hearingProbes,
        draft.lifeguard);
  }

  /** What a copy may change. */
  private static final class Draft {
    int tickMillis;
    int intervalMillis;
    int directMillis;
    int indirectMillis;
    int suspicionMinMillis;
    int suspicionMaxMillis;
    int spreadMillis;
    int retentionSeconds;
    boolean lifeguard;

    Draft(DetectorConfig from) {
      tickMillis = from.tickMillis;
      intervalMillis = from.intervalMillis;
      directMillis = from.directMillis;
      indirectMillis = from.indirectMillis;
      suspicionMinMillis = from.suspicionMinMillis;
      suspicionMaxMillis = from.suspicionMaxMillis;
      spreadMillis = from.spreadMillis;
      retentionSeconds = from.retentionSeconds;
      lifeguard = from.lifeguard;
    }
  }

  private static void requireBetween(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " is " + value + ", allowed are " + least + " to " + most);
    }
  }
}
