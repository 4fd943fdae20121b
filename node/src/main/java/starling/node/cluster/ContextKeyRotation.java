package starling.node.cluster;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.port.Clock;
import starling.node.port.Randomness;
import starling.node.version.ContextKeys;

/**
 * Adds a key for the signatures of contexts when the present one is old, and drops expired ones.
 */
final class ContextKeyRotation {
  private static final Logger log = LoggerFactory.getLogger(ContextKeyRotation.class);

  private static final long PAUSE_MILLIS = 60_000;

  /** Nodes check at different times, so that mostly one of them adds the next key. */
  private static final int JITTER_MILLIS = 600_000;

  private final Clock clock;
  private final Randomness randomness;
  private long nextMillis;

  ContextKeyRotation(Clock clock, Randomness randomness) {
    this.clock = clock;
    this.randomness = randomness;
  }

  /** The keys to publish, or null if none is due. */
  byte @Nullable [] due(byte @Nullable [] present) {
    long wall = clock.wallMillis();
    if (present == null || wall < nextMillis) {
      return null;
    }
    nextMillis = wall + PAUSE_MILLIS + randomness.choice().nextInt(JITTER_MILLIS);
    ContextKeys keys = ContextKeys.decode(present, 0);
    if (!keys.renewalDue(wall)) {
      return null;
    }
    log.info("adding a key for the signatures of contexts");
    return keys.withNew(randomness.identity(), wall).pruned(wall).encode();
  }
}
