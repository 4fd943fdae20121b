package starling.node.runtime.rpc;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.Address;
import starling.node.port.OutOfMemory;
import starling.node.port.Timers;
import starling.node.port.Transport.Channel;

/**
 * One TCP connection to another node. Frames of one turn of the event loop are written together;
 * bytes that the socket has not accepted yet are counted, and above the bound the connection
 * accepts no more.
 *
 * <p>Closing has two steps. For its owner a connection ends when either side gives it up; {@link
 * Events#onEnd} reports that once. The socket closes when it can: closing a Vert.x socket waits
 * until all written bytes are out, which never happens if the peer has stopped reading, so after
 * the last frame the socket has a second and is then torn down.
 *
 * <p>Lives on the event loop of its network.
 */
final class PeerConnection {
  /** The events of a connection for its owner, which changes when both sides have greeted. */
  interface Events {
    /** False if the connection has been given up meanwhile. */
    boolean onFrame(PeerConnection connection, int kind, byte[] payload);

    void onBadLength(PeerConnection connection, long length);

    /** All frames that arrived together were delivered. */
    void onBatchEnd();

    void onEnd(PeerConnection connection);
  }

  private static final Logger log = LoggerFactory.getLogger(PeerConnection.class);
  private static final long LAST_WORD_NANOS = 1_000_000_000L;
  private static final int KEPT_BUFFER_BYTES = 1 << 16;

  private final NetSocket socket;
  private final Context context;
  private final Timers timers;
  private final PeerCounters counters;
  private final FrameParser parser;
  private final boolean dialledHere;
  private Events events;
  private int queueBytes;
  private Buffer out = Buffer.buffer();
  private boolean flushing;
  private long unwritten;

  /** Its share of {@link PeerCounters#queuedBytes}. */
  private long counted;

  private long allQueueBytes = Long.MAX_VALUE;

  /** A frame may lie in {@link #out} in part. */
  private boolean torn;

  private boolean ended;
  private boolean gone;
  private long lastSentNanos;
  private long lastHeardNanos;
  private @Nullable Hello mine;
  private @Nullable Hello theirs;
  private boolean established;
  private @Nullable UUID toldCluster;
  private @Nullable UUID theirCluster;
  private @Nullable Address resolved;

  /**
   * @param greetingBytes the longest frame, and all that may wait, until both sides have greeted
   */
  PeerConnection(
      NetSocket socket,
      Context context,
      Timers timers,
      PeerCounters counters,
      boolean dialledHere,
      int greetingBytes,
      long nowNanos,
      Events events) {
    this.socket = socket;
    this.context = context;
    this.timers = timers;
    this.counters = counters;
    this.dialledHere = dialledHere;
    this.queueBytes = greetingBytes;
    this.lastSentNanos = nowNanos;
    this.lastHeardNanos = nowNanos;
    this.events = events;
    this.parser =
        new FrameParser(
            greetingBytes,
            new FrameParser.Sink() {
              @Override
              public boolean onFrame(int kind, byte[] payload) {
                counters.framesIn++;
                counters.bytesIn += Frame.wireBytes(payload);
                return PeerConnection.this.events.onFrame(PeerConnection.this, kind, payload)
                    && !ended;
              }

              @Override
              public void onBadLength(long length) {
                PeerConnection.this.events.onBadLength(PeerConnection.this, length);
              }
            });
  }

  /**
   * Begins to listen to the socket; in the same turn of the loop in which it was given, or bytes
   * are lost.
   */
  void begin(LongSupplier nanoTime, Runnable onGone) {
    socket.handler(
        arrived -> {
          lastHeardNanos = nanoTime.getAsLong();
          read(arrived);
        });
    socket.exceptionHandler(
        failure -> {
          OutOfMemory.endsProcess(failure);
          abort();
        });
    socket.closeHandler(
        unused -> {
          gone = true;
          try {
            end();
          } finally {
            onGone.run();
          }
        });
  }

  private void read(Buffer arrived) {
    if (ended) {
      return;
    }
    try {
      parser.feed(arrived);
      events.onBatchEnd();
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      // Where in the stream the next frame begins is lost with the exception.
      abort();
      log.error("a frame of {} could not be worked on", remote(), e);
    }
  }

  /** This side has greeted. */
  void greeted(Hello hello) {
    mine = hello;
    toldCluster = hello.clusterId();
  }

  /** Both sides have greeted: the bounds of the protocol hold, and another owner listens. */
  void establish(
      Hello peer, int maxFrameBytes, int maxQueueBytes, long maxAllQueueBytes, Events owner) {
    theirs = peer;
    theirCluster = peer.clusterId();
    established = true;
    queueBytes = maxQueueBytes;
    allQueueBytes = maxAllQueueBytes;
    parser.maxFrameBytes(maxFrameBytes);
    events = owner;
  }

  /**
   * Accepts a frame; false if the connection has ended or too much waits already. A single frame of
   * any size is accepted when nothing waits.
   */
  boolean send(int kind, byte[] payload, long nowNanos) {
    long waiting = queuedBytes();
    long bytes = Frame.wireBytes(payload);
    if (ended || torn || (waiting > 0 && (waiting + bytes > queueBytes || noRoom(bytes)))) {
      return false;
    }
    try {
      Frame.append(out, kind, payload);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("a frame to {} could not be encoded; the connection is closed", remote(), e);
      // Half of it may be written: the peer would read the next frame as its rest.
      torn = true;
      flushSoon();
      return false;
    }
    counters.framesOut++;
    counters.bytesOut += bytes;
    count(bytes);
    lastSentNanos = nowNanos;
    flushSoon();
    return true;
  }

  /** Whether all connections together have too much to write already. */
  private boolean noRoom(long bytes) {
    return counters.queuedBytes + bytes > allQueueBytes;
  }

  private void count(long bytes) {
    counted += bytes;
    counters.queuedBytes += bytes;
  }

  private void flushSoon() {
    if (!flushing) {
      flushing = true;
      context.runOnContext(unused -> flush());
    }
  }

  private void flush() {
    flushing = false;
    if (torn) {
      abort();
      return;
    }
    if (gone || out.length() == 0) {
      return;
    }
    Buffer batch = out;
    int bytes = batch.length();
    out = Buffer.buffer(Math.min(bytes, KEPT_BUFFER_BYTES));
    unwritten += bytes;
    try {
      socket.write(batch).onComplete(done -> written(bytes, done.cause()));
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      abort();
      log.error("frames to {} could not be written", remote(), e);
    }
  }

  private void written(int bytes, @Nullable Throwable failure) {
    unwritten -= bytes;
    if (!ended) {
      count(-bytes);
    }
    if (failure != null) {
      OutOfMemory.endsProcess(failure);
      abort();
    }
  }

  /** Ends the connection with a last frame, if there is room for it. */
  void sendLast(int kind, byte[] payload, long nowNanos) {
    if (ended) {
      return;
    }
    boolean unused = send(kind, payload, nowNanos);
    flush();
    end();
    var unusedClose = socket.close();
    timers.after(LAST_WORD_NANOS, this::abort);
  }

  /** Ends the connection and tears the socket down, even if bytes still wait. */
  void abort() {
    try {
      end();
    } finally {
      if (!gone) {
        gone = true;
        var unused = ((NetSocketInternal) socket).channelHandlerContext().close();
      }
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      count(-counted);
      out = Buffer.buffer();
      events.onEnd(this);
    }
  }

  boolean ended() {
    return ended;
  }

  boolean established() {
    return established;
  }

  boolean dialledHere() {
    return dialledHere;
  }

  /** The greeting of the other side. */
  Hello theirs() {
    return said(theirs);
  }

  UUID node() {
    return theirs().node();
  }

  Channel channel() {
    return theirs().channel();
  }

  Address address() {
    return theirs().advertised();
  }

  /** The greetings of both sides, as far as they count against another connection. */
  CollisionResolution.Greeted greetings() {
    return greetings(said(mine), theirs());
  }

  /** The same with greetings that are not yet this connection's. */
  CollisionResolution.Greeted greetings(Hello ofMine, Hello ofTheirs) {
    return new CollisionResolution.Greeted(
        dialledHere, ofTheirs.life(), ofMine.number(), ofTheirs.number());
  }

  Hello mine() {
    return said(mine);
  }

  private static Hello said(@Nullable Hello hello) {
    if (hello == null) {
      throw new IllegalStateException("this side of the connection has not greeted yet");
    }
    return hello;
  }

  /** The cluster id that this side last sent, null if none. */
  @Nullable UUID toldCluster() {
    return toldCluster;
  }

  void toldCluster(UUID cluster) {
    toldCluster = cluster;
  }

  /** The cluster id that the other side last sent. */
  @Nullable UUID theirCluster() {
    return theirCluster;
  }

  void theyAreIn(UUID cluster) {
    theirCluster = cluster;
  }

  /** The known address of its node, now that both sides have greeted. */
  void resolved(Address address) {
    resolved = address;
  }

  /**
   * Whether its node has moved since: its known address has changed, and not to the one in its
   * greeting. The greeting of a node that has just restarted is newer than the known address.
   */
  boolean movedTo(Address known) {
    if (known.equals(resolved)) {
      return false;
    }
    resolved = known;
    return !known.equals(address());
  }

  long lastSentNanos() {
    return lastSentNanos;
  }

  long lastHeardNanos() {
    return lastHeardNanos;
  }

  long queuedBytes() {
    return unwritten + out.length();
  }

  String remote() {
    return String.valueOf(socket.remoteAddress());
  }
}
