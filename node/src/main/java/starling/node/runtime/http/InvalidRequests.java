package starling.node.runtime.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import starling.node.request.Rejection;
import starling.wire.HeaderNames;
import starling.wire.ProblemKind;

/**
 * Answers to malformed HTTP. The decoder and the encoder cannot be used after that, so the whole
 * message is written here, byte by byte.
 */
final class InvalidRequests {
  private InvalidRequests() {}

  /** The fault, from the decoder's error. */
  static RequestRejected refusal(@Nullable Throwable complaint) {
    if (complaint instanceof TooLongHttpLineException) {
      return new RequestRejected(ProblemKind.URI_TOO_LONG, "a request line has at most 8192 bytes");
    }
    if (complaint instanceof TooLongHttpHeaderException) {
      return new RequestRejected(
          ProblemKind.HEADERS_TOO_LARGE, "the headers have at most 8192 bytes together");
    }
    return new RequestRejected(ProblemKind.BAD_REQUEST, "this is not a valid HTTP/1.1 request");
  }

  /** A whole response that ends the connection. */
  static byte[] message(Rejection refusal, String requestId) {
    byte[] body = Problems.of(refusal, requestId, false).body();
    int status = refusal.kind().status();
    String head =
        "HTTP/1.1 "
            + status
            + ' '
            + HttpResponseStatus.valueOf(status).reasonPhrase()
            + "\r\nContent-Type: "
            + ApiResponse.PROBLEM
            + "\r\nContent-Length: "
            + body.length
            + "\r\nCache-Control: no-store\r\n"
            + HeaderNames.REQUEST_ID
            + ": "
            + requestId
            + "\r\nConnection: close\r\n\r\n";
    ByteArrayOutputStream message = new ByteArrayOutputStream(head.length() + body.length);
    message.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
    message.writeBytes(body);
    return message.toByteArray();
  }
}
