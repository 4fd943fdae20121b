package starling.gossip;

/**
 * A member's announced departure. Only a later process incarnation revokes it; of two statements
 * the later constant holds.
 */
public enum DepartureIntent {
  /** No departure is announced. */
  NONE(Status.ALIVE),
  /** This process stops; the node may come back. */
  STOPPED(Status.DEAD),
  /** The node has left the cluster and never comes back. */
  LEFT(Status.LEFT);

  private final Status status;

  DepartureIntent(Status status) {
    this.status = status;
  }

  /** The status of a member that announced this. */
  public Status status() {
    return status;
  }

  public DepartureIntent later(DepartureIntent other) {
    return compareTo(other) >= 0 ? this : other;
  }

  public static DepartureIntent ofCode(int code) {
    return switch (code) {
      case 0 -> NONE;
      case 1 -> STOPPED;
      case 2 -> LEFT;
      default -> throw new GossipFormatException("no departure has the code " + code);
    };
  }

  public int code() {
    return switch (this) {
      case NONE -> 0;
      case STOPPED -> 1;
      case LEFT -> 2;
    };
  }
}
