package starling.node.request;

import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.wire.ProblemKind;

/**
 * Why a request was not carried out, told so that a client can act on it: may it have happened, who
 * took it, what was needed.
 *
 * @param detail words for this occurrence
 * @param field the part of the request that is wrong, or null
 * @param required how many replicas the request needed, 0 where that does not apply
 * @param alive how many of its replicas were reachable
 * @param acknowledged names of the replicas that took it
 * @param fate for a write, whether it may appear
 * @param lost for a read with a context, whether nobody is left who could hold what it misses
 */
public record Refusal(
    ProblemKind kind,
    String detail,
    @Nullable String field,
    int required,
    int alive,
    List<String> acknowledged,
    Fate fate,
    boolean lost) {

  public Refusal(
      ProblemKind kind,
      String detail,
      @Nullable String field,
      int required,
      int alive,
      List<String> acknowledged,
      Fate fate) {
    this(kind, detail, field, required, alive, acknowledged, fate, false);
  }

  /** What a client is told of an error of ours. */
  public static final String ERROR_INSIDE = "an error inside the node; its log has the cause";

  /** What may have become of the request. */
  public enum Fate {
    /** Surely not written; also every refused read. */
    NONE,
    /** It may appear, now or later. */
    UNKNOWN
  }

  /** A refusal before anything was sent to anyone. */
  public static Refusal of(ProblemKind kind, String detail) {
    return new Refusal(kind, detail, null, 0, 0, List.of(), Fate.NONE);
  }

  /** A refusal that does not know what became of a write. */
  public static Refusal perhaps(ProblemKind kind, String detail) {
    return new Refusal(kind, detail, null, 0, 0, List.of(), Fate.UNKNOWN);
  }

  /** Whether it was surely not written, for a reason that lies with the cluster and may pass. */
  public boolean couldBeMade() {
    return fate == Fate.NONE && kind.status() >= 500;
  }

  /**
   * The same for a write that was perhaps made before, for the reason given. What surely denies it
   * to a client becomes a timeout, since nobody can deny it.
   */
  public Refusal withUnknownFate(String why) {
    boolean denies = kind.status() < 500 && kind != ProblemKind.STILL_RUNNING;
    return new Refusal(
        denies ? ProblemKind.TIMEOUT : kind,
        detail + "; " + why,
        field,
        required,
        alive,
        acknowledged,
        Fate.UNKNOWN);
  }

  /** The same, naming the part of the request that is wrong. */
  public static Refusal of(ProblemKind kind, String field, String detail) {
    return new Refusal(kind, detail, field, 0, 0, List.of(), Fate.NONE);
  }
}
