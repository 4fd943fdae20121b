package starling.node.replica;

import java.util.UUID;
import java.util.function.LongFunction;
import starling.node.port.Transport;
import starling.node.port.Transport.Channel;

/**
 * Asks other nodes and answers them: numbers the calls, turns messages into frames, and says at
 * once when surely nothing was sent. Owned by the thread of the node's state.
 */
final class Peers {
  private final Transport transport;
  private final Calls calls;

  Peers(Transport transport, Calls calls) {
    this.transport = transport;
    this.calls = calls;
  }

  /**
   * Sends a question. Returns the call's number, or -1 when surely nothing was sent; then the
   * listener hears nothing.
   */
  long ask(UUID peer, LongFunction<PeerMessage.Question> question, Calls.Listener listener) {
    long call = calls.open(peer, listener);
    if (call < 0) {
      return -1;
    }
    byte[] frame = PeerCodec.encode(question.apply(call));
    if (frame.length >= Transport.MAX_FRAME_BYTES || !transport.send(peer, Channel.DATA, frame)) {
      calls.close(call);
      return -1;
    }
    return call;
  }

  /** Ends a call whose answer no longer matters. */
  void close(long call) {
    calls.close(call);
  }

  /** Ends a call and tells the other side that nobody waits for it any more. */
  void giveUp(UUID peer, long call) {
    if (calls.close(call)) {
      tell(peer, new PeerMessage.Forget(call));
    }
  }

  /** Sends what needs no answer, or is one. What is lost on the way times out over there. */
  void tell(UUID peer, PeerMessage message) {
    byte[] frame = PeerCodec.encode(message);
    if (frame.length < Transport.MAX_FRAME_BYTES) {
      boolean unused = transport.send(peer, Channel.DATA, frame);
    }
  }

  boolean connected(UUID peer) {
    return transport.connected(peer, Channel.DATA);
  }
}
