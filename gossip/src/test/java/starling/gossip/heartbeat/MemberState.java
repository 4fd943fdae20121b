package starling.gossip.heartbeat;

import starling.gossip.DepartureIntent;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;

/**
 * What this node knows of one other member: the member's own statements (member record, heartbeat,
 * departure), the time of its last sign, and the status that follows.
 *
 * <ol>
 *   <li>Own statements only advance: those of a later incarnation replace all earlier ones; within
 *       one incarnation the heartbeat and the departure grow.
 *   <li>The status follows from the departure and the length of the silence alone.
 * </ol>
 */
final class MemberState {
  private Member member;
  private long heartbeat;
  private DepartureIntent farewell;
  private long lastSignNanos;
  private Status status;
  private boolean anotherSpeaks;

  MemberState(MemberRecord introduction, long lastSignNanos, Status status) {
    this.member = introduction.member();
    this.heartbeat = introduction.heartbeat();
    this.farewell = introduction.farewell();
    this.lastSignNanos = lastSignNanos;
    this.status = status;
  }

  Member member() {
    return member;
  }

  ProcessIncarnation life() {
    return member.life();
  }

  long heartbeat() {
    return heartbeat;
  }

  DepartureIntent farewell() {
    return farewell;
  }

  Status status() {
    return status;
  }

  long lastSignNanos() {
    return lastSignNanos;
  }

  Entry entry() {
    return new Entry(member.id(), member.life(), heartbeat, status, farewell);
  }

  MemberRecord introduction() {
    return new MemberRecord(member, heartbeat, status, farewell);
  }

  void signOfLife(long nowNanos) {
    lastSignNanos = Math.max(lastSignNanos, nowNanos);
  }

  /**
   * A message of this id came, from this process or an earlier one.
   *
   * @param own whether it came from the process incarnation that is known here
   */
  void spoke(boolean own) {
    anotherSpeaks = !own;
  }

  /** Whether messages of this id come from another process incarnation than the known one. */
  boolean anotherSpeaks() {
    return anotherSpeaks;
  }

  /** There is reason for suspicion: treats the last sign as at least so old. */
  void noSignSince(long nanos) {
    lastSignNanos = Math.min(lastSignNanos, nanos);
  }

  void beat(long heartbeat) {
    this.heartbeat = Math.max(this.heartbeat, heartbeat);
  }

  void sayFarewell(DepartureIntent word) {
    farewell = farewell.later(word);
  }

  void raiseIncarnation(long incarnation) {
    member = member.withIncarnation(incarnation);
  }

  /** The status that follows now. */
  Status judge(long nowNanos, long suspectNanos, long deadNanos) {
    if (farewell != DepartureIntent.NONE) {
      return farewell.status();
    }
    long silence = nowNanos - lastSignNanos;
    if (silence < suspectNanos) {
      return Status.ALIVE;
    }
    return silence < suspectNanos + deadNanos ? Status.SUSPECT : Status.DEAD;
  }

  void become(Status next) {
    status = next;
  }
}
