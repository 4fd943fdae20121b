package starling.node.coordinator;

/** The stage of a write. Until {@link #REPLICATING}, giving up means surely not written. */
enum WriteStage {
  /** Nothing was asked yet. */
  NEW,
  /** Enough primaries are asked for their sets, to evaluate the condition. */
  JUDGING,
  /** A quorum is asked for its past, or whether it knows the event of this request. */
  ASKING,
  /** The event's past is fixed: the owner of the key makes the event, once. */
  STEPPING,
  /** The log has accepted the event, which is on its way to the other replicas: it may appear. */
  REPLICATING,
  /** The client was answered, and no replica is awaited. */
  ENDED;

  boolean mayFollow(WriteStage before) {
    return switch (this) {
      case NEW -> false;
      case ASKING -> before == NEW;
      case JUDGING -> before == NEW || before == ASKING;
      case STEPPING -> before == NEW || before == ASKING || before == JUDGING;
      case REPLICATING -> before == STEPPING;
      case ENDED -> true;
    };
  }
}
