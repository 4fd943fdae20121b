package starling.node.request;

/** How a change of a bucket's properties ended. */
public sealed interface BucketOutcome {
  /** The properties are in force, and durable on a majority of the members. */
  record Changed(BucketProperties properties) implements BucketOutcome {}

  record Rejected(Rejection rejection) implements BucketOutcome {}
}
