package starling.client;

/**
 * Which requests are sent to a second node when the first is slow. Hedged requests have a budget of
 * 5 % of all requests.
 */
public enum Hedge {
  /** None. */
  OFF,
  /** Reads, once the first node took longer than 95 % of recent reads. */
  READS
}
