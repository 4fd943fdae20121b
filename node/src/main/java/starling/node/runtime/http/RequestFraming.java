package starling.node.runtime.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.util.ReferenceCountUtil;
import starling.wire.ProblemKind;

/**
 * Reports to the {@link ConnectionTimeouts} of a connection where requests begin and end in the
 * decoder, also those that wait for an earlier one. A body with broken framing stops here, because
 * the server behind would close the connection without an answer.
 */
final class RequestFraming extends ChannelInboundHandlerAdapter {
  private final ConnectionTimeouts watch;

  RequestFraming(ConnectionTimeouts watch) {
    this.watch = watch;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HttpRequest request) {
      watch.requestDecoded(
          request.decoderResult().isSuccess() && !(message instanceof LastHttpContent));
    } else if (message instanceof HttpContent content) {
      if (content.decoderResult().isFailure()) {
        ReferenceCountUtil.release(message);
        watch.bodyLost(broken(content.decoderResult().cause()));
        return;
      }
      if (message instanceof LastHttpContent) {
        watch.bodyDecoded();
      }
    }
    ctx.fireChannelRead(message);
  }

  private static RequestRejected broken(Throwable complaint) {
    return complaint instanceof TooLongHttpHeaderException
        ? InvalidRequests.refusal(complaint)
        : new RequestRejected(
            ProblemKind.BAD_REQUEST,
            "Transfer-Encoding",
            "the body is not framed as chunks: size in hex, CR LF, data, CR LF; the last of size 0");
  }
}
