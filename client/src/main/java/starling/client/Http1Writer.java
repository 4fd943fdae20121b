package starling.client;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Collects requests as bytes, so that several leave in one write. */
final class Http1Writer {
  private static final int FIRST_CAPACITY = 4096;
  private static final int MAX_KEPT = 256 << 10;

  private byte[] bytes = new byte[FIRST_CAPACITY];
  private int length;

  boolean isEmpty() {
    return length == 0;
  }

  /** Adds a request; its texts are ASCII, which the client checked where they came in. */
  void add(WireRequest request, String host) {
    text(request.method());
    text(" ");
    text(request.target());
    text(" HTTP/1.1\r\nHost: ");
    text(host);
    List<String> headers = request.headers();
    for (int i = 0; i < headers.size(); i += 2) {
      text("\r\n");
      text(headers.get(i));
      text(": ");
      text(headers.get(i + 1));
    }
    byte[] body = request.body();
    if (body.length > 0 || request.method().equals("PUT") || request.method().equals("POST")) {
      text("\r\nContent-Length: ");
      text(Integer.toString(body.length));
    }
    text("\r\n\r\n");
    room(body.length);
    System.arraycopy(body, 0, bytes, length, body.length);
    length += body.length;
  }

  @SuppressWarnings("deprecation") // The one method that copies ASCII without an encoder.
  private void text(String text) {
    room(text.length());
    text.getBytes(0, text.length(), bytes, length);
    length += text.length();
  }

  private void room(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }

  /** All requests so far; the next begin anew. */
  byte[] take() {
    byte[] taken = Arrays.copyOf(bytes, length);
    length = 0;
    if (bytes.length > MAX_KEPT) {
      bytes = new byte[FIRST_CAPACITY];
    }
    return taken;
  }

  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }
}
