package starling.node.peer;

import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.node.peer.message.Response;
import starling.node.port.Contained;

/**
 * The questions this node has asked and that wait for an answer. Bounded: when all places are taken
 * a new question is refused. A call number names a place and the turn it was given out in, so an
 * answer that comes late for a place already given to another call is recognised and dropped.
 *
 * <p>Owned by the thread of the node's state.
 */
public final class PendingCalls {
  /** Hears how one call ended: exactly one of the two, once. */
  public interface Listener {
    void onAnswer(Response answer);

    /** The connection broke or the call was given up: nobody knows what happened over there. */
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

  /** No place from here on has ever been given out. */
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
      // An answer to the last process under this id must not fit a call of this one.
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

  /** Notes what is asked by a call and when, for whoever learns from the time it takes. */
  void stamp(long call, byte kind, long nowNanos) {
    int place = (int) (call & (capacity - 1));
    kinds[place] = kind;
    askedNanos[place] = nowNanos;
  }

  /** What a call asks; -1 if it has ended or {@code from} was not asked. */
  int kind(long call, UUID from) {
    int place = (int) (call & (capacity - 1));
    return turns[place] == call / capacity && from.equals(peers[place]) ? kinds[place] : -1;
  }

  /** Whom a call asks, or null if it has ended. */
  @Nullable UUID peer(long call) {
    int place = (int) (call & (capacity - 1));
    return turns[place] == call / capacity ? peers[place] : null;
  }

  /** When a call that is under way was asked. */
  long askedNanos(long call) {
    return askedNanos[(int) (call & (capacity - 1))];
  }

  /** Ends a call without telling its listener. False if it had ended before. */
  boolean close(long call) {
    return take(call, null) != null;
  }

  /**
   * Passes an answer on; an answer to nothing, or from another peer than was asked, is dropped. One
   * that its listener cannot act on counts as lost.
   */
  void answer(UUID from, Response answer) {
    Listener listener = take(answer.call(), from);
    if (listener != null && !Contained.tell("what follows an answer", listener::onAnswer, answer)) {
      // As good as none: its call must not be waited for.
      lost(listener);
    }
  }

  private static void lost(Listener listener) {
    var unused = Contained.run("what follows a lost call", listener::onLost);
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
