package starling.gossip.heartbeat;

import java.util.UUID;
import starling.gossip.DepartureIntent;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;

/**
 * One member in a digest: enough to see which side knows more.
 *
 * @param heartbeat counts the rounds of this process incarnation
 * @param status as the sender sees it. A receiver judges by its own observations; it uses this
 *     status for members it did not know, and a suspected member raises its incarnation
 */
public record Entry(
    UUID id, ProcessIncarnation life, long heartbeat, Status status, DepartureIntent farewell) {
  public Entry {
    if (heartbeat < 0) {
      throw new IllegalArgumentException("heartbeat " + heartbeat);
    }
  }
}
