package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A node with a small heap under many clients with large values. What fits is stored as it was
 * sent, what does not is refused with 503 or 413, and the node goes on. {@code
 * -Dstarling.smallHeap.seconds=60} keeps the clients at it for longer.
 */
class SmallHeapIT {
  private static final int SECONDS = Integer.getInteger("starling.smallHeap.seconds", 3);
  private static final int CLIENTS = 200;
  private static final int VALUE_BYTES = 1 << 20;
  private static final Pattern READY =
      Pattern.compile("ready name=\\S+ http=\\S+:([0-9]+) peer=\\S+");

  @TempDir private Path directory;

  private final byte[] base = new byte[VALUE_BYTES];
  private final List<String> acknowledged = new ArrayList<>();
  private final Map<Integer, AtomicInteger> puts = new ConcurrentHashMap<>();
  private final Map<Integer, AtomicInteger> gets = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();

  private record Answer(int status, byte[] body) {}

  private ServerProcess start(String heap) {
    // The last -Xmx counts.
    List<String> command = new ArrayList<>(ServerProcess.command("-Xmx" + heap));
    command.add("serve");
    command.addAll(List.of("--data", directory.resolve("data").toString()));
    command.addAll(List.of("--http", "127.0.0.1:0", "--peer", "127.0.0.1:0"));
    command.addAll(List.of("--set", "buckets.default.n=1", "--until-stdin-closes"));
    return ServerProcess.startAny(directory, "node", command, Map.of());
  }

  @ParameterizedTest
  @CsvSource({"128m, raw", "256m, json"})
  void whatIsAcknowledgedIsWholeAndWhatDoesNotFitIsRefused(String heap, String form)
      throws Exception {
    boolean json = form.equals("json");
    byte[] letters = new byte[64];
    for (int i = 0; i < letters.length; i++) {
      letters[i] = (byte) ('0' + i % 10);
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < base.length; i++) {
      base[i] = letters[random.nextInt(letters.length)];
    }
    ServerProcess node = start(heap);
    try {
      Matcher ready = READY.matcher(node.awaitLine("ready "));
      assertThat(ready.matches()).isTrue();
      int port = Integer.parseInt(ready.group(1));
      List<Thread> clients = new ArrayList<>();
      long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
      for (int i = 0; i < CLIENTS; i++) {
        int client = i;
        Thread thread = new Thread(() -> work(port, client, end, json));
        clients.add(thread);
        thread.start();
      }
      for (Thread client : clients) {
        client.join();
      }
      String seen = "puts " + puts + ", gets " + gets + node.transcript();
      assertThat(wrong).as(seen).isEmpty();
      assertThat(puts.keySet()).as(seen).contains(201).isSubsetOf(201, 503, 413);
      assertThat(gets.keySet()).as(seen).isSubsetOf(200, 503);
      for (String key : acknowledged) {
        assertThat(get(port, key).body()).as(key).isEqualTo(value(key));
      }
      node.signal("TERM");
      assertThat(node.await().status()).as(seen).isZero();
    } finally {
      node.kill();
    }
  }

  /** Each key has a value of its own, so that no part of another goes unnoticed. */
  private byte[] value(String key) {
    byte[] value = base.clone();
    byte[] name = key.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(name, 0, value, 0, name.length);
    System.arraycopy(name, 0, value, value.length - name.length, name.length);
    return value;
  }

  private void work(int port, int client, long end, boolean json) {
    SplittableRandom random = new SplittableRandom(client);
    for (int i = 0; System.nanoTime() - end < 0; i++) {
      try {
        String known = random.nextInt(4) == 0 ? known(random) : null;
        if (known == null) {
          String key = "k-" + client + "-" + i;
          int status = put(port, key, json).status();
          count(puts, status);
          if (status == 201) {
            synchronized (acknowledged) {
              acknowledged.add(key);
            }
          }
        } else {
          Answer answer = get(port, known);
          count(gets, answer.status());
          if (answer.status() == 200 && !Arrays.equals(answer.body(), value(known))) {
            wrong.add(known + " has " + answer.body().length + " bytes, or others");
          }
        }
      } catch (IOException | RuntimeException e) {
        wrong.add("client " + client + ": " + e);
        return;
      }
    }
  }

  private String known(SplittableRandom random) {
    synchronized (acknowledged) {
      return acknowledged.isEmpty() ? null : acknowledged.get(random.nextInt(acknowledged.size()));
    }
  }

  private static void count(Map<Integer, AtomicInteger> counts, int status) {
    counts.computeIfAbsent(status, first -> new AtomicInteger()).incrementAndGet();
  }

  private Answer put(int port, String key, boolean json) throws IOException {
    byte[] value = value(key);
    String head =
        "PUT /api/v1/store/"
            + key
            + " HTTP/1.1\r\nHost: node\r\nConnection: close\r\nContent-Type: "
            + (json ? "application/json" : "application/octet-stream")
            + "\r\nContent-Length: ";
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(60_000);
      OutputStream out = socket.getOutputStream();
      try {
        if (json) {
          // The quotes are part of the value: the longest that fits.
          byte[] text = Arrays.copyOfRange(value, 0, value.length - 2);
          out.write(ascii(head + (text.length + 12) + "\r\n\r\n{\"value\":\""));
          out.write(text);
          out.write(ascii("\"}"));
        } else {
          out.write(ascii(head + value.length + "\r\n\r\n"));
          out.write(value);
        }
        out.flush();
      } catch (IOException e) {
        // An answer that came before the end of the body is to be read all the same.
      }
      return answer(socket.getInputStream());
    }
  }

  private Answer get(int port, String key) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(60_000);
      socket
          .getOutputStream()
          .write(
              ascii(
                  "GET /api/v1/store/"
                      + key
                      + "?raw HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n"));
      Answer answer = answer(socket.getInputStream());
      boolean text = answer.body().length > 0 && answer.body()[0] == '"';
      return answer.status() != 200 || !text ? answer : new Answer(200, ofJson(key, answer.body()));
    }
  }

  /** What was sent as JSON ends two letters before {@link #value}, and is quoted. */
  private byte[] ofJson(String key, byte[] body) {
    byte[] value = value(key);
    byte[] text = Arrays.copyOfRange(body, 1, body.length - 1);
    boolean whole =
        text.length == value.length - 2
            && Arrays.equals(text, Arrays.copyOfRange(value, 0, value.length - 2));
    return whole ? value : text;
  }

  private static Answer answer(InputStream in) throws IOException {
    InputStream buffered = new BufferedInputStream(in, 1 << 16);
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      int next = buffered.read();
      if (next < 0) {
        throw new IOException("the answer ended in its head: " + head);
      }
      head.write(next);
    }
    String text = head.toString(StandardCharsets.US_ASCII);
    Matcher length = Pattern.compile("(?i)content-length: ([0-9]+)").matcher(text);
    byte[] body = buffered.readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
    return new Answer(Integer.parseInt(text.substring(9, 12)), body);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
