package starling.node.topology;

import java.util.Comparator;
import java.util.UUID;
import starling.ring.RingNode;

/**
 * One attempt of one proposer to have a record chosen. A later process of the same node draws
 * another nonce, so that no ballot is ever used for two records, although a proposer stores none.
 *
 * @param round grows with each attempt, and above every round that the proposer was told of
 * @param proposer the id of the proposing node
 * @param processNonce drawn when the proposer's process started
 */
public record Ballot(long round, UUID proposer, long processNonce) implements Comparable<Ballot> {
  private static final Comparator<Ballot> ORDER =
      Comparator.comparingLong(Ballot::round)
          .thenComparing(Ballot::proposer, RingNode.ID_ORDER)
          .thenComparingLong(Ballot::processNonce);

  public Ballot {
    if (round < 1) {
      throw new IllegalArgumentException("round " + round + ": rounds are counted from 1");
    }
  }

  @Override
  public int compareTo(Ballot other) {
    return ORDER.compare(this, other);
  }
}
