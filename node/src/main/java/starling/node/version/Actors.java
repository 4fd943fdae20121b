package starling.node.version;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which actor this process writes as, per partition. One is drawn when a partition is first written
 * to in this life of the process, and anew whenever its memory may have a hole: the partition was
 * gained or regained, a record was set aside or could not be read. What a fallback writes for
 * others has actors of its own, renewed once its hints were handed over and forgotten. None is ever
 * stored.
 *
 * <ol>
 *   <li>An actor is drawn from the identity generator and never given again.
 *   <li>Every event of a present actor was made by this process; one that shows up and was not is
 *       the sign of a copied directory or a double life, and the node must stop and say so.
 * </ol>
 */
public final class Actors {
  private final RandomGenerator identity;
  private final Map<Integer, Actor> primaries = new HashMap<>();
  private final Map<Integer, Actor> hints = new HashMap<>();

  /** The highest counter given to each present actor; only looked up, never walked through. */
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

  /** The present actor of a partition that this node stands in for. */
  public Actor presentForHints(int partition) {
    return present(hints, partition);
  }

  /** Draws anew: the memory of this partition is no longer unbroken. */
  public Actor renew(int partition) {
    return renew(primaries, partition);
  }

  /** Draws anew: hints of this partition were handed over and forgotten. */
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

  /** Notes that an event was made. Belongs into the same step as the append. */
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
   * An event of a present actor beyond all that it made, or null if all is well. A cheap look at
   * everything that comes from outside.
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
   * The exact form, for one who has the key's newest appended set at hand: that set knows every
   * event of a present actor for this key, so one it does not know was made by somebody else.
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
