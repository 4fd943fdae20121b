package starling.node.request;

import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.wire.ProblemKind;

/**
 * Why a request was not executed, so that a client can act on it: whether the write may have
 * happened, which replicas have it, how many were needed.
 *
 * @param detail a message for this occurrence
 * @param field the part of the request that is wrong, or null
 * @param required how many replicas the request needed, 0 where that does not apply
 * @param alive how many of its replicas were reachable
 * @param acknowledged names of the replicas that acknowledged it
 * @param outcome for a write, whether it may appear
 * @param lost for a read with a context, whether no replica is left that could hold the missing
 *     versions
 * @param present for a condition that failed, what it was evaluated on, or null
 */
public record Rejection(
    ProblemKind kind,
    String detail,
    @Nullable String field,
    int required,
    int alive,
    List<String> acknowledged,
    Outcome outcome,
    boolean lost,
    @Nullable Present present) {

  /**
   * The versions of a key that failed a condition.
   *
   * @param versionHash identifies the state; null if only a tombstone is known
   * @param siblings whether there are several values
   * @param context covers the state
   */
  public record Present(@Nullable Long versionHash, boolean siblings, String context) {}

  public Rejection(
      ProblemKind kind,
      String detail,
      @Nullable String field,
      int required,
      int alive,
      List<String> acknowledged,
      Outcome outcome) {
    this(kind, detail, field, required, alive, acknowledged, outcome, false, null);
  }

  /** The message for an internal error. */
  public static final String ERROR_INSIDE = "an error inside the node; its log has the cause";

  /** The outcome of the request. */
  public enum Outcome {
    /** Surely not written; also every rejected read. */
    NONE,
    /** It may appear, now or later. */
    UNKNOWN
  }

  /** The same of a condition that failed for these versions. */
  public Rejection with(@Nullable Present versions) {
    return new Rejection(
        kind, detail, field, required, alive, acknowledged, outcome, lost, versions);
  }

  /** A rejection before anything was sent to another node. */
  public static Rejection of(ProblemKind kind, String detail) {
    return new Rejection(kind, detail, null, 0, 0, List.of(), Outcome.NONE);
  }

  /** A rejection after which the outcome of the write is unknown. */
  public static Rejection perhaps(ProblemKind kind, String detail) {
    return new Rejection(kind, detail, null, 0, 0, List.of(), Outcome.UNKNOWN);
  }

  /** Whether the write surely did not happen, for a reason in the cluster that may pass. */
  public boolean couldBeMade() {
    return outcome == Outcome.NONE && kind.status() >= 500;
  }

  /**
   * The same for a retry whose write was perhaps made before, with the reason. A rejection that
   * claims the write did not happen becomes a timeout, because no node can know that.
   */
  public Rejection withUnknownOutcome(String why) {
    boolean denies = kind.status() < 500 && kind != ProblemKind.STILL_RUNNING;
    return new Rejection(
        denies ? ProblemKind.TIMEOUT : kind,
        detail + "; " + why,
        field,
        required,
        alive,
        acknowledged,
        Outcome.UNKNOWN);
  }

  /** The same, naming the part of the request that is wrong. */
  public static Rejection of(ProblemKind kind, String field, String detail) {
    return new Rejection(kind, detail, field, 0, 0, List.of(), Outcome.NONE);
  }
}
