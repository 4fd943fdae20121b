package starling.gossip.heartbeat;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.gossip.DepartureIntent;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.gossip.detector.DetectorAction;

/**
 * This node's own statement, and the watch over its own id. When others suspect it, it raises its
 * incarnation, which is durable first, so that no restart looks older than what others have seen.
 *
 * <p>Others may know a higher incarnation of this id. If that process is alive, another process
 * runs under this id and this one steps down. If it is dead (the data directory came from a
 * backup), this process raises its incarnation above it once its peers say so. A process counts as
 * alive when its heartbeat grows ({@link DuplicateIdDetector}).
 *
 * <p>Of two live processes exactly one steps down: only the lower one does, incarnations only rise,
 * and a process that has stepped down raises none.
 */
final class Self {
  private final MemberList roster;
  private final Consumer<DetectorAction> actions;
  private Member member;
  private long heartbeat;
  private DepartureIntent farewell = DepartureIntent.NONE;
  private long asked;
  private @Nullable DuplicateIdDetector rival;

  Self(Member member, MemberList roster, Consumer<DetectorAction> actions) {
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

  void sayFarewell(DepartureIntent word) {
    farewell = farewell.later(word);
  }

  MemberRecord introduction() {
    Status status = farewell == DepartureIntent.NONE ? Status.ALIVE : farewell.status();
    return new MemberRecord(member, heartbeat, status, farewell);
  }

  Entry entry() {
    return introduction().entry();
  }

  /** A raised incarnation is on disk. Returns whether to announce it. */
  boolean persisted(long incarnation) {
    if (incarnation <= member.incarnation()) {
      return false;
    }
    member = member.withIncarnation(incarnation);
    if (rival != null && member.life().outranks(rival.life())) {
      rival = null;
    }
    return true;
  }

  /** What another node knows about this one. */
  MemberList.Heard onEntry(Entry entry, long nowNanos) {
    ProcessIncarnation other = entry.life();
    if (other.sameProcess(member.life())) {
      boolean accused = entry.status() == Status.SUSPECT || entry.status() == Status.DEAD;
      if (accused && farewell == DepartureIntent.NONE && other.equals(member.life())) {
        raiseAbove(other);
      }
      return other.incarnation() < member.incarnation() || entry.heartbeat() < heartbeat
          ? MemberList.Heard.BEHIND
          : MemberList.Heard.NOTHING;
    }
    if (member.life().outranks(other)) {
      return MemberList.Heard.BEHIND;
    }
    if (entry.status() == Status.DEAD) {
      raiseAbove(other);
    } else if (rival == null || other.outranks(rival.life())) {
      rival = new DuplicateIdDetector(other, entry.heartbeat(), nowNanos);
    } else if (other.equals(rival.life())) {
      rival.seen(entry.heartbeat(), nowNanos, roster.suspectNanos(), roster.roundNanos());
      if (rival.lives()) {
        stepDown(other);
      }
    }
    return MemberList.Heard.NOTHING;
  }

  /**
   * A message came from another process of this id. Returns whether this process is the lower one.
   */
  boolean onOtherProcess(ProcessIncarnation other) {
    if (other.outranks(member.life())) {
      stepDown(other);
      return true;
    }
    return false;
  }

  /**
   * Raises the incarnation above one that is only remembered, or was called alive and whose
   * heartbeat has not grown for as long as it takes to be dead.
   */
  void raiseAboveThePast(long incarnation, long nowNanos) {
    long silence = roster.suspectNanos() + roster.deadNanos();
    if (rival != null && nowNanos - rival.lastBeatNanos() >= silence) {
      rival = null;
    }
    if (rival == null && incarnation >= member.incarnation()) {
      raiseAbove(new ProcessIncarnation(incarnation, 0));
    }
  }

  private void raiseAbove(ProcessIncarnation other) {
    long incarnation = other.incarnation() + 1;
    if (incarnation > asked && incarnation <= ProcessIncarnation.MAX_INCARNATION) {
      asked = incarnation;
      actions.accept(new DetectorAction.PersistIncarnation(incarnation));
    }
  }

  private void stepDown(ProcessIncarnation other) {
    actions.accept(
        new DetectorAction.StepDown(
            "another process runs as node "
                + member.id()
                + " (incarnation "
                + other.incarnation()
                + ", this one has "
                + member.incarnation()
                + "): was the data directory copied?"));
  }
}
