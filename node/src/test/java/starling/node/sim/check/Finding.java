package starling.node.sim.check;

import org.jspecify.annotations.Nullable;
import starling.node.sim.workload.History.Write;

/**
 * One thing that an oracle finds wrong with the values of a key. Whether the store had promised
 * otherwise is judged apart: {@link Exemption}.
 *
 * @param subject the acknowledged write whose promise is broken; null where a value stands that no
 *     write can account for
 * @param other the write that stands against it, or null
 */
public record Finding(Kind kind, @Nullable Write subject, @Nullable Write other, String text) {

  /** What can be wrong with a run. The oracles find the first seven, other checks the rest. */
  public enum Kind {
    LOST,
    PHANTOM,
    RESURRECTED,
    FALSE_SIBLING,
    TORN_PAST,
    BEATEN,
    SEVERAL_VALUES,

    /** A condition passed that did not hold. */
    CONDITION_HELD,

    /** An answer shows two events of one write. */
    MADE_TWICE,

    /** A session went back in time. */
    SESSION,

    /** One dot names two contents. */
    ANOTHER_CONTENT,

    /** A node with a sound disk answered that it failed inside. */
    INTERNAL_ERROR,

    /** A node stopped itself, though nothing it must stop for has happened. */
    NODE_GAVE_UP,

    NODE_DOES_NOT_START,

    /** A node holds more bytes of hints than it may. */
    TOO_MANY_HINTS,

    /** Replicas of one key differ after all of them were read. */
    REPLICAS_DIFFER,

    /** A primary does not take part in what is judged. */
    NOT_JUDGED,

    NO_ANSWER,
    ANSWERED_TWICE,
    TOO_SLOW,
    TOO_FEW_ANSWERS,

    /** Primaries become incomplete again and again without a fault. */
    INCOMPLETE_AGAIN,

    /** The run did too little to say anything. */
    VACUOUS,

    /** Requests have no end. */
    REQUESTS_OPEN,

    NOT_READY,

    /** A partition does not become complete. */
    INCOMPLETE,

    /** Hints are not delivered. */
    HINTS_LEFT,

    /** A node does not learn what its directory has forgotten. */
    DIRECTORY_NOT_RECOGNISED,

    /** Something else did not happen in time. */
    NOT_YET
  }

  @Override
  public String toString() {
    return text;
  }
}
