package starling.node.peer;

import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.node.peer.message.Response;
import starling.node.port.Contained;

/**
 * The requests of this node that wait for a response. Bounded: when all slots are in use a new
 * request is rejected. A call number names a slot and a turn, so a late response for a slot that
 * another call uses now is recognised and dropped.
 *
 * <p>Owned by the thread of the node's state.
 */
public final class PendingCalls {
  /** The end of one call: exactly one of the two methods runs, once. */
  public interface Listener {
    void onAnswer(Response answer);

    /** The connection broke or the call was given up: the outcome at the peer is unknown. */
    void onLost();
  }

  private static final int MAX_TURNS = 0x3fffffff;

  private final int capacity;
  private final @Nullable Listener[] listeners;
  private final @Nullable UUID[] peers;
  private final int[] turns;
  private final long[] askedNanos;
  private final byte[] kinds;
  private final int[] free;
  private int freeCount;

  /** No slot from here on was ever used. */
  private int untouched;

  /**
   * @param capacity a power of two
   * @param choice where the turns of this process begin
   */
  public PendingCalls(int capacity, RandomGenerator choice) {
    this.capacity = capacity;
    this.listeners = new Listener[capacity];
    this.peers = new UUID[capacity];
    this.turns = new int[capacity];
    this.askedNanos = new long[capacity];
    this.kinds = new byte[capacity];
    this.free = new int[capacity];
    for (int i = 0; i < capacity; i++) {
      free[i] = capacity - 1 - i;
      // A response to the last process of this id must not match a call of this one.
      turns[i] = choice.nextInt() & MAX_TURNS;
    }
    this.freeCount = capacity;
  }

  /** A number for a call to {@code peer}, or -1 when too many are under way. */
  long open(UUID peer, Listener listener) {
    if (freeCount == 0) {
      return -1;
    }
    int place = free[--freeCount];
    untouched = Math.max(untouched, place + 1);
    listeners[place] = listener;
    peers[place] = peer;
    turns[place] = (turns[place] + 1) & MAX_TURNS;
    return (long) turns[place] * capacity + place;
  }

  /** Records the content and time of a call, to learn from its answer time. */
  void stamp(long call, byte kind, long nowNanos) {
    int place = (int) (call & (capacity - 1));
    kinds[place] = kind;
    askedNanos[place] = nowNanos;
  }

  /** The content of a call; -1 if it has ended or went to another peer than {@code from}. */
  int kind(long call, UUID from) {
    int place = (int) (call & (capacity - 1));
    return turns[place] == call / capacity && from.equals(peers[place]) ? kinds[place] : -1;
  }

  /** The peer of a call, or null if it has ended. */
  @Nullable UUID peer(long call) {
    int place = (int) (call & (capacity - 1));
    return turns[place] == call / capacity ? peers[place] : null;
  }

  /** The start of a call that is under way. */
  long askedNanos(long call) {
    return askedNanos[(int) (call & (capacity - 1))];
  }

  /** Ends a call without a callback. False if it had ended before. */
  boolean close(long call) {
    return take(call, null) != null;
  }

  /**
   * Delivers a response; a response without a call, or from another peer, is dropped. If the
   * listener fails, the call counts as lost.
   */
  void answer(UUID from, Response answer) {
    Listener listener = take(answer.call(), from);
    if (listener != null
        && !Contained.tell("a listener of a response", listener::onAnswer, answer)) {
      // The response is useless: its call must not stay open.
      lost(listener);
    }
  }

  private static void lost(Listener listener) {
    var unused = Contained.run("a listener of a lost call", listener::onLost);
  }

  /** Ends all calls to a peer whose connection broke. */
  void lose(UUID peer) {
    for (int place = 0; place < untouched; place++) {
      if (peer.equals(peers[place])) {
        Listener listener = take((long) turns[place] * capacity + place, peer);
        if (listener != null) {
          lost(listener);
        }
      }
    }
  }

  public int underWay() {
    return capacity - freeCount;
  }

  private @Nullable Listener take(long call, @Nullable UUID from) {
    int place = (int) (call & (capacity - 1));
    Listener listener = listeners[place];
    if (listener == null
        || turns[place] != call / capacity
        || (from != null && !from.equals(peers[place]))) {
      return null;
    }
    listeners[place] = null;
    peers[place] = null;
    free[freeCount++] = place;
    return listener;
  }
}
