package starling.node.runtime.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;
import starling.wire.ProblemKind;

/**
 * The timeouts of one connection, in front of the HTTP decoder, where every byte passes: it closes
 * the connection of a client that sends too slowly, reads too slowly or is silent for too long, in
 * any state of the decoder. On the connection's event loop only.
 *
 * <p>A client that is still sending must be able to read a rejection before the end of its body.
 * Closing then would reset the connection and destroy the answer, so the connection
 * <em>lingers</em>: the server shuts its side after the answer, discards later bytes unread, and
 * closes when the client is done, or after {@link #LINGER_NANOS}, or {@link #LINGER_BYTES}.
 *
 * <p>A client may end its side of the connection after its last request and still wants the answers
 * (RFC 9112, section 9.6). So the end of its input closes nothing while requests are unanswered;
 * the last answer closes the connection.
 */
// Closing ends with a closed channel, with or without an error.
@SuppressWarnings("FutureReturnValueIgnored")
final class ConnectionTimeouts extends ChannelDuplexHandler {
  static final AttributeKey<ConnectionTimeouts> KEY =
      AttributeKey.valueOf(ConnectionTimeouts.class, "watch");

  private static final long LINGER_NANOS = 10_000_000_000L;
  private static final long LINGER_BYTES = 256L << 20;

  private final Channel channel;
  private final Connections connections;

  /** When the first byte of a request came that has not arrived completely; 0 for none. */
  private long begun;

  private long lastActive;

  /** Since when the client has received nothing of the waiting bytes; 0 while none wait. */
  private long stalled;

  /** Bytes that waited for the client at the last check. */
  private long untaken;

  private @Nullable ChannelHandlerContext here;

  /** Unanswered requests whose head has come, those that wait included. */
  private int requests;

  /** Whether the body of the last request is not complete. */
  private boolean bodyOpen;

  /** Called when the body of the request under way will not arrive. */
  private @Nullable Consumer<RequestRejected> onLost;

  /** Why the body of the last request will not arrive, if that is known. */
  private @Nullable RequestRejected lost;

  private boolean inputEnded;
  private boolean finished;
  private boolean resting;
  private boolean lingering;
  private long lingerSince;
  private long lingerBytes;

  ConnectionTimeouts(Channel channel, Connections connections, long now) {
    this.channel = channel;
    this.connections = connections;
    this.lastActive = now;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    here = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (lingering) {
      lingerBytes += msg instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
      ReferenceCountUtil.release(msg);
      if (lingerBytes > LINGER_BYTES) {
        channel.close();
      }
      return;
    }
    lastActive = System.nanoTime();
    if (begun == 0) {
      begun = lastActive;
    }
    ctx.fireChannelRead(msg);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    stalled = channel.isWritable() ? 0 : System.nanoTime();
    untaken = Long.MAX_VALUE;
    ctx.fireChannelWritabilityChanged();
  }

  /** Whether the client has received nothing for so long. Received bytes restart the time. */
  private boolean takesNothing(long now, long deadlineNanos) {
    if (stalled == 0) {
      return false;
    }
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    long bytes = waiting == null ? 0 : waiting.totalPendingWriteBytes() - waiting.currentProgress();
    if (bytes != untaken) {
      untaken = bytes;
      stalled = now;
    }
    return now - stalled > deadlineNanos;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    connections.closed(this);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    OutOfMemory.endsProcess(cause);
    ctx.fireExceptionCaught(cause);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    // The decoder first: a head that is cut off becomes an invalid request.
    ctx.fireUserEventTriggered(event);
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      inputEnded = true;
      if (lingering) {
        closeIfFinished();
      } else if (requests == 0) {
        // The server behind closes after the answers that are still on their way out.
        channel.close();
      } else if (bodyOpen) {
        bodyLost(
            new RequestRejected(
                ProblemKind.BAD_REQUEST, "body", "the connection ended before the body did"));
      }
    }
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!inputEnded) {
      // After its end the system's sockets close the channel, with its unsent answers, if they are
      // asked.
      ctx.read();
    }
  }

  /** The head of a request has come, and perhaps its turn has not. */
  void requestDecoded(boolean bodyFollows) {
    requests++;
    bodyOpen = bodyFollows;
  }

  /** The body of the last request is complete. */
  void bodyDecoded() {
    bodyOpen = false;
  }

  /** The body of the last request will never be complete. */
  void bodyLost(RequestRejected why) {
    lost = why;
    tellLost();
  }

  private void tellLost() {
    Consumer<RequestRejected> told = onLost;
    RequestRejected why = lost;
    if (told != null && why != null && requests == 1) {
      onLost = null;
      told.accept(why);
    }
  }

  /** Whether the request under way is the last one that the client can have sent. */
  boolean lastRequest() {
    return inputEnded && requests == 1;
  }

  /** The request's last byte has come. */
  void requestReceived() {
    begun = 0;
    onLost = null;
  }

  /**
   * The request's body is on its way; {@code whenLost} is called if it will not arrive, or not in
   * time.
   */
  void receiving(Consumer<RequestRejected> whenLost) {
    onLost = whenLost;
    if (begun == 0) {
      // Its first bytes came behind another request.
      begun = System.nanoTime();
    }
    tellLost();
  }

  /** A request was answered, or can no longer be. */
  void requestDone() {
    requests--;
    onLost = null;
    lastActive = System.nanoTime();
    if (begun != 0) {
      // The next request waited for this one; its time begins now.
      begun = lastActive;
    }
  }

  /** Whether the connection is given up: its later bytes are ignored. */
  boolean lingering() {
    return lingering;
  }

  /** From now on no byte is read; {@link #finish} follows when the answer is sent. */
  void giveUp() {
    if (!lingering) {
      lingering = true;
      lingerSince = System.nanoTime();
      channel.config().setAutoRead(true);
    }
  }

  /** Stops reading until it is woken; false if it is paused already or given up. */
  boolean rest() {
    if (resting || lingering) {
      return false;
    }
    resting = true;
    channel.config().setAutoRead(false);
    return true;
  }

  void wake() {
    resting = false;
    lastActive = System.nanoTime();
    channel.config().setAutoRead(true);
  }

  /** Shuts the server's side after the last answer. */
  void finish() {
    giveUp();
    finished = true;
    if (!inputEnded && channel instanceof DuplexChannel duplex) {
      duplex.shutdownOutput();
    } else {
      channel.close();
    }
  }

  private void closeIfFinished() {
    if (finished) {
      channel.close();
    }
  }

  /** Sends a whole answer past the HTTP encoder, and gives the connection up. */
  void answerAndFinish(byte[] message) {
    giveUp();
    ChannelHandlerContext below = channel.pipeline().context(this);
    below.writeAndFlush(Unpooled.wrappedBuffer(message)).addListener(done -> finish());
  }

  boolean idle() {
    return requests == 0 && begun == 0;
  }

  /** Closes the connection when the client has received the answers that are on their way. */
  void close() {
    channel.close();
  }

  /**
   * Closes it at once. The server behind waits in {@link #close} until everything is written, and a
   * client that reads nothing would keep its connection and its answers for ever.
   */
  void abort() {
    ChannelHandlerContext below = here;
    if (below != null) {
      below.close();
    }
  }

  /** Closes the connection if the client exceeded a timeout. */
  void sweep(long now, long idleNanos, long deadlineNanos) {
    if (takesNothing(now, deadlineNanos)) {
      abort();
    } else if (lingering) {
      if (now - lingerSince > LINGER_NANOS) {
        channel.close();
      }
    } else if (begun != 0 && now - begun > deadlineNanos && (requests == 0 || onLost != null)) {
      Consumer<RequestRejected> told = onLost;
      connections.countTooSlow();
      if (told == null) {
        channel.close();
      } else {
        onLost = null;
        told.accept(
            new RequestRejected(
                ProblemKind.REQUEST_TIMEOUT,
                "the request did not arrive within "
                    + TimeUnit.NANOSECONDS.toMillis(deadlineNanos)
                    + " ms"));
      }
    } else if (requests == 0 && now - lastActive > idleNanos) {
      channel.close();
    }
  }
}
