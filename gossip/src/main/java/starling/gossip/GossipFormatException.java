package starling.gossip;

/** Bytes that are no gossip message, or have a version that this program does not read. */
public final class GossipFormatException extends IllegalArgumentException {
  public GossipFormatException(String message) {
    super(message);
  }
}
