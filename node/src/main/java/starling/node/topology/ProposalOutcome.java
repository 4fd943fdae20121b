package starling.node.topology;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import starling.ring.RingNode;

/**
 * How a proposal ended.
 *
 * @param kind what happened
 * @param number the number that it was proposed for
 * @param required how many voters are a majority
 * @param answered the voters that answered in the last ballot
 * @param reason why a voter declined; empty otherwise
 */
public record ProposalOutcome(
    Kind kind, long number, int required, SortedSet<UUID> answered, String reason) {
  /** What happened to the proposed record. */
  public enum Kind {
    /** It was chosen and is durable here. */
    CHOSEN,
    /** Another record got the number. This one was not chosen; plan again. */
    SUPERSEDED,
    /** It breaks a rule of the ring, which {@code reason} names. It was not chosen. */
    INVALID,
    /** No majority answered in time, and no voter was asked to vote: it is certainly not chosen. */
    NO_MAJORITY,
    /** The time was up while votes were on their way: it may still be chosen. */
    UNKNOWN
  }

  public ProposalOutcome {
    SortedSet<UUID> sorted = new TreeSet<>(RingNode.ID_ORDER);
    sorted.addAll(answered);
    answered = Collections.unmodifiableSortedSet(sorted);
  }
}
