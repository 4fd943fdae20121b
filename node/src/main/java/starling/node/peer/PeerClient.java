package starling.node.peer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.metrics.NodeCounters;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.message.Chunked;
import starling.node.peer.message.ClockNotice;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Declined;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.Forget;
import starling.node.peer.message.PeerMessage;
import starling.node.peer.message.Request;
import starling.node.peer.message.Response;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.port.Transport;
import starling.node.port.Transport.Channel;
import starling.node.version.HybridClock;

/**
 * Asks other nodes and answers them: numbers the calls, turns messages into frames, and says at
 * once when surely nothing was sent. Every frame carries this node's hybrid clock, so that its
 * receiver numbers its events above all that this node has numbered. Owned by the thread of the
 * node's state.
 */
public final class PeerClient {
  /** Below this, waiting a little more is cheaper than asking one more node. */
  public static final long MIN_HEDGE_NANOS = 4_000_000;

  /** How many times as long a caller waits for a set that is longer than a frame. */
  public static final int MAX_LONGER = 20;

  private static final Logger log = LoggerFactory.getLogger(PeerClient.class);

  /** A peer heard of more recently is taken to be there. */
  private static final long FRESH_NANOS = 25_000_000;

  /** An answer that is given up is not waited for any longer than this, even to learn from it. */
  private static final long MAX_FOLLOWED_NANOS = 2_000_000_000;

  /** Not for each: a set that cannot be delivered is tried again and again. */
  private static final long UNDELIVERED_WORD_NANOS = 60_000_000_000L;

  private static final int CHUNKED_PER_MILLI_BITS = 16;

  /** Frames up to this size find room wherever a decline would. */
  private static final int SMALL_FRAME_BYTES = 4096;

  private static final byte[] NO_TAIL = {};
  private static final byte OTHER = 0;
  private static final byte FETCH = 1;

  /** A peer that lately took this many times as long as another is asked after it. */
  private static final int MUCH_SLOWER = 4;

  /** Differences below this matter to nobody. */
  private static final long SLOWER_NANOS = 4_000_000;

  /** When one peer was last heard, and since when it owes an answer. */
  private static final class Contact {
    boolean heard;
    boolean owes;

    /** Whether a frame was sent to it since {@link PeerClient#tellClock} looked last. */
    boolean sent;

    long heardNanos;
    long owesSinceNanos;
    final AnswerTimes fetches;

    /** One fetch that nobody waits for any more; -1 for none. */
    long givenUp = -1;

    long givenUpAskedNanos;

    Contact(long nowNanos) {
      fetches = new AnswerTimes(nowNanos);
    }
  }

  private final Transport transport;
  private final PendingCalls calls;
  private final Clock clock;
  private final HybridClock hybridClock;
  private final long slowNanos;
  private final NodeCounters counters;
  private final int frameBytes;
  private final ChunkedMessages chunked;
  private final Map<UUID, Contact> contacts = new HashMap<>();
  private long nextUndeliveredWordNanos = Long.MIN_VALUE;

  /**
   * @param slowNanos a peer that answers nothing for so long counts as silent
   * @param frameBytes a longer message travels in chunks
   * @param waitingBytes where memory is set aside for such messages of others
   * @param whole hears of each that has come whole
   */
  public PeerClient(
      Transport transport,
      PendingCalls calls,
      Clock clock,
      HybridClock hybridClock,
      long slowNanos,
      NodeCounters counters,
      int frameBytes,
      WaitingBytes waitingBytes,
      WholeMessage whole) {
    this.transport = transport;
    this.calls = calls;
    this.clock = clock;
    this.hybridClock = hybridClock;
    this.slowNanos = slowNanos;
    this.counters = counters;
    this.frameBytes = frameBytes;
    this.chunked =
        new ChunkedMessages(
            Math.max(1, frameBytes / ChunkedMessages.WINDOW_CHUNKS),
            waitingBytes,
            // Above those of an earlier process, unless its clock was set back.
            clock.wallMillis() << CHUNKED_PER_MILLI_BITS,
            clock.nanoTime(),
            new Chunks(whole));
  }

  /** Hears of a message that came in chunks. */
  public interface WholeMessage {
    /**
     * @param tail the set that it ends with, if that came apart
     * @param tookNanos since it was offered
     */
    void onMessage(UUID from, byte[] message, byte @Nullable [] tail, long tookNanos);
  }

  /** What becomes of messages that are longer than a frame. */
  private final class Chunks implements ChunkedMessages.Port {
    private final WholeMessage whole;

    Chunks(WholeMessage whole) {
      this.whole = whole;
    }

    @Override
    public boolean send(UUID peer, PeerMessage message) {
      boolean sent = PeerClient.this.send(peer, PeerCodec.encode(message));
      if (sent) {
        contact(peer).sent = true;
      }
      return sent;
    }

    @Override
    public void onMessage(UUID from, byte[] message, byte @Nullable [] tail, long tookNanos) {
      whole.onMessage(from, message, tail, tookNanos);
    }

    @Override
    public void onUndelivered(
        UUID peer, long call, boolean question, DeclineReason reason, String detail) {
      tellUndelivered(peer, reason + ": " + detail);
      Declined declined = new Declined(call, reason, detail);
      if (question) {
        calls.answer(peer, declined);
      } else if (call != 0) {
        tell(peer, declined);
      }
    }
  }

  /** Something came from this peer: it is there. */
  public void heard(UUID peer, long nowNanos) {
    Contact contact = contact(peer);
    contact.heard = true;
    contact.owes = false;
    contact.heardNanos = nowNanos;
  }

  private Contact contact(UUID peer) {
    Contact contact = contacts.get(peer);
    if (contact == null) {
      contact = new Contact(clock.nanoTime());
      contacts.put(peer, contact);
    }
    return contact;
  }

  /** Whether this peer was asked something a while ago and nothing came from it since. */
  public boolean silent(UUID peer) {
    Contact contact = contacts.get(peer);
    return contact != null && contact.owes && clock.nanoTime() - contact.owesSinceNanos > slowNanos;
  }

  /** Whether this peer was heard so lately that it can be taken to be there. */
  public boolean fresh(UUID peer) {
    Contact contact = contacts.get(peer);
    return contact != null && contact.heard && clock.nanoTime() - contact.heardNanos <= FRESH_NANOS;
  }

  /**
   * Sends a question. Returns the call's number, or -1 when surely nothing was sent; then the
   * listener hears nothing.
   */
  public long ask(UUID peer, LongFunction<Request> question, PendingCalls.Listener listener) {
    long call = calls.open(peer, listener);
    if (call < 0) {
      return -1;
    }
    Request asked;
    boolean sent;
    long now = clock.nanoTime();
    try {
      asked = question.apply(call);
      sent = sendWhole(peer, asked, now) == 0;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      calls.close(call);
      throw e;
    }
    if (!sent) {
      calls.close(call);
      return -1;
    }
    Contact contact = contact(peer);
    contact.sent = true;
    if (!contact.owes) {
      contact.owes = true;
      contact.owesSinceNanos = now;
    }
    calls.stamp(call, asked instanceof Fetch ? FETCH : OTHER, now);
    return call;
  }

  /** An answer has come: learns from the time it took, and passes it on. */
  public void onAnswer(UUID from, Response answer) {
    Contact contact = contact(from);
    if (calls.kind(answer.call(), from) == FETCH) {
      long now = clock.nanoTime();
      contact.fetches.add(now - calls.askedNanos(answer.call()), now);
    } else if (answer.call() == contact.givenUp) {
      contact.givenUp = -1;
      long now = clock.nanoTime();
      contact.fetches.add(now - contact.givenUpAskedNanos, now);
    }
    calls.answer(from, answer);
  }

  /** What 99 of 100 questions for what a peer holds have not exceeded lately; 0 if not known. */
  public long highAnswerNanos(UUID peer) {
    Contact contact = contacts.get(peer);
    if (contact == null) {
      return 0;
    }
    contact.fetches.age(clock.nanoTime());
    return contact.fetches.high();
  }

  /** What its answers took lately; 0 where it is not known. */
  public long latelyNanos(UUID peer, long nowNanos) {
    Contact contact = contacts.get(peer);
    return contact == null ? 0 : contact.fetches.lately(nowNanos);
  }

  /** Whether one who lately took so long is to be asked after another. */
  public static boolean muchSlower(long latelyNanos, long quickestNanos) {
    return latelyNanos > MUCH_SLOWER * quickestNanos + SLOWER_NANOS;
  }

  /** Ends a call whose answer no longer matters. */
  public void close(long call) {
    UUID peer = calls.peer(call);
    if (peer != null && calls.kind(call, peer) == FETCH) {
      learnFromSilence(contact(peer), call);
    }
    if (peer != null && !chunked.sendsNothing()) {
      chunked.cancel(peer, call, clock.nanoTime());
    }
    calls.close(call);
  }

  /**
   * One that was given up would have taken longer still: that says something if it is much. How
   * much is seen when its answer comes all the same; one at a time is followed that far.
   */
  private void learnFromSilence(Contact contact, long call) {
    long now = clock.nanoTime();
    long asked = calls.askedNanos(call);
    if (now - asked > Math.max(MIN_HEDGE_NANOS, contact.fetches.lately(now))) {
      contact.fetches.add(now - asked, now);
    }
    if (contact.givenUp < 0 || now - contact.givenUpAskedNanos > MAX_FOLLOWED_NANOS) {
      contact.givenUp = call;
      contact.givenUpAskedNanos = asked;
    }
  }

  /** Ends a call and tells the other side that nobody waits for it any more. */
  public void giveUp(UUID peer, long call) {
    if (calls.close(call)) {
      if (!chunked.sendsNothing()) {
        chunked.cancel(peer, call, clock.nanoTime());
      }
      tell(peer, new Forget(call));
    }
  }

  /** Sends what needs no answer, or is one. What is lost on the way times out over there. */
  public void tell(UUID peer, PeerMessage message) {
    long unused = offer(peer, message);
  }

  /**
   * Answers. A large answer for which the way to the peer has no room is declined instead, so that
   * its asker turns to another replica and need not wait for its time-out.
   */
  public void answer(UUID peer, Response answer) {
    if (offer(peer, answer) > SMALL_FRAME_BYTES) {
      tell(
          peer,
          new Declined(answer.call(), DeclineReason.OVERLOADED, "the way to the asker is full"));
    }
  }

  private long offer(UUID peer, PeerMessage message) {
    long unsent = sendWhole(peer, message, clock.nanoTime());
    if (unsent == 0) {
      contact(peer).sent = true;
    }
    return unsent;
  }

  /**
   * Sends a message in one frame, or in chunks where it is longer. Returns 0, or how long it is if
   * surely nothing was sent.
   */
  private long sendWhole(UUID peer, PeerMessage message, long nowNanos) {
    byte[] tail = message.lastSet();
    if (tail != null && tail.length > frameBytes) {
      byte[] head = PeerCodec.encodeHead(message);
      boolean sent = sendInChunks(peer, message, head, tail, nowNanos);
      return sent ? 0 : head.length + (long) tail.length;
    }
    byte[] frame = PeerCodec.encode(message);
    boolean sent =
        frame.length <= frameBytes
            ? send(peer, frame)
            : sendInChunks(peer, message, frame, NO_TAIL, nowNanos);
    return sent ? 0 : frame.length;
  }

  private boolean sendInChunks(
      UUID peer, PeerMessage message, byte[] head, byte[] tail, long nowNanos) {
    counters.chunked++;
    if (!chunked.hasRoomFor(head, tail)) {
      tellUndelivered(
          peer,
          (head.length + (long) tail.length)
              + " bytes, and "
              + chunked.outgoingBytes()
              + " bytes are held already to be sent to others");
      return false;
    }
    PeerCodec.enterClock(head, hybridClock.reading(clock.wallMillis()));
    boolean question = message instanceof Request;
    return chunked.send(peer, head, tail, message.call(), question, nowNanos);
  }

  private void tellUndelivered(UUID peer, String why) {
    counters.undelivered++;
    long now = clock.nanoTime();
    if (now >= nextUndeliveredWordNanos) {
      nextUndeliveredWordNanos = now + UNDELIVERED_WORD_NANOS;
      log.warn(
          "a message to node {} that is longer than a frame was not delivered: {}; it is tried"
              + " again. If that goes on, resolve the siblings of large values, send fewer large"
              + " values at once, or give the nodes a larger heap",
          peer,
          why);
    }
  }

  /** A part of a message that is longer than a frame, or a word about one. */
  public void onChunked(UUID from, Chunked message) {
    chunked.on(from, message, clock.nanoTime());
  }

  /**
   * Whether a message that is longer than a frame is on its way to or from this peer. Its receiver
   * waits up to {@link #MAX_LONGER} times as long for it.
   */
  public boolean travels(UUID peer) {
    return chunked.travels(peer);
  }

  public void tick(long nowNanos) {
    chunked.tick(nowNanos);
  }

  /** Nobody will answer on the connection to this peer any more. */
  public void lose(UUID peer) {
    chunked.onDisconnected(peer, clock.nanoTime());
    calls.lose(peer);
  }

  /**
   * Tells each of these peers this node's clock, if it was sent no other frame since the last call.
   * So two connected nodes that have nothing to say to each other know each other's clock too.
   */
  public void tellClock(List<UUID> others) {
    for (UUID peer : others) {
      Contact contact = contact(peer);
      if (!contact.sent && connected(peer)) {
        tell(peer, new ClockNotice(0));
      }
      contact.sent = false;
    }
  }

  /** Whether it may have been sent: where an error says neither, it counts as lost on the way. */
  private boolean send(UUID peer, byte[] frame) {
    PeerCodec.enterClock(frame, hybridClock.reading(clock.wallMillis()));
    try {
      return transport.send(peer, Channel.DATA, frame);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("a frame to {} may not have been sent", peer, e);
      return true;
    }
  }

  public boolean connected(UUID peer) {
    return transport.connected(peer, Channel.DATA);
  }
}
