package starling.node.coordinator;

import java.util.List;
import starling.node.quorum.UpdateStep;
import starling.node.request.Condition;
import starling.node.request.Rejection;
import starling.node.request.Rejection.Outcome;
import starling.node.storage.AppendRejection;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Limits;
import starling.node.version.Siblings;
import starling.wire.HeaderNames;
import starling.wire.ProblemKind;

/** Why a write is rejected, as messages for its client. */
final class WriteRejections {
  private WriteRejections() {}

  static Rejection of(AppendRejection why) {
    return switch (why) {
      case QUEUE_FULL ->
          Rejection.of(ProblemKind.OVERLOADED, "too many writes wait for the node's disk already");
      case DISK_FULL ->
          Rejection.of(
              ProblemKind.STORAGE_FULL, "the node's disk has no room for more; reads go on");
      case STALLED ->
          Rejection.of(
              ProblemKind.NOT_READY,
              "the node's disk accepts no writes at present, for lack of descriptors or a similar resource; reads go on");
      case FAILED -> Rejection.of(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE);
      case STOPPED -> Rejection.of(ProblemKind.STORAGE_FAILED, "the node's log has failed");
      case UNREADABLE ->
          Rejection.of(ProblemKind.STORAGE_FAILED, "this node cannot read its record of the key");
    };
  }

  static Rejection of(UpdateStep.Reject why) {
    return switch (why) {
      case OTHER_REQUEST ->
          Rejection.of(
              ProblemKind.UNPROCESSABLE,
              HeaderNames.IDEMPOTENCY_KEY,
              "another request was sent under this Idempotency-Key");
      case TOO_MANY_RECORDS ->
          Rejection.of(
              ProblemKind.TOO_MANY_REQUESTS,
              HeaderNames.IDEMPOTENCY_KEY,
              "the key was written "
                  + IdempotencyRecord.MAX_YOUNG
                  + " times with an Idempotency-Key within a minute: nothing was written");
      case TOO_MANY_SIBLINGS ->
          Rejection.of(
              ProblemKind.TOO_MANY_SIBLINGS,
              "the write would leave more than "
                  + Limits.MAX_VERSIONS
                  + " siblings: read the key and write with the context of the answer");
      case TOO_MANY_BYTES ->
          Rejection.of(
              ProblemKind.TOO_MANY_SIBLINGS,
              "the write would leave siblings of more than "
                  + Limits.MAX_BYTES
                  + " bytes: read the key and write with the context of the answer");
    };
  }

  static Rejection stillRunning() {
    return Rejection.of(
        ProblemKind.STILL_RUNNING,
        "the first request with this Idempotency-Key is still being carried out");
  }

  static Rejection precondition(Condition condition, Siblings judged) {
    return Rejection.of(
        ProblemKind.PRECONDITION_FAILED,
        condition instanceof Condition.Absent
            ? "something is stored under this key"
            : judged.values().isEmpty()
                ? "nothing is stored under this key"
                : "the key is stored with another version");
  }

  static Rejection hintsFull() {
    return Rejection.of(
        ProblemKind.OVERLOADED,
        "no primary of the key answers, and the hints of this node have reached hints.maxBytes");
  }

  static Rejection ringChanged() {
    return Rejection.of(
        ProblemKind.NOT_READY, "the ring or the bucket changed before the write was made");
  }

  static Rejection incomplete() {
    return Rejection.of(
        ProblemKind.NOT_READY, "this replica is incomplete and must be compared first");
  }

  static Rejection tooLargeForHeap(long maxBytes) {
    return Rejection.of(
        ProblemKind.TOO_MANY_SIBLINGS,
        "the write would leave siblings of more than "
            + maxBytes
            + " bytes, for which the heap of this node has no room: read the key and write"
            + " with the context of the answer, or give the nodes a larger heap");
  }

  /** Too few replicas were up before the event was made: nothing was written. */
  static Rejection unavailable(String detail, int required, int reachable) {
    return new Rejection(
        ProblemKind.UNAVAILABLE, detail, null, required, reachable, List.of(), Outcome.NONE);
  }

  /** A condition that could not be evaluated is an unavailable quorum: nothing was written. */
  static Rejection beforeEvent(Rejection missed) {
    return unavailable(
        missed.detail() + "; nothing was written", missed.required(), missed.alive());
  }

  /**
   * Too few replicas have acknowledged an event that was made: it may appear.
   *
   * @param full how many rejected it because their disk is full
   */
  static Rejection missed(
      ProblemKind kind, List<String> acknowledged, int full, int required, int reachable) {
    return new Rejection(
        kind,
        acknowledged.size()
            + " of the required "
            + required
            + " replicas acknowledged the write"
            + (full == 0 ? "" : ", " + full + " had no room on the disk"),
        null,
        required,
        reachable,
        acknowledged,
        Outcome.UNKNOWN);
  }
}
