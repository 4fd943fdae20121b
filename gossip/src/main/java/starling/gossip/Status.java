package starling.gossip;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The status of a member, as this node sees it. The legal transitions are defined here and nowhere
 * else.
 */
public enum Status {
  /** Its heartbeat grows. */
  ALIVE(0),
  /** Silent for too long; requests still go to it. */
  SUSPECT(1),
  /** Silent for so long that no request waits for it, or it announced its stop. */
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
