package starling.gossip;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * This node's own statement, and its watch over its own id. Accused of silence, it raises its
 * incarnation (made durable first, so that no restart ever looks older than what others have seen).
 *
 * <p>Others may know a higher life of this id. If that one is alive, this process is a stranger in
 * its own name and steps down. If it is dead (a directory brought back from a backup), this one
 * raises its incarnation above it, once its peers say so. Alive is what goes on beating: what the
 * peers have seen of its heartbeat is gathered for a while, and what beats in several rounds after
 * that is of the living. A single beat may be a late word of the dead, brought by a peer or a link
 * that stood still.
 *
 * <p>Of two live processes exactly one steps down, since only the lower does, incarnations only
 * rise, and one that has stepped down raises none.
 */
final class Self {
  /** In so many rounds a rival must be seen to beat after all late words should have come. */
  private static final int BEATS_OF_THE_LIVING = 3;

  private final Roster roster;
  private final Consumer<Action> actions;
  private Member member;
  private long heartbeat;
  private Farewell farewell = Farewell.NONE;
  private long asked;
  private @Nullable Life rival;
  private long rivalHeartbeat;
  private long rivalSinceNanos;
  private long rivalBeatNanos;
  private int rivalBeats;

  Self(Member member, Roster roster, Consumer<Action> actions) {
    this.member = member;
    this.roster = roster;
    this.actions = actions;
    this.asked = member.incarnation();
  }

  Member member() {
    return member;
  }

  long heartbeat() {
    return heartbeat;
  }

  void beat() {
    heartbeat++;
  }

  void sayFarewell(Farewell word) {
    farewell = farewell.later(word);
  }

  Introduction introduction() {
    Status status = farewell == Farewell.NONE ? Status.ALIVE : farewell.status();
    return new Introduction(member, heartbeat, status, farewell);
  }

  Entry entry() {
    return introduction().entry();
  }

  /** A raised incarnation is on disk. Says whether that is one to tell others. */
  boolean persisted(long incarnation) {
    if (incarnation <= member.incarnation()) {
      return false;
    }
    member = member.withIncarnation(incarnation);
    if (rival != null && member.life().outranks(rival)) {
      rival = null;
    }
    return true;
  }

  /** What another node knows about this one. */
  Roster.Heard onEntry(Entry entry, long nowNanos) {
    Life other = entry.life();
    if (other.sameProcess(member.life())) {
      boolean accused = entry.status() == Status.SUSPECT || entry.status() == Status.DEAD;
      if (accused && farewell == Farewell.NONE && other.equals(member.life())) {
        raiseAbove(other);
      }
      return other.incarnation() < member.incarnation() || entry.heartbeat() < heartbeat
          ? Roster.Heard.BEHIND
          : Roster.Heard.NOTHING;
    }
    if (member.life().outranks(other)) {
      return Roster.Heard.BEHIND;
    }
    if (entry.status() == Status.DEAD) {
      raiseAbove(other);
    } else if (rival == null || other.outranks(rival)) {
      rival = other;
      rivalHeartbeat = entry.heartbeat();
      rivalSinceNanos = nowNanos;
      rivalBeatNanos = nowNanos;
      rivalBeats = 0;
    } else if (other.equals(rival) && entry.heartbeat() > rivalHeartbeat) {
      rivalHeartbeat = entry.heartbeat();
      onBeat(rival, nowNanos);
    }
    return Roster.Heard.NOTHING;
  }

  private void onBeat(Life other, long nowNanos) {
    boolean gathered = nowNanos - rivalSinceNanos >= roster.suspectNanos();
    if (gathered && nowNanos - rivalBeatNanos >= roster.roundNanos()) {
      rivalBeats++;
      rivalBeatNanos = nowNanos;
      if (rivalBeats >= BEATS_OF_THE_LIVING) {
        stepDown(other);
      }
    }
  }

  /** A message came from another process of this id itself. Says whether this one is the lower. */
  boolean onOtherProcess(Life other) {
    if (other.outranks(member.life())) {
      stepDown(other);
      return true;
    }
    return false;
  }

  /**
   * The same, above a life that is only remembered, or was called alive and has not beaten for as
   * long as it takes to be dead.
   */
  void raiseAboveThePast(long incarnation, long nowNanos) {
    long silence = roster.suspectNanos() + roster.deadNanos();
    if (rival != null && nowNanos - rivalBeatNanos >= silence) {
      rival = null;
    }
    if (rival == null && incarnation >= member.incarnation()) {
      raiseAbove(new Life(incarnation, 0));
    }
  }

  private void raiseAbove(Life other) {
    long incarnation = other.incarnation() + 1;
    if (incarnation > asked && incarnation <= Life.MAX_INCARNATION) {
      asked = incarnation;
      actions.accept(new Action.PersistIncarnation(incarnation));
    }
  }

  private void stepDown(Life other) {
    actions.accept(
        new Action.StepDown(
            "another process runs as node "
                + member.id()
                + " (incarnation "
                + other.incarnation()
                + ", this one has "
                + member.incarnation()
                + "): was the data directory copied?"));
  }
}
