package starling.gossip.detector;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;

/** One row of the table: a member, and what this one knows of it. */
final class Peer {
  final UUID id;
  private Member member;
  private Status status;
  private @Nullable Suspicion suspicion;
  private long sinceNanos;
  private @Nullable Long contactNanos;
  private long heartbeat;

  /** The row's share in the hash of the table. Only the table changes it. */
  long hash;

  /** Whether a connection got through where datagrams did not. */
  boolean datagramsLost;

  /** The highest version of packets that it is known to read. */
  int readsUpTo = 1;

  Peer(Member member, Status status, long sinceNanos) {
    this.id = member.id();
    this.member = member;
    this.status = status;
    this.sinceNanos = sinceNanos;
  }

  Member member() {
    return member;
  }

  ProcessIncarnation life() {
    return member.life();
  }

  Status status() {
    return status;
  }

  /** Non-null exactly while it is suspect. */
  @Nullable Suspicion suspicion() {
    return suspicion;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  long heartbeat() {
    return heartbeat;
  }

  /** Whether it is worth a probe. */
  boolean mayAnswer() {
    return status == Status.ALIVE || status == Status.SUSPECT;
  }

  /** It is this member itself, which takes part from now on. */
  void begin(long nowNanos) {
    sinceNanos = nowNanos;
  }

  /** Its process counts so many probes, as far as is known. */
  void beat(long count) {
    heartbeat = Math.max(heartbeat, count);
  }

  /** A packet of its present process came. */
  void contact(long beat, long nowNanos) {
    contactNanos = nowNanos;
    beat(beat);
  }

  /** A later statement holds. */
  void become(Member stated, Status next, @Nullable Suspicion doubt, long since) {
    if (!stated.life().sameProcess(member.life())) {
      heartbeat = 0;
      datagramsLost = false;
    }
    member = stated;
    if (next != status) {
      sinceNanos = since;
    }
    status = next;
    suspicion = doubt;
  }

  MemberSnapshot snapshot() {
    Suspicion doubt = suspicion;
    return new MemberSnapshot(
        member,
        status,
        heartbeat,
        contactNanos,
        sinceNanos,
        doubt == null ? List.of() : List.copyOf(doubt.accusers()));
  }

  /** What this member says of it now. */
  Update update(boolean withRecord, long nowNanos) {
    Suspicion doubt = suspicion;
    boolean gone = status == Status.DEAD || status == Status.LEFT;
    return new Update(
        id,
        member.life(),
        status,
        doubt == null ? List.of() : List.copyOf(doubt.accusers()),
        gone ? Math.max(0, (nowNanos - sinceNanos) / 1_000_000_000L) : 0,
        withRecord ? member : null);
  }
}
