package starling.node.runtime.rpc;

/** Why a connection between nodes was rejected. The codes are part of the wire format. */
public enum RejectionReason {
  /** The bytes are not the protocol between nodes, or a frame that is not allowed there. */
  MALFORMED(0),
  /** The two nodes share no version of the protocol. */
  VERSION(1),
  /** The caller belongs to a cluster of another name. */
  CLUSTER_NAME(2),
  /** The caller belongs to another cluster of the same name. */
  CLUSTER_ID(3),
  /** The caller has the id of the called node: it is that node itself, or a copy of it. */
  SAME_ID(4),
  /**
   * Another connection of this pair is established, or is being made by the node with the lower id.
   */
  SECOND(5),
  /** A connection to a later incarnation of the caller's id is established. */
  EARLIER_LIFE(6),
  /** Another node than the expected one answered at an address. */
  WRONG_NODE(7),
  /** The called process has not begun yet. */
  STARTING(8),
  /** There are too many connections. */
  CROWDED(9),
  /** The greeting was not complete in time. */
  SLOW(10),
  /** A frame was longer than allowed. */
  TOO_LONG(11);

  private final int code;

  RejectionReason(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /**
   * The reason of a code; for an unknown code of a later version, a reason without consequences.
   */
  static RejectionReason of(int code) {
    for (RejectionReason reason : values()) {
      if (reason.code == code) {
        return reason;
      }
    }
    return MALFORMED;
  }

  /** Whether this happens among healthy nodes that dial each other, and is not worth a warning. */
  boolean ordinary() {
    return this == SECOND || this == STARTING || this == SAME_ID;
  }
}
