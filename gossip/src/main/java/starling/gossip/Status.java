package starling.gossip;

import java.util.Locale;

/** The status of a member, as this node sees it. */
public enum Status {
  /** It answers. */
  ALIVE(0),
  /** Some member got no answer. It counts as dead soon unless it refutes that. */
  SUSPECT(1),
  /** The suspicion was confirmed, or it announced its stop: no request waits for it. */
  DEAD(2),
  /** Gone for good; its id never comes back. */
  LEFT(3);

  private final int code;

  Status(int code) {
    this.code = code;
  }

  /** Its code on the wire. */
  public int code() {
    return code;
  }

  public static Status ofCode(int code) {
    for (Status status : values()) {
      if (status.code == code) {
        return status;
      }
    }
    throw new GossipFormatException("no status has the code " + code);
  }

  /** Its name in the API. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
