package starling.node.peer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.message.Chunk;
import starling.node.peer.message.ChunkOffer;
import starling.node.peer.message.ChunkRejection;
import starling.node.peer.message.ChunkRequest;
import starling.node.peer.message.ChunkWithdrawal;
import starling.node.peer.message.Chunked;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.PeerMessage;

/**
 * Carries messages that are longer than a frame, in chunks, so that limits apply to clients and
 * never to merges. The sender offers a message with its length; the receiver reserves memory for
 * all of it, asks for the first chunks, and acknowledges each, so that no more than a window is
 * under way and small messages pass between. Decides only: frames and complete messages go through
 * a {@link Port}.
 *
 * <pre>
 *   offered    the receiver has not asked for any of it: it has no room yet
 *   travelling chunks go out; each answer moves the window on
 *   ended      whole over there; rejected; withdrawn; or the connection broke
 * </pre>
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>One message at a time travels to each peer, in the order of acceptance.
 *   <li>The bytes that wait to be sent, and the memory reserved for messages of others, have
 *       separate bounds: two nodes with many messages must not wait for each other.
 *   <li>Reserved memory is released when the message is whole, is withdrawn, its connection breaks,
 *       or none of it has come for {@link #STALL_NANOS}.
 *   <li>A message that needs more than may ever be reserved is rejected at once, with both numbers;
 *       a message that only waits for room waits {@link #ROOM_NANOS} at most.
 *   <li>A message is delivered once and whole, or not at all.
 * </ol>
 *
 * <p>Owned by the thread of the node's state.
 */
final class ChunkedMessages {
  /** Both sides give up a message that makes no progress for so long. */
  static final long STALL_NANOS = 10_000_000_000L;

  /** How long an offered message waits for room at its receiver. */
  static final long ROOM_NANOS = 30_000_000_000L;

  /** Chunks that may be under way to one peer. */
  static final int WINDOW_CHUNKS = 4;

  /** A tick that comes so late shows a pause of this process, not of its peers. */
  private static final long PAUSE_NANOS = 1_000_000_000L;

  /** The actions that are decided here. */
  interface Port {
    /** Sends a message in one frame; false if surely nothing was sent. */
    boolean send(UUID peer, PeerMessage message);

    /**
     * A message has come whole.
     *
     * @param tail the set that it ends with, as {@link PeerCodec#tailAt} finds it; or null
     * @param tookNanos since it was offered
     */
    void onMessage(UUID from, byte[] message, byte @Nullable [] tail, long tookNanos);

    /**
     * A message that was accepted here will surely not be delivered.
     *
     * @param call the call it belongs to, 0 for none
     * @param question whether it is a request; else it is a response
     */
    void onUndelivered(UUID peer, long call, boolean question, DeclineReason reason, String detail);
  }

  /** A message on its way out. */
  private static final class Sending {
    final byte[] head;
    final byte[] tail;
    final int length;
    final long call;
    final boolean question;
    long number;
    boolean offered;
    boolean asked;
    int sent;
    int arrived;
    long movedNanos;

    Sending(byte[] head, byte[] tail, long call, boolean question) {
      this.head = head;
      this.tail = tail;
      this.length = Math.addExact(head.length, tail.length);
      this.call = call;
      this.question = question;
    }

    /** Bytes of the message, from one position to another. */
    byte[] part(int from, int to) {
      byte[] part = new byte[to - from];
      int ofHead = Math.max(0, Math.min(to, head.length) - from);
      System.arraycopy(head, Math.min(from, head.length), part, 0, ofHead);
      int inTail = Math.max(0, from + ofHead - head.length);
      System.arraycopy(tail, inTail, part, ofHead, part.length - ofHead);
      return part;
    }
  }

  /** A message on its way in; without bytes while it waits for room, and for its first chunk. */
  private static final class Receiving {
    final long number;
    final int length;
    final long offeredNanos;
    boolean room;
    byte @Nullable [] bytes;

    /** The set that it ends with; one that is not copied again. */
    byte @Nullable [] tail;

    int filled;
    int told = -1;
    long movedNanos;

    Receiving(long number, int length, long nowNanos) {
      this.number = number;
      this.length = length;
      this.offeredNanos = nowNanos;
      this.movedNanos = nowNanos;
    }

    /** Takes the next bytes of it. */
    void add(byte[] chunk) {
      if (bytes == null) {
        int at = PeerCodec.tailAt(chunk, length);
        bytes = new byte[at < 0 ? length : at];
        tail = at < 0 ? null : new byte[length - at];
      }
      int before = Math.max(0, Math.min(chunk.length, bytes.length - filled));
      System.arraycopy(chunk, 0, bytes, Math.min(filled, bytes.length), before);
      if (tail != null) {
        int at = Math.max(0, filled - bytes.length);
        System.arraycopy(chunk, before, tail, at, chunk.length - before);
      }
      filled += chunk.length;
    }

    byte[] taken() {
      if (bytes == null) {
        throw new IllegalStateException("nothing of the message has come");
      }
      return bytes;
    }
  }

  private final int chunkBytes;
  private final WaitingBytes incoming;
  private final WaitingBytes outgoing;
  private final Port port;
  private final Map<UUID, Deque<Sending>> sending = new HashMap<>();

  /** How many messages end with each array: one that goes to several peers is held once. */
  private final IdentityHashMap<byte[], Integer> tails = new IdentityHashMap<>();

  /** In the order in which they were offered. */
  private final Map<UUID, Receiving> receiving = new LinkedHashMap<>();

  /** The number of the last message that came whole from each peer: a frame may come twice. */
  private final Map<UUID, Long> finished = new HashMap<>();

  /** Completed messages whose acknowledgement could not be sent yet. */
  private final Map<UUID, ChunkRequest> untold = new HashMap<>();

  private long lastNumber;
  private long tickedNanos;

  /**
   * @param chunkBytes bytes of a message in one frame
   * @param incoming where memory is reserved for messages of others
   * @param firstNumber higher than that of any message of an earlier process of this node
   */
  ChunkedMessages(
      int chunkBytes, WaitingBytes incoming, long firstNumber, long nowNanos, Port port) {
    this.chunkBytes = chunkBytes;
    this.incoming = incoming;
    this.outgoing = new WaitingBytes(incoming.maxBytes());
    this.lastNumber = firstNumber;
    this.tickedNanos = nowNanos;
    this.port = port;
  }

  // ---- sending

  /**
   * Accepts a message to send; false if surely nothing of it is sent.
   *
   * @param tail bytes after the head, which may be shared with other messages
   */
  boolean send(UUID peer, byte[] head, byte[] tail, long call, boolean question, long nowNanos) {
    if (!outgoing.add(cost(head, tail))) {
      return false;
    }
    var unusedCount = tails.merge(tail, 1, Integer::sum);
    Deque<Sending> queue = sending.computeIfAbsent(peer, unused -> new ArrayDeque<>(2));
    Sending taken = new Sending(head, tail, call, question);
    taken.movedNanos = nowNanos;
    queue.add(taken);
    if (queue.size() == 1 && !offer(peer, taken, nowNanos)) {
      var unused = remove(peer, taken);
      return false;
    }
    return true;
  }

  private boolean offer(UUID peer, Sending next, long nowNanos) {
    next.number = ++lastNumber;
    next.movedNanos = nowNanos;
    next.offered = port.send(peer, new ChunkOffer(next.number, next.length));
    return next.offered;
  }

  /** Removes a message from its queue, and offers the next one. */
  private @Nullable Sending remove(UUID peer, Sending done) {
    release(done);
    Deque<Sending> queue = sending.get(peer);
    if (queue == null) {
      return null;
    }
    queue.remove(done);
    if (queue.isEmpty()) {
      sending.remove(peer);
    }
    return queue.peek();
  }

  private int cost(byte[] head, byte[] tail) {
    return head.length + (tails.containsKey(tail) ? 0 : tail.length);
  }

  private void release(Sending done) {
    var unused = tails.computeIfPresent(done.tail, (tail, count) -> count == 1 ? null : count - 1);
    outgoing.remove(cost(done.head, done.tail));
  }

  private void next(UUID peer, Sending done, long nowNanos) {
    Sending next = remove(peer, done);
    if (next != null && !next.offered) {
      // Where that fails it is tried again at a tick.
      boolean unused = offer(peer, next, nowNanos);
    }
  }

  private @Nullable Sending travelling(UUID peer, long number) {
    Deque<Sending> queue = sending.get(peer);
    Sending head = queue == null ? null : queue.peek();
    return head != null && head.offered && head.number == number ? head : null;
  }

  private void pump(UUID peer, Sending head) {
    while (head.sent < head.length
        && head.sent - head.arrived < (long) WINDOW_CHUNKS * chunkBytes) {
      int end = (int) Math.min(head.length, (long) head.sent + chunkBytes);
      if (!port.send(peer, new Chunk(head.number, head.sent, head.part(head.sent, end)))) {
        // The connection's queue is full, or the connection has ended: a tick tries again, or its
        // end follows.
        return;
      }
      head.sent = end;
    }
  }

  /** The caller gave this call up: its message is not sent, or not to its end. */
  void cancel(UUID peer, long call, long nowNanos) {
    Deque<Sending> queue = sending.get(peer);
    if (queue == null) {
      return;
    }
    for (Sending one : queue) {
      if (one.question && one.call == call) {
        if (one.offered) {
          boolean unused = port.send(peer, new ChunkWithdrawal(one.number));
        }
        next(peer, one, nowNanos);
        return;
      }
    }
  }

  /** Whether no message is on its way out. */
  boolean sendsNothing() {
    return sending.isEmpty();
  }

  /** Whether a message is travelling to or from this peer, and has moved lately. */
  boolean travels(UUID peer) {
    Receiving coming = receiving.get(peer);
    return sending.containsKey(peer) || (coming != null && coming.room);
  }

  // ---- receiving

  void on(UUID from, Chunked message, long nowNanos) {
    if (message instanceof ChunkOffer offer) {
      onOffer(from, offer, nowNanos);
    } else if (message instanceof Chunk chunk) {
      onChunk(from, chunk, nowNanos);
    } else if (message instanceof ChunkRequest request) {
      onRequest(from, request, nowNanos);
    } else if (message instanceof ChunkWithdrawal withdrawal) {
      Receiving coming = receiving.get(from);
      if (coming != null && coming.number == withdrawal.call()) {
        drop(from, coming);
        makeRoom(nowNanos);
      }
    } else if (message instanceof ChunkRejection rejection) {
      Sending head = travelling(from, rejection.call());
      if (head != null) {
        next(from, head, nowNanos);
        undelivered(from, head, rejection.reason(), rejection.detail());
      }
    }
  }

  private void undelivered(UUID peer, Sending what, DeclineReason reason, String detail) {
    port.onUndelivered(peer, what.call, what.question, reason, detail);
  }

  private void onRequest(UUID from, ChunkRequest request, long nowNanos) {
    Sending head = travelling(from, request.call());
    if (head == null || request.arrived() < head.arrived || request.arrived() > head.sent) {
      return;
    }
    head.asked = true;
    head.arrived = (int) request.arrived();
    head.movedNanos = nowNanos;
    if (head.arrived == head.length) {
      next(from, head, nowNanos);
    } else {
      pump(from, head);
    }
  }

  private void onOffer(UUID from, ChunkOffer offer, long nowNanos) {
    Receiving before = receiving.get(from);
    Long last = finished.get(from);
    if ((before != null && before.number == offer.call())
        || (last != null && last == offer.call())) {
      return;
    }
    if (before != null) {
      // Its sender has given it up, or is another process now.
      drop(from, before);
    }
    long most = incoming.maxBytes() - WaitingBytes.OVERHEAD_BYTES;
    if (offer.length() < 1 || offer.length() > most) {
      reject(
          from,
          offer.call(),
          DeclineReason.TOO_LARGE,
          "a message of "
              + offer.length()
              + " bytes, and this node reserves at most "
              + most
              + " for messages of other nodes");
      return;
    }
    receiving.put(from, new Receiving(offer.call(), (int) offer.length(), nowNanos));
    makeRoom(nowNanos);
  }

  /** Reserves memory for waiting messages, the oldest first. */
  private void makeRoom(long nowNanos) {
    for (Map.Entry<UUID, Receiving> each : receiving.entrySet()) {
      Receiving coming = each.getValue();
      if (!coming.room) {
        if (!incoming.add(coming.length)) {
          return;
        }
        coming.room = true;
        coming.movedNanos = nowNanos;
        tell(each.getKey(), coming);
      }
    }
  }

  private void tell(UUID from, Receiving coming) {
    ChunkRequest word = new ChunkRequest(coming.number, coming.filled);
    if (port.send(from, word)) {
      coming.told = coming.filled;
    } else if (coming.filled == coming.length) {
      // A tick reports it: until then its sender sends no other message.
      var unused = untold.put(from, word);
    }
  }

  private void onChunk(UUID from, Chunk chunk, long nowNanos) {
    Receiving coming = receiving.get(from);
    if (coming == null || !coming.room || coming.number != chunk.call()) {
      Long last = finished.get(from);
      if (last == null || last != chunk.call()) {
        reject(from, chunk.call(), DeclineReason.FAILED, "a chunk of a message that was given up");
      }
      return;
    }
    long end = chunk.at() + chunk.bytes().length;
    if (end <= coming.filled) {
      return;
    }
    if (chunk.at() != coming.filled || end > coming.length) {
      drop(from, coming);
      reject(
          from, chunk.call(), DeclineReason.FAILED, "a chunk is missing before byte " + chunk.at());
      makeRoom(nowNanos);
      return;
    }
    coming.add(chunk.bytes());
    coming.movedNanos = nowNanos;
    tell(from, coming);
    if (coming.filled == coming.length) {
      var unused = finished.put(from, coming.number);
      receiving.remove(from, coming);
      try {
        port.onMessage(from, coming.taken(), coming.tail, nowNanos - coming.offeredNanos);
      } finally {
        // Not before: the decoded message takes memory of its own.
        incoming.remove(coming.length);
        makeRoom(nowNanos);
      }
    }
  }

  private void reject(UUID from, long number, DeclineReason reason, String detail) {
    boolean unused = port.send(from, new ChunkRejection(number, reason, detail));
  }

  private void drop(UUID from, Receiving coming) {
    receiving.remove(from, coming);
    if (coming.room) {
      incoming.remove(coming.length);
    }
  }

  // ---- time and connections

  /** The connection to a peer broke: the messages on their way are lost. */
  void onDisconnected(UUID peer, long nowNanos) {
    Deque<Sending> queue = sending.remove(peer);
    if (queue != null) {
      queue.forEach(this::release);
    }
    Receiving coming = receiving.get(peer);
    if (coming != null) {
      drop(peer, coming);
      makeRoom(nowNanos);
    }
    untold.remove(peer);
  }

  /**
   * Gives up messages without progress, and sends frames again that found no room in a connection's
   * queue.
   */
  void tick(long nowNanos) {
    boolean paused = nowNanos - tickedNanos > PAUSE_NANOS;
    long pause = paused ? nowNanos - tickedNanos : 0;
    tickedNanos = nowNanos;
    untold.entrySet().removeIf(each -> port.send(each.getKey(), each.getValue()));
    if (sending.isEmpty() && receiving.isEmpty()) {
      return;
    }
    for (UUID peer : List.copyOf(sending.keySet())) {
      Deque<Sending> queue = sending.get(peer);
      Sending head = queue == null ? null : queue.peek();
      if (head != null) {
        head.movedNanos += pause;
        tick(peer, head, nowNanos);
      }
    }
    for (Map.Entry<UUID, Receiving> each : new ArrayList<>(receiving.entrySet())) {
      Receiving coming = each.getValue();
      coming.movedNanos += pause;
      boolean waits = !coming.room;
      if (nowNanos - coming.movedNanos > (waits ? ROOM_NANOS : STALL_NANOS)) {
        drop(each.getKey(), coming);
        reject(
            each.getKey(),
            coming.number,
            DeclineReason.OVERLOADED,
            waits ? "there was no room for it in time" : "no chunk of it came for too long");
      } else if (!waits && coming.told != coming.filled) {
        tell(each.getKey(), coming);
      }
    }
    makeRoom(nowNanos);
  }

  private void tick(UUID peer, Sending head, long nowNanos) {
    if (nowNanos - head.movedNanos > (head.asked ? STALL_NANOS : ROOM_NANOS)) {
      if (head.offered) {
        boolean unused = port.send(peer, new ChunkWithdrawal(head.number));
      }
      next(peer, head, nowNanos);
      if (head.sent < head.length) {
        undelivered(peer, head, DeclineReason.OVERLOADED, "it could not be sent in time");
      }
      // Else all of it was sent: it may have come whole, and is lost on the way like any frame.
    } else if (!head.offered) {
      long moved = head.movedNanos;
      if (!offer(peer, head, nowNanos)) {
        head.movedNanos = moved;
      }
    } else if (head.asked) {
      pump(peer, head);
    }
  }

  /** Whether such a message may be held to be sent. */
  boolean hasRoomFor(byte[] head, byte[] tail) {
    return outgoing.hasRoomFor(cost(head, tail));
  }

  /** Bytes of messages that are held to be sent. */
  long outgoingBytes() {
    return outgoing.bytes();
  }
}
