package starling.loadgen.check;

import java.util.Set;

/** One write or delete of a key, as its client knows it. Guarded by its {@link KeyHistory}. */
final class Write {
  /** What its client knows of its outcome. */
  enum State {
    OPEN,
    ACKNOWLEDGED,
    /** It may have happened, or may happen later. */
    UNKNOWN,
    /** It surely did not happen. */
    REJECTED
  }

  final int id;
  final boolean delete;

  /** Without a context: it replaces what its quorum holds. */
  final boolean blind;

  /** The writes that its client had been shown or had made itself, as its context says. */
  final Set<Integer> seen;

  /** Its place among the beginnings and ends of all writes of the key. */
  final long begun;

  State state = State.OPEN;
  long ended = Long.MAX_VALUE;

  /** Whether it was sent several times: a blind one may then have made two events. */
  boolean repeated;

  Write(int id, boolean delete, boolean blind, Set<Integer> seen, long begun) {
    this.id = id;
    this.delete = delete;
    this.blind = blind;
    this.seen = Set.copyOf(seen);
    this.begun = begun;
  }

  boolean mayHaveHappened() {
    return state != State.REJECTED;
  }

  boolean acknowledged() {
    return state == State.ACKNOWLEDGED;
  }

  @Override
  public String toString() {
    return (delete ? "delete " : "write ")
        + id
        + (blind ? ", without a context" : ", had seen " + seen.stream().sorted().toList())
        + ", "
        + state.name().toLowerCase(java.util.Locale.ROOT);
  }
}
