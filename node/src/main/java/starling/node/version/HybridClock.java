package starling.node.version;

/**
 * Gives the counters of a node's events: wall milliseconds shifted by 16 bits, or one more than the
 * highest known where that is not enough (Kulkarni and others, "Logical physical clocks"). Received
 * counters are merged, so a causally later event has a higher counter. A counter serves as an order
 * only; no deadline or age depends on it. One owner; time is an argument.
 *
 * <ol>
 *   <li>A counter given is above every counter given before, in this process and in all earlier
 *       ones: it is below the lease, which was durable first, and a new process begins at the lease
 *       of the last.
 *   <li>It is above everything observed and above the floor named with the request.
 *   <li>No counter is beyond {@link #MAX_COUNTER}, the year 3000: such a number comes from a fault
 *       or an attacker, and the decoder rejects it before it can be merged.
 * </ol>
 */
public final class HybridClock {
  /** Bits below the milliseconds: events within one of them. */
  public static final int LOGICAL_BITS = 16;

  /** The first millisecond of the year 3000. */
  private static final long END_MILLIS = 32_503_680_000_000L;

  /** The highest counter there is. */
  public static final long MAX_COUNTER = (END_MILLIS << LOGICAL_BITS) - 1;

  /** The answer of {@link #next} where the lease must be renewed first. */
  public static final long NO_LEASE = 0;

  private final long leaseSpan;
  private final long farAheadSpan;

  /** The highest counter given or observed. */
  private long highest;

  /** All counters given are below it; durable. */
  private long lease;

  /** The lease that was asked for and was not denied. */
  private long asked;

  /** The highest lease that was ever asked for. */
  private long highestAsked;

  /** The highest counter that was denied for lack of a lease. */
  private long wanted;

  private long wallMillis;
  private long farAhead;

  /**
   * @param durableLease the lease that the last process left on disk; 0 for none
   * @param leaseMillis how far ahead a lease reaches: shorter means more writes of it, longer means
   *     that counters run further ahead of the wall clock after a crash
   * @param farAheadMillis how far ahead of the wall clock a received counter counts as skew
   */
  public HybridClock(long durableLease, long leaseMillis, long farAheadMillis) {
    if (durableLease < 0 || durableLease > MAX_COUNTER + 1) {
      throw new IllegalArgumentException("a lease up to " + durableLease);
    }
    if (leaseMillis < 1 || leaseMillis > END_MILLIS || farAheadMillis < 0) {
      throw new IllegalArgumentException(
          "a lease of " + leaseMillis + " ms, far ahead from " + farAheadMillis + " ms");
    }
    this.leaseSpan = leaseMillis << LOGICAL_BITS;
    this.farAheadSpan = Math.min(farAheadMillis, END_MILLIS) << LOGICAL_BITS;
    this.lease = durableLease;
    this.asked = durableLease;
    this.highest = Math.max(0, durableLease - 1);
  }

  /**
   * A counter above the floor and everything known, or {@link #NO_LEASE} if it would reach the
   * lease: then {@link #leaseNeeded} says what must be made durable before this is asked again.
   *
   * @param floor the highest counter in the set, the context and anything reported to this write
   * @throws IllegalStateException if the counters are used up, which only a broken clock causes
   */
  public long next(long floor, long nowWallMillis) {
    wallMillis = Math.max(wallMillis, nowWallMillis);
    long known = Math.max(highest, floor);
    if (known >= MAX_COUNTER) {
      throw new IllegalStateException(
          "no counter above " + known + " is left: a clock of this cluster shows the year 3000");
    }
    long counter = Math.max(known + 1, atWall(nowWallMillis));
    if (counter >= lease) {
      wanted = Math.max(wanted, counter);
      return NO_LEASE;
    }
    highest = counter;
    return counter;
  }

  /**
   * Merges a counter that came with a frame, a set, a context or a report. It asks for no lease: a
   * counter that reaches beyond the lease is one of those that {@link #leaseNeeded} looks at.
   */
  public void observe(long counter, long nowWallMillis) {
    if (counter < 0 || counter > MAX_COUNTER) {
      throw new IllegalArgumentException("no clock gives the counter " + counter);
    }
    if (counter <= highest) {
      return;
    }
    highest = counter;
    wallMillis = Math.max(wallMillis, nowWallMillis);
    if (wallMillis > 0 && counter - atWall(wallMillis) > farAheadSpan) {
      farAhead++;
    }
  }

  /**
   * The lease that should be made durable now and then granted, or 0 if none is due: at most half
   * of the present one is left, or a counter was denied for lack of it. To be asked at every tick
   * and after {@link #NO_LEASE}; it names each lease once.
   */
  public long leaseNeeded(long nowWallMillis) {
    wallMillis = Math.max(wallMillis, nowWallMillis);
    long used = Math.max(Math.max(highest, wanted), atWall(nowWallMillis));
    if (asked - used > leaseSpan / 2 || asked > MAX_COUNTER) {
      return 0;
    }
    asked = Math.min(used + leaseSpan, MAX_COUNTER + 1);
    highestAsked = Math.max(highestAsked, asked);
    return asked;
  }

  /** The lease up to here is durable. */
  public void leaseGranted(long upTo) {
    if (upTo > highestAsked) {
      throw new IllegalArgumentException("granted up to " + upTo + ", asked for " + highestAsked);
    }
    asked = Math.max(asked, upTo);
    lease = Math.max(lease, upTo);
  }

  /** The lease up to here could not be made durable: unless more was asked for, it is again. */
  public void leaseDenied(long upTo) {
    if (asked == upTo) {
      asked = lease;
    }
  }

  /**
   * The counter in frames to other nodes: the highest counter given or observed, or the wall time
   * where that is higher. A node that merges it gives counters above all that this clock has given,
   * and is no further behind it than the frame was on its way.
   */
  public long reading(long nowWallMillis) {
    return Math.max(highest, atWall(nowWallMillis));
  }

  /** The highest counter given or observed. */
  public long highest() {
    return highest;
  }

  /** How many received counters raised this clock from far ahead of the wall clock. */
  public long farAhead() {
    return farAhead;
  }

  /** Milliseconds by which the counters are ahead of this wall time; 0 if they are not. */
  public long aheadMillis(long nowWallMillis) {
    return Math.max(0, (highest >>> LOGICAL_BITS) - nowWallMillis);
  }

  /** The wall milliseconds in a counter, for people to read. */
  public static long millisOf(long counter) {
    return counter >>> LOGICAL_BITS;
  }

  /** A wall clock out of bounds is ignored: the counter goes on from the known one. */
  private static long atWall(long millis) {
    return millis <= 0 || millis >= END_MILLIS ? 0 : millis << LOGICAL_BITS;
  }

  /**
   * @throws MalformedException if no clock gives this counter
   */
  static long requirePossible(long counter, String what) {
    if (counter < 1 || counter > MAX_COUNTER) {
      throw new MalformedException(what + " is " + counter + ", which no clock gives");
    }
    return counter;
  }
}
