package starling.node.runtime.rpc;

/** What the connections to other nodes have carried, as plain counts owned by the event loop. */
public final class PeerCounters {
  /** Frames sent and received, and the bytes in them. */
  public long framesOut;

  public long framesIn;
  public long bytesOut;
  public long bytesIn;

  /** Frames that were refused at a bound, or lost with a connection that was never made. */
  public long framesDropped;

  /** Connections that could not be made. */
  public long dialsFailed;

  /** Connections turned away: strangers, garbage, too many, too slow to greet. */
  public long refused;

  /** Frames longer than the bound. */
  public long overlong;
}
