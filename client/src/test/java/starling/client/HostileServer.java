package starling.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLSocket;

/**
 * A server that says it is a node, and does with requests to the store what a test lays out: it may
 * answer, close, hang, or answer garbage. Answers for the ring and the health are those of a node.
 */
final class HostileServer implements AutoCloseable {
  /** What it does with a request to the store; bytes to answer with, or one of the constants. */
  interface Behaves {
    String answer(String request);
  }

  /** Closes the connection. */
  static final String CLOSE = "close";

  /** Never answers. */
  static final String HANG = "hang";

  final List<String> requests = new CopyOnWriteArrayList<>();
  final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /** The client certificate of each request over TLS. */
  final List<String> proven = new CopyOnWriteArrayList<>();

  private final ServerSocket server;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final UUID id;
  private volatile Behaves behaves;
  private volatile String ring;
  private volatile boolean ready = true;

  HostileServer(Behaves behaves) {
    this(UUID.randomUUID(), behaves);
  }

  HostileServer(UUID id, Behaves behaves) {
    this(id, behaves, ServerSocketFactory.getDefault());
  }

  HostileServer(UUID id, Behaves behaves, ServerSocketFactory sockets) {
    this.id = id;
    this.behaves = behaves;
    try {
      server = sockets.createServerSocket(0, 100, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ring = ring(List.of(this));
    Thread acceptor = new Thread(this::accept, "hostile-server");
    acceptor.setDaemon(true);
    acceptor.start();
  }

  /** Servers whose rings name all of them. */
  static void join(HostileServer... servers) {
    for (HostileServer server : servers) {
      server.ring = ring(List.of(servers));
    }
  }

  /** Its ring names these servers. */
  void names(HostileServer... servers) {
    ring = ring(List.of(servers));
  }

  private static String ring(List<HostileServer> servers) {
    String nodes =
        servers.stream()
            .map(each -> "{\"id\":\"" + each.id + "\",\"http\":\"" + each.address() + "\"}")
            .collect(Collectors.joining(","));
    String owners =
        servers.stream().map(each -> "\"" + each.id + "\"").collect(Collectors.joining(","));
    int rest = Integer.highestOneBit(servers.size() * 2 - 1) - servers.size();
    return "{\"version\":1,\"hash\":\"h"
        + servers.size()
        + "\",\"nodes\":["
        + nodes
        + "],\"owners\":["
        + owners
        + (",\"" + servers.get(0).id + "\"").repeat(rest)
        + "]}";
  }

  String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  void behave(Behaves next) {
    behaves = next;
  }

  void ready(boolean value) {
    ready = value;
  }

  /** Requests to the store. */
  long stored() {
    return requests.stream().filter(text -> text.contains(" /api/v1/buckets/")).count();
  }

  static String answer(int status, String headers, String body) {
    return "HTTP/1.1 "
        + status
        + " X\r\n"
        + headers
        + "Content-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  static String problem(int status, String kind, String more) {
    return answer(
        status,
        "Content-Type: application/problem+json\r\nX-Request-Id: r-7\r\n",
        "{\"type\":\"urn:starling:problem:" + kind + "\",\"detail\":\"because\"" + more + "}");
  }

  static String stored(String context) {
    return answer(201, "X-Starling-Context: " + context + "\r\n", "{}");
  }

  static String found(String text) {
    return answer(200, "Content-Type: text/plain\r\nX-Starling-Context: c\r\n", text);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        Thread serving = new Thread(() -> serve(socket), "hostile-connection");
        serving.setDaemon(true);
        serving.start();
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (String request = read(in); request != null; request = read(in)) {
        requests.add(request);
        if (socket instanceof SSLSocket secured) {
          proven.add(secured.getSession().getPeerPrincipal().getName());
        }
        String answer = answer(request);
        if (answer.equals(CLOSE)) {
          return;
        }
        if (answer.equals(HANG)) {
          closed.await();
          return;
        }
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
      }
    } catch (IOException e) {
      // The client closed the connection.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(socket);
    }
  }

  private String answer(String request) {
    if (request.startsWith("GET /api/v1/cluster/ring ")) {
      return answer(200, "", ring);
    }
    if (request.startsWith("GET /health/ready ")) {
      return answer(ready ? 200 : 503, "", "{}");
    }
    return behaves.answer(request);
  }

  private static String read(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return null;
      }
      head.write(next);
    }
    String text = head.toString(StandardCharsets.ISO_8859_1);
    int at = text.indexOf("Content-Length: ");
    int length = at < 0 ? 0 : Integer.parseInt(text.substring(at + 16, text.indexOf('\r', at)));
    return text + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
  }

  /** Ends all present connections. */
  void disconnect() {
    try {
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    end();
  }

  /** Ends as a process does that is killed. */
  void end() {
    closed.countDown();
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    disconnect();
  }
}
