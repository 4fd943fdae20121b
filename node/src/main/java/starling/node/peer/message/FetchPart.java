package starling.node.peer.message;

/** The part of the set that a {@link Fetch} asks for. */
public enum FetchPart {
  /** The whole set, as far as it is durable. */
  WHOLE,
  /** Only its version hash. */
  DIGEST,
  /** The past of the newest appended set, durable or not; only if it differs from the known one. */
  PAST
}
