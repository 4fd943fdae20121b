package starling.gossip;

/** All that is known of one member, for someone who does not know it or only an earlier life. */
public record Introduction(Member member, long heartbeat, Status status, Farewell farewell) {
  public Entry entry() {
    return new Entry(member.id(), member.life(), heartbeat, status, farewell);
  }
}
