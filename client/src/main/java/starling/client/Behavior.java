package starling.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How calls are executed. Immutable: each method returns a changed copy. A quorum or a durability
 * that is not set here is the bucket's own.
 *
 * @param deadline the time for a call with all its attempts, from 1 ms to 60 s
 * @param attemptTimeout how long a node may stay silent before another node is asked as well; the
 *     first node's answer still counts
 * @param retries how often a call is tried
 * @param hedge which calls are sent to a second node when the first is slow
 * @param r replicas that must answer a read
 * @param w replicas that must have a write
 * @param pr primaries that must answer a read
 * @param pw primaries that must have a write
 * @param durability when a replica has a write
 */
public record Behavior(
    Duration deadline,
    Duration attemptTimeout,
    Retries retries,
    Hedge hedge,
    @Nullable Quorum r,
    @Nullable Quorum w,
    @Nullable Quorum pr,
    @Nullable Quorum pw,
    @Nullable Durability durability) {
  private static final Duration MAX_DEADLINE = Duration.ofSeconds(60);
  private static final Duration MIN_DEADLINE = Duration.ofMillis(1);

  /** A deadline of 3 s, safe retries, hedged reads. */
  public static final Behavior DEFAULT =
      new Behavior(
          Duration.ofSeconds(3),
          Duration.ofMillis(400),
          Retries.SAFE,
          Hedge.READS,
          null,
          null,
          null,
          null,
          null);

  /** For batch work: a deadline of 30 s, and 2 s before another node is asked. */
  public static final Behavior PATIENT =
      DEFAULT
          .deadline(Duration.ofSeconds(30))
          .attemptTimeout(Duration.ofSeconds(2))
          .retries(Retries.of(8, 0.1));

  /** For a person who waits: a deadline of 500 ms, and 100 ms before another node is asked. */
  public static final Behavior FAST =
      DEFAULT.deadline(Duration.ofMillis(500)).attemptTimeout(Duration.ofMillis(100));

  /** {@code @throws IllegalArgumentException} if a duration is out of range */
  public Behavior {
    requireWithin("deadline", deadline);
    requireWithin("attemptTimeout", attemptTimeout);
  }

  private static void requireWithin(String name, Duration value) {
    if (value.compareTo(MIN_DEADLINE) < 0 || value.compareTo(MAX_DEADLINE) > 0) {
      throw new IllegalArgumentException(name + " must be from 1 ms to 60 s, not " + value);
    }
  }

  public Behavior deadline(Duration value) {
    return new Behavior(value, attemptTimeout, retries, hedge, r, w, pr, pw, durability);
  }

  public Behavior attemptTimeout(Duration value) {
    return new Behavior(deadline, value, retries, hedge, r, w, pr, pw, durability);
  }

  public Behavior retries(Retries value) {
    return new Behavior(deadline, attemptTimeout, value, hedge, r, w, pr, pw, durability);
  }

  public Behavior hedge(Hedge value) {
    return new Behavior(deadline, attemptTimeout, retries, value, r, w, pr, pw, durability);
  }

  public Behavior r(Quorum value) {
    return new Behavior(deadline, attemptTimeout, retries, hedge, value, w, pr, pw, durability);
  }

  public Behavior w(Quorum value) {
    return new Behavior(deadline, attemptTimeout, retries, hedge, r, value, pr, pw, durability);
  }

  public Behavior pr(Quorum value) {
    return new Behavior(deadline, attemptTimeout, retries, hedge, r, w, value, pw, durability);
  }

  public Behavior pw(Quorum value) {
    return new Behavior(deadline, attemptTimeout, retries, hedge, r, w, pr, value, durability);
  }

  public Behavior durability(Durability value) {
    return new Behavior(deadline, attemptTimeout, retries, hedge, r, w, pr, pw, value);
  }
}
