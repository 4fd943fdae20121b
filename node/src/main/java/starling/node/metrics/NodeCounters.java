package starling.node.metrics;

/**
 * What a node has done since it started, as plain counts owned by its thread. The runtime publishes
 * them as metrics.
 */
public final class NodeCounters {
  /** Reads that were coordinated here. */
  public long reads;

  /** Writes that were coordinated here. */
  public long writes;

  /** Writes that were handed on to a node that keeps the key. */
  public long handedOn;

  /** Times that a replica rejected a write for itself alone and the next one was tried. */
  public long rejectedByOne;

  /** Sets merged into a key held here. */
  public long merges;

  /** Reads whose replicas differed. */
  public long differences;

  /** Sets sent to replicas that a read found to differ. */
  public long repairs;

  /** Blind writes that asked first. */
  public long asks;

  /** Nodes that a write asked before it was made because they hold hints of its partition. */
  public long holdersAsked;

  /** Times that a request asked one more replica because another was slow. */
  public long hedges;

  /** Hedges that answered before the replica that was slow. */
  public long hedgesWon;

  /** Hedges that were not asked, because too many were already. */
  public long hedgesWithheld;

  /** Questions of other nodes that were declined. */
  public long declined;

  /** Requests that were decided by another ring than the replica's. */
  public long ringDifferences;

  /** Requests between nodes whose registers of the bucket differed. */
  public long registerDifferences;

  /** Requests refused because too many were under way. */
  public long overloaded;

  /** Frames of other nodes that could not be read. */
  public long malformed;

  /** Messages to other nodes that were longer than a frame and were sent in chunks. */
  public long chunked;

  /** Sets that were not merged because this node's heap does not bear them. */
  public long setsTooLarge;

  /** Merges that were rejected because merges of other large sets were under way. */
  public long mergesDeferred;

  /** Such messages that their receiver did not take whole. */
  public long undelivered;

  /** Events of one dot that were seen with two contents. */
  public long dotCollisions;

  /** Sets that were taken to be kept for another node. */
  public long hintsTaken;

  /** Sets that were not, because as many bytes as allowed are kept for others already. */
  public long hintsRefused;

  /** Hints that their primary has taken. */
  public long hintsDelivered;

  /** Writes that a primary missed, and that were not recorded as a debt. */
  public long debtsRefused;

  /** Debts that their primary holds now. */
  public long debtsDelivered;

  /** Damaged records that may have been hints. */
  public long hintsLost;

  /** Batches of hints that a primary has accepted whole. */
  public long hintBatchesDelivered;

  /** Batches of hints that a primary did not take. */
  public long hintBatchesFailed;

  /** Batches of hints that a primary had no time for. */
  public long hintBatchesPutOff;

  /** Client requests turned away at the door because others wait long enough already. */
  public long turnedAway;

  /** Client requests refused because answering takes longer than they wait. */
  public long refusedAsTooLate;

  /** Events that were made here as a fallback, since no primary answered. */
  public long standIns;

  /** Writes that were found to have been made before. */
  public long repeated;

  /** Sets that were sent to a fallback because a primary did not take them. */
  public long hintsSent;

  /** How often this node's directory was found to be of the past, or of nothing but an id. */
  public long rolledBack;

  /** Partitions that count to reads again since they were compared. */
  public long completed;

  /** Partitions that became complete although fewer complete replicas were left than cover w. */
  public long completedBelowQuorum;

  /** Partitions that became complete without a primary, because stale data was to be accepted. */
  public long completedUnheard;

  /** Questions that had waited here beyond their deadline and were not acted on. */
  public long late;
}
