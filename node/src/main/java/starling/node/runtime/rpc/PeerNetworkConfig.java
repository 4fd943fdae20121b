package starling.node.runtime.rpc;

import java.time.Duration;
import java.util.UUID;
import starling.gossip.Address;
import starling.node.port.Transport;

/**
 * The network between nodes.
 *
 * @param listen the address to listen on; port 0 picks a free one
 */
public record PeerNetworkConfig(
    String clusterName, UUID self, Address listen, Bounds bounds, Deadlines deadlines) {

  /** The defaults, for a node. */
  public static PeerNetworkConfig of(String clusterName, UUID self, Address listen) {
    return new PeerNetworkConfig(clusterName, self, listen, Bounds.DEFAULT, Deadlines.DEFAULT);
  }

  public PeerNetworkConfig with(Bounds other) {
    return new PeerNetworkConfig(clusterName, self, listen, other, deadlines);
  }

  public PeerNetworkConfig with(Deadlines other) {
    return new PeerNetworkConfig(clusterName, self, listen, bounds, other);
  }

  /**
   * The bounds.
   *
   * @param frameBytes a longer frame is not sent, and one that comes ends its connection
   * @param dataQueueBytes bytes that may wait on a data connection; above it sends are rejected. A
   *     single frame of any size is accepted when nothing waits
   * @param allQueueBytes the same for all data connections together
   * @param controlQueueBytes the same on a control connection
   * @param dialQueueBytes bytes that may wait for one connection that is being made
   * @param dialQueueFrames the same, in frames
   * @param dials addresses that are being dialled, or were not long ago
   * @param inbound connections that others may have open here; more are closed
   * @param ungreeted how many of them may not have greeted yet
   */
  public record Bounds(
      int frameBytes,
      int dataQueueBytes,
      long allQueueBytes,
      int controlQueueBytes,
      int dialQueueBytes,
      int dialQueueFrames,
      int dials,
      int inbound,
      int ungreeted) {
    public static final Bounds DEFAULT =
        new Bounds(
            Transport.MAX_FRAME_BYTES,
            32 << 20,
            1L << 30,
            8 << 20,
            1 << 20,
            1_000,
            8_192,
            4_096,
            64);

    public Bounds {
      int least = Math.min(Math.min(dataQueueBytes, controlQueueBytes), dialQueueBytes);
      int fewest = Math.min(Math.min(dialQueueFrames, dials), Math.min(inbound, ungreeted));
      if (frameBytes < 1024 || least < 1 || allQueueBytes < 1 || fewest < 1) {
        throw new IllegalArgumentException("a bound leaves no room: " + this);
      }
    }

    public Bounds withFrameBytes(int bytes) {
      return new Bounds(
          bytes,
          dataQueueBytes,
          allQueueBytes,
          controlQueueBytes,
          dialQueueBytes,
          dialQueueFrames,
          dials,
          inbound,
          ungreeted);
    }

    public Bounds withQueueBytes(int bytes) {
      return new Bounds(
          frameBytes,
          bytes,
          allQueueBytes,
          bytes,
          bytes,
          dialQueueFrames,
          dials,
          inbound,
          ungreeted);
    }

    /** The same, with so many bytes for the data connections of all nodes together. */
    public Bounds withAllQueueBytes(long bytes) {
      return new Bounds(
          frameBytes,
          (int) Math.min(dataQueueBytes, bytes),
          bytes,
          controlQueueBytes,
          dialQueueBytes,
          dialQueueFrames,
          dials,
          inbound,
          ungreeted);
    }

    public Bounds withInbound(int most, int mostUngreeted) {
      return new Bounds(
          frameBytes,
          dataQueueBytes,
          allQueueBytes,
          controlQueueBytes,
          dialQueueBytes,
          dialQueueFrames,
          dials,
          most,
          mostUngreeted);
    }
  }

  /**
   * The times.
   *
   * @param connect until TCP has connected
   * @param greeting until both sides have greeted; then the connection is closed
   * @param waiting how long a frame waits for a connection that is being made
   * @param keepAlive a side that has sent nothing for so long sends a keep-alive
   * @param silence a side that has heard nothing for so long closes the connection
   * @param leastPause before an address is dialled again after a failure; doubles each time
   * @param mostPause the longest it becomes
   */
  public record Deadlines(
      Duration connect,
      Duration greeting,
      Duration waiting,
      Duration keepAlive,
      Duration silence,
      Duration leastPause,
      Duration mostPause) {
    public static final Deadlines DEFAULT =
        new Deadlines(
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(20),
            Duration.ofMillis(100),
            Duration.ofSeconds(5));

    public Deadlines {
      if (connect.toMillis() < 1
          || greeting.toMillis() < 1
          || waiting.toMillis() < 1
          || leastPause.toMillis() < 1
          || mostPause.compareTo(leastPause) < 0
          || keepAlive.toMillis() < 1
          || silence.compareTo(keepAlive.multipliedBy(2)) < 0) {
        throw new IllegalArgumentException("the deadlines contradict each other: " + this);
      }
    }

    public Deadlines withGreeting(Duration limit) {
      return new Deadlines(connect, limit, waiting, keepAlive, silence, leastPause, mostPause);
    }

    public Deadlines withSilence(Duration keepAliveAfter, Duration closedAfter) {
      return new Deadlines(
          connect, greeting, waiting, keepAliveAfter, closedAfter, leastPause, mostPause);
    }
  }
}
