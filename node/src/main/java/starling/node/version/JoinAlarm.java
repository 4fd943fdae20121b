package starling.node.version;

/**
 * Told when two different contents claim one dot. It cannot happen while actors are unique and
 * every event is made once, so it is worth waking somebody; the merge goes on with the greater one
 * on every replica.
 */
@FunctionalInterface
public interface JoinAlarm {
  /** Nobody listens. */
  JoinAlarm SILENT = (dot, kept, dropped) -> {};

  void sameDotTwice(Dot dot, Content kept, Content dropped);
}
