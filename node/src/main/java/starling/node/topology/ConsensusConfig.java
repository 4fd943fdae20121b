package starling.node.topology;

/**
 * The intervals of {@link RingConsensus}.
 *
 * @param resendMillis after this time a proposer asks silent voters again, and a node asks another
 *     peer for missing records. Too short repeats messages that were only slow, too long delays a
 *     record after a loss
 * @param backoffMillis the longest pause of a proposer that was outbid; the pause is random, so
 *     that two proposers do not outbid each other for ever
 */
public record ConsensusConfig(int resendMillis, int backoffMillis) {
  public static final ConsensusConfig DEFAULT = new ConsensusConfig(250, 200);

  public ConsensusConfig {
    if (resendMillis < 1 || resendMillis > 60_000 || backoffMillis < 1 || backoffMillis > 60_000) {
      throw new IllegalArgumentException(
          "resend " + resendMillis + " ms, backoff " + backoffMillis + " ms; 1 to 60000");
    }
  }

  long resendNanos() {
    return resendMillis * 1_000_000L;
  }

  long backoffNanos() {
    return backoffMillis * 1_000_000L;
  }
}
