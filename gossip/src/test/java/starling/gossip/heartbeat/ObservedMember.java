package starling.gossip.heartbeat;

import starling.gossip.Member;
import starling.gossip.Status;

/** A member and its status, as this node sees it now. */
public record ObservedMember(Member member, Status status, long heartbeat) {}
