package starling.node.version;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The actor of this process, per partition. A process draws one at its first write to a partition,
 * and a new one whenever its history may have a hole: the partition was gained or regained, a
 * record was quarantined or could not be read. A fallback's writes for others have actors of their
 * own, renewed once its hints are delivered and removed. None is ever stored.
 *
 * <ol>
 *   <li>An actor is drawn from the identity generator and never given again.
 *   <li>This process made every event of a present actor; an event of such an actor from elsewhere
 *       shows a copied directory or a second process, and the node must stop with that reason.
 * </ol>
 */
public final class Actors {
  private final RandomGenerator identity;
  private final Map<Integer, Actor> primaries = new HashMap<>();
  private final Map<Integer, Actor> hints = new HashMap<>();

  /** The highest counter given to each present actor; only looked up, never iterated. */
  private final Map<Actor, Long> given = new HashMap<>();

  /**
   * @param identity must never repeat itself: cryptographically strong in production
   */
  public Actors(RandomGenerator identity) {
    this.identity = identity;
  }

  /** The present actor of a partition that this node is a primary of. */
  public Actor present(int partition) {
    return present(primaries, partition);
  }

  /** The present actor of a partition for which this node is a fallback. */
  public Actor presentForHints(int partition) {
    return present(hints, partition);
  }

  /** Draws a new actor: the history of this partition is no longer unbroken. */
  public Actor renew(int partition) {
    return renew(primaries, partition);
  }

  /** Draws a new actor: hints of this partition were delivered and removed. */
  public Actor renewForHints(int partition) {
    return renew(hints, partition);
  }

  private Actor present(Map<Integer, Actor> role, int partition) {
    Actor actor = role.get(partition);
    return actor != null ? actor : renew(role, partition);
  }

  private Actor renew(Map<Integer, Actor> role, int partition) {
    Actor drawn = new Actor(identity.nextLong(), identity.nextLong());
    Actor old = role.put(partition, drawn);
    if (old != null) {
      given.remove(old);
    }
    if (given.put(drawn, 0L) != null) {
      throw new IllegalStateException("the identity generator repeated " + drawn);
    }
    return drawn;
  }

  /** Whether this is a present actor of this process. */
  public boolean mine(Actor actor) {
    return given.containsKey(actor);
  }

  /** Records that an event was made, in the same step as the append. */
  public void made(Dot dot) {
    Long before = given.get(dot.actor());
    if (before == null) {
      throw new IllegalArgumentException(dot + " is not of a present actor");
    }
    if (before >= dot.counter()) {
      throw new IllegalArgumentException(dot + " is not above the counter " + before);
    }
    given.put(dot.actor(), dot.counter());
  }

  /**
   * An event of a present actor beyond all that it made, or null. A cheap check of every received
   * set.
   */
  public @Nullable Dot check(Siblings received) {
    return check(received.past());
  }

  /** The same for a context or a report. */
  public @Nullable Dot check(Past received) {
    VersionVector vector = received.vector();
    for (int i = 0; i < vector.size(); i++) {
      Actor actor = vector.actor(i);
      Long made = given.get(actor);
      if (made != null && vector.counterAt(i) > made) {
        return new Dot(actor, vector.counterAt(i));
      }
    }
    return check(received.dots());
  }

  private @Nullable Dot check(List<Dot> dots) {
    for (Dot dot : dots) {
      Long made = given.get(dot.actor());
      if (made != null && dot.counter() > made) {
        return dot;
      }
    }
    return null;
  }

  /**
   * The exact form, for a caller with the key's newest appended set: that set knows every event of
   * a present actor for this key, so another process made any event that it does not know.
   */
  public @Nullable Dot check(Siblings received, Siblings appended) {
    VersionVector vector = received.vector();
    for (int i = 0; i < vector.size(); i++) {
      Dot dot = new Dot(vector.actor(i), vector.counterAt(i));
      if (mine(dot.actor()) && !appended.vector().covers(dot)) {
        return dot;
      }
    }
    for (Dot dot : received.seenDots()) {
      if (mine(dot.actor()) && !appended.vector().covers(dot)) {
        return dot;
      }
    }
    return null;
  }
}
