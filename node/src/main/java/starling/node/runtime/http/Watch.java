package starling.node.runtime.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;

/**
 * Keeps watch over one connection, in front of the HTTP decoder, where every byte passes: a client
 * that sends too slowly, reads too slowly or says nothing for too long is let go, whatever state
 * the decoder is in. On the connection's event loop only.
 *
 * <p>A refusal before the end of a body must be readable by a client that is still sending. Closing
 * then would reset the connection and take the answer away, so the connection <em>lingers</em>: our
 * side is shut after the answer, what still comes is thrown away unread, and it is closed when the
 * client is done, or after {@link #LINGER_NANOS}, or {@link #LINGER_BYTES}.
 */
// What closing brings is a closed channel, whether it goes well or not.
@SuppressWarnings("FutureReturnValueIgnored")
final class Watch extends ChannelInboundHandlerAdapter {
  static final AttributeKey<Watch> KEY = AttributeKey.valueOf(Watch.class, "watch");

  private static final long LINGER_NANOS = 10_000_000_000L;
  private static final long LINGER_BYTES = 256L << 20;

  private final Channel channel;
  private final Connections connections;

  /** When the first byte of a request came that has not arrived completely; 0 for none. */
  private long begun;

  private long lastActive;

  /** When the client stopped taking what is written; 0 while it takes. */
  private long stalled;

  private int requests;
  private @Nullable Runnable onTooSlow;
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
    ctx.fireChannelWritabilityChanged();
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

  /** A request begins to be served. */
  void requestBegun() {
    requests++;
  }

  /** The request's last byte has come. */
  void requestReceived() {
    begun = 0;
    onTooSlow = null;
  }

  /** The request's body is on its way; {@code tooSlow} runs if it does not arrive in time. */
  void receiving(Runnable tooSlow) {
    onTooSlow = tooSlow;
  }

  /** A request was answered, or can no longer be. */
  void requestDone() {
    requests--;
    onTooSlow = null;
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
    if (channel instanceof DuplexChannel duplex) {
      duplex.shutdownOutput();
    } else {
      channel.close();
    }
  }

  /** Sends a whole answer past the HTTP encoder, and gives the connection up. */
  void answerAndFinish(byte[] message) {
    giveUp();
    ChannelHandlerContext here = channel.pipeline().context(this);
    here.writeAndFlush(Unpooled.wrappedBuffer(message)).addListener(done -> finish());
  }

  boolean idle() {
    return requests == 0 && begun == 0;
  }

  void close() {
    channel.close();
  }

  /** Lets the client go if it has taken too long with anything. */
  void sweep(long now, long idleNanos, long deadlineNanos) {
    if (lingering) {
      if (now - lingerSince > LINGER_NANOS) {
        channel.close();
      }
    } else if (stalled != 0 && now - stalled > deadlineNanos) {
      channel.close();
    } else if (begun != 0 && now - begun > deadlineNanos && (requests == 0 || onTooSlow != null)) {
      Runnable answer = onTooSlow;
      connections.countTooSlow();
      if (answer == null) {
        channel.close();
      } else {
        onTooSlow = null;
        answer.run();
      }
    } else if (requests == 0 && now - lastActive > idleNanos) {
      channel.close();
    }
  }
}
