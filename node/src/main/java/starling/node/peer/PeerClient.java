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
 * Sends requests and responses to other nodes: numbers the calls, turns messages into frames, and
 * reports at once when surely nothing was sent. Every frame carries this node's hybrid clock, so
 * that its receiver's counters exceed all that this node has given. Owned by the thread of the
 * node's state.
 */
public final class PeerClient {
  /** Below this, waiting a little more is cheaper than asking one more node. */
  public static final long MIN_HEDGE_NANOS = 4_000_000;

  /** How many times as long a caller waits for a set that is longer than a frame. */
  public static final int MAX_LONGER = 20;

  private static final Logger log = LoggerFactory.getLogger(PeerClient.class);

  /** A peer that was heard more recently counts as up. */
  private static final long FRESH_NANOS = 25_000_000;

  /** An abandoned answer is awaited no longer than this, to learn its time. */
  private static final long MAX_FOLLOWED_NANOS = 2_000_000_000;

  /** Not for each: a set that cannot be delivered is retried again and again. */
  private static final long UNDELIVERED_WORD_NANOS = 60_000_000_000L;

  private static final int CHUNKED_PER_MILLI_BITS = 16;

  /** Frames up to this size find room wherever a decline would. */
  private static final int SMALL_FRAME_BYTES = 4096;

  private static final byte[] NO_TAIL = {};
  private static final byte OTHER = 0;
  private static final byte FETCH = 1;

  /** A peer that lately took this many times as long as another is asked after it. */
  private static final int MUCH_SLOWER = 4;

  /** Differences below this do not matter. */
  private static final long SLOWER_NANOS = 4_000_000;

  /** When one peer was last heard, and since when it owes a response. */
  private static final class Contact {
    boolean heard;
    boolean owes;

    /** Whether a frame was sent to it since the last {@link PeerClient#tellClock}. */
    boolean sent;

    long heardNanos;
    long owesSinceNanos;
    final AnswerTimes fetches;

    /** One fetch that was given up; -1 for none. */
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
   * @param slowNanos a peer without any response for so long counts as silent
   * @param frameBytes a longer message travels in chunks
   * @param waitingBytes where memory is reserved for such messages of others
   * @param whole called for each complete one
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

  /** Called for a complete message that came in chunks. */
  public interface WholeMessage {
    /**
     * @param tail the set that it ends with, if that came apart
     * @param tookNanos since it was offered
     */
    void onMessage(UUID from, byte[] message, byte @Nullable [] tail, long tookNanos);
  }

  /** The actions of messages that are longer than a frame. */
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

  /** A frame came from this peer: it is up. */
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

  /** Whether this peer got a request a while ago and has sent nothing since. */
  public boolean silent(UUID peer) {
    Contact contact = contacts.get(peer);
    return contact != null && contact.owes && clock.nanoTime() - contact.owesSinceNanos > slowNanos;
  }

  /** Whether this peer was heard so recently that it counts as up. */
  public boolean fresh(UUID peer) {
    Contact contact = contacts.get(peer);
    return contact != null && contact.heard && clock.nanoTime() - contact.heardNanos <= FRESH_NANOS;
  }

  /**
   * Sends a request. Returns the call's number, or -1 when surely nothing was sent; then no
   * callback runs.
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

  /** A response has come: learns its time, and delivers it. */
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

  /** The recent 99th percentile of fetches; 0 if not known. */
  public long highAnswerNanos(UUID peer) {
    Contact contact = contacts.get(peer);
    if (contact == null) {
      return 0;
    }
    contact.fetches.age(clock.nanoTime());
    return contact.fetches.high();
  }

  /** Its recent answer time; 0 if not known. */
  public long latelyNanos(UUID peer, long nowNanos) {
    Contact contact = contacts.get(peer);
    return contact == null ? 0 : contact.fetches.lately(nowNanos);
  }

  /** Whether a peer with this answer time is asked after another. */
  public static boolean muchSlower(long latelyNanos, long quickestNanos) {
    return latelyNanos > MUCH_SLOWER * quickestNanos + SLOWER_NANOS;
  }

  /** Ends a call whose response no longer matters. */
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
   * An abandoned call would have taken longer still, which matters if it is much. Its late response
   * shows how much; one call at a time is followed that far.
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

  /** Ends a call and tells the peer that no response is awaited. */
  public void giveUp(UUID peer, long call) {
    if (calls.close(call)) {
      if (!chunked.sendsNothing()) {
        chunked.cancel(peer, call, clock.nanoTime());
      }
      tell(peer, new Forget(call));
    }
  }

  /**
   * Sends a message without a response, or a response. If it is lost, the peer's call times out.
   */
  public void tell(UUID peer, PeerMessage message) {
    long unused = offer(peer, message);
  }

  /**
   * Responds. If the connection has no room for a large response it declines instead, so that the
   * caller tries another replica and need not wait for its time-out.
   */
  public void answer(UUID peer, Response answer) {
    if (offer(peer, answer) > SMALL_FRAME_BYTES) {
      tell(
          peer,
          new Declined(answer.call(), DeclineReason.OVERLOADED, "the queue to the caller is full"));
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
              + " bytes wait already to be sent to others");
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
          "a message to node {} that is longer than a frame was not delivered: {}; the node tries again. If this continues, resolve the siblings of large values, send fewer large"
              + " values at once, or give the nodes a larger heap",
          peer,
          why);
    }
  }

  /** A chunk of a message that is longer than a frame, or a control message about one. */
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

  /** No response will come on the connection to this peer any more. */
  public void lose(UUID peer) {
    chunked.onDisconnected(peer, clock.nanoTime());
    calls.lose(peer);
  }

  /**
   * Sends this node's clock to each of these peers that got no other frame since the last call. So
   * two idle connected nodes know each other's clock too.
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

  /** Whether it may have been sent: after an unexpected error it counts as lost on the way. */
  private boolean send(UUID peer, byte[] frame) {
    PeerCodec.enterClock(frame, hybridClock.reading(clock.wallMillis()));
    try {
      return transport.send(peer, Channel.DATA, frame);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("an error while a frame was sent to {}; it may be lost", peer, e);
      return true;
    }
  }

  public boolean connected(UUID peer) {
    return transport.connected(peer, Channel.DATA);
  }
}
