package starling.node.peer.message;

/** What a {@link Fetch} asks for. */
public enum FetchPart {
  /** The whole set, as far as it is durable. */
  WHOLE,
  /** Only its version hash. */
  DIGEST,
  /** What the newest appended set has seen, durable or not; only if it is another than known. */
  PAST
}
