package starling.node.peer.message;

/** Why a set is sent to be stored. */
public enum StorePurpose {
  /** It carries a client's write, which waits for the answer. */
  WRITE,
  /** It mends a replica that was seen to differ. */
  REPAIR
}
