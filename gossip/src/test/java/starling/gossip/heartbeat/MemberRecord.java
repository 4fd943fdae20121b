package starling.gossip.heartbeat;

import starling.gossip.DepartureIntent;
import starling.gossip.Member;
import starling.gossip.Status;

/**
 * All that this node knows of one member, for a peer that does not know it or only an earlier
 * incarnation.
 */
public record MemberRecord(Member member, long heartbeat, Status status, DepartureIntent farewell) {
  public Entry entry() {
    return new Entry(member.id(), member.life(), heartbeat, status, farewell);
  }
}
