package starling.gossip;

/** A member and how it does, as this node sees it at the moment. */
public record Standing(Member member, Status status, long heartbeat) {}
