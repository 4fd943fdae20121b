package starling.node.bench.client;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Answers as a node does, from memory and at once: {@code StubNode PORT [value bytes]}. So the cost
 * of a client shows where real nodes would take most of the machine.
 */
public final class StubNode {
  private final String ring;
  private final String found;
  private final NetSocket socket;
  private String rest = "";

  private StubNode(int port, int valueBytes, NetSocket socket) {
    UUID id = new UUID(0, port);
    this.socket = socket;
    this.ring =
        ok(
            "{\"version\":1,\"hash\":\"1\",\"nodes\":[{\"id\":\""
                + id
                + "\",\"http\":\"127.0.0.1:"
                + port
                + "\"}],\"owners\":[\""
                + id
                + "\"]}",
            "application/json",
            "");
    this.found =
        ok(
            "v".repeat(valueBytes),
            "application/octet-stream",
            "X-Starling-Context: "
                + "c".repeat(60)
                + "\r\nETag: \"0123456789abcdef-b\"\r\n"
                + "X-Starling-Ring: 1\r\nCache-Control: no-store\r\n");
  }

  public static void main(String[] args) {
    int port = Integer.parseInt(args[0]);
    int valueBytes = args.length > 1 ? Integer.parseInt(args[1]) : 1024;
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    vertx
        .createNetServer()
        .connectHandler(
            socket -> {
              StubNode node = new StubNode(port, valueBytes, socket);
              socket.handler(buffer -> node.read(buffer.toString(StandardCharsets.ISO_8859_1)));
            })
        .listen(port, "127.0.0.1")
        .onSuccess(server -> System.out.println("ready"))
        .onFailure(
            failure -> {
              System.err.println(failure);
              System.exit(1);
            });
  }

  private static String ok(String body, String type, String headers) {
    return answer("200 OK", body, type, headers);
  }

  private static String answer(String status, String body, String type, String headers) {
    return "HTTP/1.1 "
        + status
        + "\r\nX-Request-Id: 85072fd960b7b5b8-1\r\nContent-Type: "
        + type
        + "\r\n"
        + headers
        + "Content-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private void read(String more) {
    rest += more;
    StringBuilder answers = new StringBuilder();
    int end = rest.indexOf("\r\n\r\n");
    while (end >= 0) {
      int at = rest.indexOf("Content-Length: ");
      int length =
          at < 0 || at > end
              ? 0
              : Integer.parseInt(rest.substring(at + 16, rest.indexOf('\r', at)));
      if (rest.length() < end + 4 + length) {
        break;
      }
      answers.append(answer(rest));
      rest = rest.substring(end + 4 + length);
      end = rest.indexOf("\r\n\r\n");
    }
    if (answers.length() > 0) {
      var unused =
          socket.write(Buffer.buffer(answers.toString().getBytes(StandardCharsets.ISO_8859_1)));
    }
  }

  private String answer(String request) {
    if (request.startsWith("PUT ")) {
      return answer(
          "201 Created",
          "{\"message\":\"stored\",\"key\":\"key-1\",\"context\":\"" + "c".repeat(60) + "\"}",
          "application/json",
          "X-Starling-Context: " + "c".repeat(60) + "\r\nX-Starling-Ring: 1\r\n");
    }
    return request.startsWith("GET /api/v1/cluster/ring") ? ring : found;
  }
}
