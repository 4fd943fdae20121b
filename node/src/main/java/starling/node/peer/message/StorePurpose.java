package starling.node.peer.message;

/** Why a set is sent to be stored. */
public enum StorePurpose {
  /** It carries a client's write, which waits for the answer. */
  WRITE,
  /** It repairs a stale replica. */
  REPAIR
}
