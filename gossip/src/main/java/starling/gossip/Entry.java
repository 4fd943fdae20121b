package starling.gossip;

import java.util.UUID;

/**
 * One member in a digest: enough to see who knows more.
 *
 * @param heartbeat counts the rounds of this life
 * @param status in the judgement of the sender. A receiver judges by what it hears itself; the word
 *     of others counts for members it did not know, and tells the accused to raise its incarnation
 */
public record Entry(UUID id, Life life, long heartbeat, Status status, Farewell farewell) {
  public Entry {
    if (heartbeat < 0) {
      throw new IllegalArgumentException("heartbeat " + heartbeat);
    }
  }
}
