package starling.sim;

/**
 * How badly a link behaves. A message takes {@code minDelayNanos} and an exponential time of mean
 * {@code meanExtraDelayNanos} more.
 *
 * @param loss probability that a datagram is lost, or that a connection breaks at a message
 * @param duplicate probability that a datagram arrives twice (connections never do that)
 * @param reorder probability that a datagram is held back for another five mean delays
 * @param clog probability that the link is blocked for a while, in order, at a message
 * @param clogNanos mean time that a link is blocked
 * @param deliveredButBroken probability that a message arrives although its sender is told that the
 *     connection broke
 */
public record NetworkFaults(
    long minDelayNanos,
    long meanExtraDelayNanos,
    double loss,
    double duplicate,
    double reorder,
    double clog,
    long clogNanos,
    double deliveredButBroken) {

  private static final long MILLI = 1_000_000;

  /** Half a millisecond and no faults. */
  public static final NetworkFaults NONE = new NetworkFaults(300_000, 200_000, 0, 0, 0, 0, 0, 0);

  /** The faults of one run: each kind is on or off, and how strong is drawn too. */
  public static NetworkFaults swarm(SplitMix random) {
    long min = random.nextLong(50_000, 5 * MILLI);
    long extra = random.chance(0.5) ? MILLI : random.nextLong(MILLI, 60 * MILLI);
    double loss = rate(random, 0.10);
    double duplicate = rate(random, 0.20);
    double reorder = rate(random, 0.20);
    double clog = rate(random, 0.002);
    long clogNanos = random.nextLong(50 * MILLI, 2_000 * MILLI);
    double broken = rate(random, 0.02);
    return new NetworkFaults(min, extra, loss, duplicate, reorder, clog, clogNanos, broken);
  }

  public NetworkFaults withLoss(double probability) {
    return new NetworkFaults(
        minDelayNanos,
        meanExtraDelayNanos,
        probability,
        duplicate,
        reorder,
        clog,
        clogNanos,
        deliveredButBroken);
  }

  public NetworkFaults withDelay(long minNanos, long meanExtraNanos) {
    return new NetworkFaults(
        minNanos, meanExtraNanos, loss, duplicate, reorder, clog, clogNanos, deliveredButBroken);
  }

  private static double rate(SplitMix random, double most) {
    boolean on = random.nextBoolean();
    double drawn = random.nextDouble() * most;
    return on ? drawn : 0;
  }
}
