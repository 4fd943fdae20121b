package starling.client;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What holds for the requests of a bucket that say nothing else.
 *
 * @param n how many replicas store each key
 * @param r replicas that must answer a read
 * @param w replicas that must have a write
 * @param pr primaries that must answer a read
 * @param pw primaries that must have a write
 * @param durability when a replica has a write
 * @param timeout how long a request may take in a node
 * @param conflict how concurrent writes are resolved
 * @param timeToLive after which values expire; null if they do not
 */
public record BucketProperties(
    int n,
    Quorum r,
    Quorum w,
    Quorum pr,
    Quorum pw,
    Durability durability,
    Duration timeout,
    Conflict conflict,
    @Nullable Duration timeToLive) {
  /** How concurrent writes are resolved. */
  public enum Conflict {
    /** All stay as siblings, until a write that has seen them replaces them. */
    SIBLINGS,
    /** One stays, the others are dropped. */
    LWW
  }

  /** After which values expire, if they do. */
  public Optional<Duration> ttl() {
    return Optional.ofNullable(timeToLive);
  }
}
