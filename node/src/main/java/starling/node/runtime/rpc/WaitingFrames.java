package starling.node.runtime.rpc;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Frames that wait for a connection that is being made. Bounded in number and bytes; only the first
 * may exceed the bound of bytes, or a large value could never open a connection.
 */
final class WaitingFrames {
  /**
   * @param node the node it is for; null if it is for any node that answers at the address
   */
  record Waiting(@Nullable UUID node, int kind, byte[] payload) {}

  private final int maxFrames;
  private final int maxBytes;
  private final List<Waiting> frames = new ArrayList<>();
  private long bytes;

  WaitingFrames(int maxFrames, int maxBytes) {
    this.maxFrames = maxFrames;
    this.maxBytes = maxBytes;
  }

  boolean offer(@Nullable UUID node, int kind, byte[] payload) {
    boolean fits = frames.isEmpty() || bytes + Frame.wireBytes(payload) <= maxBytes;
    if (!fits || frames.size() >= maxFrames) {
      return false;
    }
    frames.add(new Waiting(node, kind, payload));
    bytes += Frame.wireBytes(payload);
    return true;
  }

  /** Removes and returns all waiting frames, in order. */
  List<Waiting> take() {
    List<Waiting> taken = List.copyOf(frames);
    frames.clear();
    bytes = 0;
    return taken;
  }

  long bytes() {
    return bytes;
  }
}
