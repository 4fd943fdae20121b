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
 * Keeps watch over one connection, in front of the HTTP decoder, where every byte passes: a client
 * that sends too slowly, reads too slowly or says nothing for too long is let go, whatever state
 * the decoder is in. On the connection's event loop only.
 *
 * <p>A refusal before the end of a body must be readable by a client that is still sending. Closing
 * then would reset the connection and take the answer away, so the connection <em>lingers</em>: our
 * side is shut after the answer, what still comes is thrown away unread, and it is closed when the
 * client is done, or after {@link #LINGER_NANOS}, or {@link #LINGER_BYTES}.
 *
 * <p>A client may end its side of the connection after its last request and still wants the answers
 * (RFC 9112, section 9.6). So the end of its input closes nothing while requests are unanswered;
 * the last answer does.
 */
// What closing brings is a closed channel, whether it goes well or not.
@SuppressWarnings("FutureReturnValueIgnored")
final class Watch extends ChannelDuplexHandler {
  static final AttributeKey<Watch> KEY = AttributeKey.valueOf(Watch.class, "watch");

  private static final long LINGER_NANOS = 10_000_000_000L;
  private static final long LINGER_BYTES = 256L << 20;

  private final Channel channel;
  private final Connections connections;

  /** When the first byte of a request came that has not arrived completely; 0 for none. */
  private long begun;

  private long lastActive;

  /** Since when the client has taken nothing of what waits for it; 0 while nothing waits. */
  private long stalled;

  /** Bytes that waited for the client when that was looked at last. */
  private long untaken;

  private @Nullable ChannelHandlerContext here;

  /** Requests whose head has come and which are not answered, those that wait included. */
  private int requests;

  /** Whether the body of the last request is not complete. */
  private boolean bodyOpen;

  /** Told when the body of the request under way will not arrive. */
  private @Nullable Consumer<RequestRefused> onLost;

  /** Why the body of the last request will not arrive, if that is known. */
  private @Nullable RequestRefused lost;

  private boolean inputEnded;
  private boolean finished;
  private boolean resting;
  private boolean lingering;
  private long lingerSince;
  private long lingerBytes;

  Watch(Channel channel, Connections connections, long now) {
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

  /** Whether the client has taken nothing for so long. Bytes that it took begin the time anew. */
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
            new RequestRefused(
                ProblemKind.BAD_REQUEST, "body", "the connection ended before the body did"));
      }
    }
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!inputEnded) {
      // The system's sockets close the channel, answers and all, if they are asked after the end.
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
  void bodyLost(RequestRefused why) {
    lost = why;
    tellLost();
  }

  private void tellLost() {
    Consumer<RequestRefused> told = onLost;
    RequestRefused why = lost;
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
   * The request's body is on its way; {@code whenLost} is told if it will not arrive, or not in
   * time.
   */
  void receiving(Consumer<RequestRefused> whenLost) {
    onLost = whenLost;
    if (begun == 0) {
      // What there is of it came behind another request.
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

  /** Whether the connection is given up: nothing that still comes from it counts. */
  boolean lingering() {
    return lingering;
  }

  /** From now on nothing that comes is read; {@link #finish} follows when the answer is out. */
  void giveUp() {
    if (!lingering) {
      lingering = true;
      lingerSince = System.nanoTime();
      channel.config().setAutoRead(true);
    }
  }

  /** Nothing is read from now on, until it is woken; false if it rests already or is given up. */
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

  /** Shuts our side after the last answer. */
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

  /** Closes the connection when the client has taken the answers that are on their way. */
  void close() {
    channel.close();
  }

  /**
   * Closes it at once. The server behind waits in {@link #close} until everything is written, and a
   * client that takes nothing would keep its connection and its answers for ever.
   */
  void abort() {
    ChannelHandlerContext below = here;
    if (below != null) {
      below.close();
    }
  }

  /** Lets the client go if it has taken too long with anything. */
  void sweep(long now, long idleNanos, long deadlineNanos) {
    if (takesNothing(now, deadlineNanos)) {
      abort();
    } else if (lingering) {
      if (now - lingerSince > LINGER_NANOS) {
        channel.close();
      }
    } else if (begun != 0 && now - begun > deadlineNanos && (requests == 0 || onLost != null)) {
      Consumer<RequestRefused> told = onLost;
      connections.countTooSlow();
      if (told == null) {
        channel.close();
      } else {
        onLost = null;
        told.accept(
            new RequestRefused(
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
