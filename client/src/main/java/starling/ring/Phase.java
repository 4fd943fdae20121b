package starling.ring;

import java.util.Locale;

/**
 * How far a node has come in its life in the ring. The order of the constants is the only order in
 * which a node passes through them; it never steps back, so that merging two accounts of a node is
 * taking the later phase.
 */
public enum Phase {
  /** Taking over its first tokens; not yet a full member. */
  JOINING(0),
  /** Owns tokens and may be given more. */
  NORMAL(1),
  /** Giving its tokens away; still serves those it has. */
  LEAVING(2),
  /** Gone for good; owns nothing. */
  LEFT(3);

  static final int MAX_CODE = 3;

  private final int code;

  Phase(int code) {
    this.code = code;
  }

  /** What stands for it in encodings and hashes. */
  int code() {
    return code;
  }

  /** The phase with this code, from 0 to {@link #MAX_CODE}. */
  static Phase ofCode(int code) {
    for (Phase phase : values()) {
      if (phase.code == code) {
        return phase;
      }
    }
    throw new IllegalArgumentException("no phase has the code " + code);
  }

  /** The later of two phases. */
  public Phase later(Phase other) {
    return compareTo(other) >= 0 ? this : other;
  }

  /** The word that people see: {@code joining}, {@code normal}, {@code leaving}, {@code left}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
