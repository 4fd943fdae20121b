package starling.gossip;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How a member does, in this node's judgement. Which status may follow which is kept here and
 * nowhere else.
 */
public enum Status {
  /** Shows signs of life. */
  ALIVE(0),
  /** Has been silent for too long; still counted on. */
  SUSPECT(1),
  /** Silent for so long that nobody waits for it, or stopped by its own word. */
  DEAD(2),
  /** Gone for good; its id never comes back. */
  LEFT(3);

  private static final Map<Status, Set<Status>> NEXT =
      new EnumMap<>(
          Map.of(
              ALIVE, EnumSet.of(SUSPECT, DEAD, LEFT),
              SUSPECT, EnumSet.of(ALIVE, DEAD, LEFT),
              DEAD, EnumSet.of(ALIVE, SUSPECT, LEFT),
              LEFT, EnumSet.noneOf(Status.class)));

  private final int code;

  Status(int code) {
    this.code = code;
  }

  public boolean mayBecome(Status next) {
    return NEXT.getOrDefault(this, Set.of()).contains(next);
  }

  /** What stands for it on the wire. */
  int code() {
    return code;
  }

  static Status ofCode(int code) {
    for (Status status : values()) {
      if (status.code == code) {
        return status;
      }
    }
    throw new GossipFormatException("no status has the code " + code);
  }

  /** The word that people see. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
