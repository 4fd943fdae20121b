package starling.node.sim.workload;

import starling.node.request.BucketProperties;
import starling.node.storage.Durability;

/**
 * What one request's own quorums promise, resolved once.
 *
 * @param n replicas of each key
 * @param copies distinct nodes that have acknowledged the write, or answered the read
 * @param primaries how many of them are primaries for certain: {@code pw} or {@code pr}, and all of
 *     them where the cluster has no other nodes
 * @param synced whether each copy was fsynced before it was acknowledged
 */
public record Promise(int n, int copies, int primaries, boolean synced) {

  /** A request at quorum on primaries, of a bucket with three replicas. */
  public static final Promise QUORUM = new Promise(3, 2, 2, true);

  /** A request that promises nothing about other requests. */
  static final Promise NONE = new Promise(3, 1, 0, true);

  static Promise ofWrite(BucketProperties properties, int nodes) {
    int n = properties.n();
    int pw = properties.pw().resolve(n);
    int copies = Math.max(properties.w().resolve(n), pw);
    return new Promise(
        n, copies, nodes == n ? copies : pw, properties.durability() == Durability.SYNCED);
  }

  static Promise ofRead(BucketProperties properties, int nodes) {
    int n = properties.n();
    int pr = properties.pr().resolve(n);
    int copies = Math.max(properties.r().resolve(n), pr);
    return new Promise(n, copies, nodes == n ? copies : pr, true);
  }

  /** What so many primaries together answer. */
  public static Promise ofPrimaries(int n, int primaries) {
    return new Promise(n, primaries, primaries, true);
  }

  /** Whether some primary has taken part in both requests. */
  public boolean meets(Promise other) {
    return primaries + other.primaries > n;
  }
}
