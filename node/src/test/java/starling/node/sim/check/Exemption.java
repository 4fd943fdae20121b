package starling.node.sim.check;

/**
 * What a finding of an oracle may rest on that the store does not promise. This is the only list:
 * any other finding is a bug. Each line says why, names the sentence of client/README.md or
 * deploy/README.md that says so to users, and bounds the share of requests that it may excuse in a
 * swarm; a swarm prints how many it excused, and fails above the bound.
 */
public enum Exemption {
  /** A read and a write whose quorums need not share a primary. */
  QUORUMS_DO_NOT_MEET(
      "quorum read of primaries that came back misses a write that fallbacks took", 0.005),

  /** As many copies were destroyed as had acknowledged the write. */
  COPIES_LOST("and power loss of W − 1 of those that acknowledged it", 0.002),

  /** A directory was changed, and its node has not yet heard of those who remember more. */
  DIRECTORY_NOT_RECOGNISED_YET(
      "it serves what it has, and a quorum of it and another that was away may not show what was"
          + " acknowledged",
      0.001),

  /** A directory was replaced by a copy, and its node had announced nothing since the copy. */
  ROLLBACK_NOT_DETECTED(
      "no peer remembers a later mark. What the node wrote after the copy is missing there",
      0.0005),

  /** A disk that held hints was destroyed before they were delivered. */
  HINTS_LOST("Hints that only this directory held are lost, and the log says so", 0.005),

  /**
   * A process ended while a write was under way, before it had noted that a primary missed it. The
   * quorum has the write all the same.
   */
  COORDINATOR_ENDED(
      "learns of it when its key is read: the coordinator ended before it noted the miss", 0.005),

  /** A primary missed a write, and no node noted it: it learns of it when the key is read. */
  PRIMARY_MISSED_IT(
      "A primary that missed a write which no node noted learns of it when its key is read", 0.008),

  /** Too few complete primaries answered the question before a blind write. */
  INCOMPLETE_PRIMARY_ASKED("a sibling can remain", 0.001),

  /** Its retry made an event that replaced something newer than the event of the first try. */
  RETRY_REPLACED_NEWER(
      "an event that itself replaced something newer than what was replaced stays as a sibling",
      0.001),

  /** The name of a write is not kept, so a retry is a write of its own. */
  NAME_FORGOTTEN("Beyond 64 records of one key the oldest", 0.001);

  private final String sentence;
  private final double bound;

  Exemption(String sentence, double bound) {
    this.sentence = sentence;
    this.bound = bound;
  }

  /** Words that a user reads about it. */
  public String sentence() {
    return sentence;
  }

  /** The largest share of the requests of a swarm that it may excuse. */
  public double bound() {
    return bound;
  }
}
