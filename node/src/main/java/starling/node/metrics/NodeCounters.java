package starling.node.metrics;

/**
 * Counts of a node since its start, as plain fields owned by its thread. The runtime publishes them
 * as metrics.
 */
public final class NodeCounters {
  /** Reads that were coordinated here. */
  public long reads;

  /** Writes that were coordinated here. */
  public long writes;

  /** Writes that were forwarded to a primary of the key. */
  public long handedOn;

  /** Times that a replica rejected a write for itself alone and the next one was tried. */
  public long rejectedByOne;

  /** Sets merged into a key held here. */
  public long merges;

  /** Reads whose replicas differed. */
  public long differences;

  /** Sets sent to replicas that a read found to differ. */
  public long repairs;

  /** Writes without a context that first asked replicas for one. */
  public long asks;

  /** Nodes that a write asked before it was made because they hold hints of its partition. */
  public long holdersAsked;

  /** Hedged requests that were sent because a replica was slow. */
  public long hedges;

  /** Hedged requests that were answered before the slow replica. */
  public long hedgesWon;

  /** Hedged requests that were not sent because their budget was used up. */
  public long hedgesWithheld;

  /** Requests of other nodes that were declined. */
  public long declined;

  /** Requests that were decided by another ring than the replica's. */
  public long ringDifferences;

  /** Requests between nodes whose registers of the bucket differed. */
  public long registerDifferences;

  /** Keys in pages of listings. */
  public long keysListed;

  /** Partitions that a listing left out because no complete replica answered. */
  public long partitionsNotListed;

  /** Requests rejected because too many were under way. */
  public long overloaded;

  /** Frames of other nodes that could not be read. */
  public long malformed;

  /** Messages to other nodes that were longer than a frame and were sent in chunks. */
  public long chunked;

  /** Sets that were not merged because the heap has no room for them. */
  public long setsTooLarge;

  /** Merges that were rejected because merges of other large sets were under way. */
  public long mergesDeferred;

  /** Messages in chunks that their receiver did not accept whole. */
  public long undelivered;

  /** Events of one dot that were seen with two contents. */
  public long dotCollisions;

  /** Hints that this node stored. */
  public long hintsTaken;

  /** Hints rejected because {@code hints.maxBytes} was reached. */
  public long hintsRejected;

  /** Hints that their primary has accepted. */
  public long hintsDelivered;

  /** Writes that a primary missed, and that were not recorded as a debt. */
  public long debtsRefused;

  /** Debts that their primary holds now. */
  public long debtsDelivered;

  /** Damaged records that may have been hints. */
  public long hintsLost;

  /** Batches of hints that a primary has accepted whole. */
  public long hintBatchesDelivered;

  /** Batches of hints that a primary did not accept. */
  public long hintBatchesFailed;

  /** Batches of hints that a primary deferred. */
  public long hintBatchesPutOff;

  /** Client requests that admission control rejected because of the queue delay. */
  public long rejectedForQueueDelay;

  /** Client requests rejected because their deadline is too short for an answer. */
  public long refusedAsTooLate;

  /** Writes that this node coordinated as a fallback, because no primary answered. */
  public long coordinatedByFallback;

  /** Writes whose idempotency key showed that they had been made before. */
  public long repeated;

  /** Hints that were sent to a fallback because a primary did not accept the write. */
  public long hintsSent;

  /** Starts with a data directory that was rolled back or wiped. */
  public long rolledBack;

  /** Partitions that were compared and count for reads again. */
  public long completed;

  /** Partitions that became complete although more copies were lost than w covers. */
  public long completedBelowQuorum;

  /** Partitions that became complete without all primaries, because stale data is accepted. */
  public long completedUnheard;

  /** Requests of other nodes that were rejected because they had waited beyond their deadline. */
  public long late;
}
