package starling.node.version;

/**
 * Called when two different contents claim one dot. It cannot happen while actors are unique and
 * every event is made once, so an operator should look at it; every replica merges on with the
 * greater one.
 */
@FunctionalInterface
public interface JoinAlarm {
  /** Ignores it. */
  JoinAlarm SILENT = (dot, kept, dropped) -> {};

  void sameDotTwice(Dot dot, Content kept, Content dropped);
}
