package starling.node.replica;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongFunction;
import starling.node.port.Clock;
import starling.node.port.Transport;
import starling.node.port.Transport.Channel;

/**
 * Asks other nodes and answers them: numbers the calls, turns messages into frames, and says at
 * once when surely nothing was sent. Owned by the thread of the node's state.
 */
final class Peers {
  /** A peer heard of more recently is taken to be there. */
  private static final long FRESH_NANOS = 25_000_000;

  /** When one peer was last heard, and since when it owes an answer. */
  private static final class Contact {
    boolean heard;
    boolean owes;
    long heardNanos;
    long owesSinceNanos;
  }

  private final Transport transport;
  private final Calls calls;
  private final Clock clock;
  private final long slowNanos;
  private final Map<UUID, Contact> contacts = new HashMap<>();

  /**
   * @param slowNanos a peer that answers nothing for so long counts as silent
   */
  Peers(Transport transport, Calls calls, Clock clock, long slowNanos) {
    this.transport = transport;
    this.calls = calls;
    this.clock = clock;
    this.slowNanos = slowNanos;
  }

  /** Something came from this peer: it is there. */
  void heard(UUID peer, long nowNanos) {
    Contact contact = contact(peer);
    contact.heard = true;
    contact.owes = false;
    contact.heardNanos = nowNanos;
  }

  private Contact contact(UUID peer) {
    return contacts.computeIfAbsent(peer, unused -> new Contact());
  }

  /** Whether this peer was asked something a while ago and nothing came from it since. */
  boolean silent(UUID peer) {
    Contact contact = contacts.get(peer);
    return contact != null && contact.owes && clock.nanoTime() - contact.owesSinceNanos > slowNanos;
  }

  /** Whether this peer was heard so lately that it can be taken to be there. */
  boolean fresh(UUID peer) {
    Contact contact = contacts.get(peer);
    return contact != null && contact.heard && clock.nanoTime() - contact.heardNanos <= FRESH_NANOS;
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
    Contact contact = contact(peer);
    if (!contact.owes) {
      contact.owes = true;
      contact.owesSinceNanos = clock.nanoTime();
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
