package starling.ring;

import java.util.Locale;

/**
 * The phase of a node in the ring. A node passes through the constants in their order and never
 * steps back, so the merge of two accounts of a node takes the later phase.
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

  /** Its code in encodings and hashes. */
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

  /** Its name in the API: {@code joining}, {@code normal}, {@code leaving}, {@code left}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
