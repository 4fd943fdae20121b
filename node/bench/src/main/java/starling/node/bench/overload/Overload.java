package starling.node.bench.overload;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/**
 * Finds the peak of a running cluster with a closed loop, then offers it multiples of that in an
 * open loop: requests are due at a fixed rate whether or not earlier ones were answered. Both take
 * turns over the same number of connections, because a request costs more where many connections
 * share a node; the last line tells how much more. Latency
 * counts from when a request was due. Answered in time means 2xx within {@link #IN_TIME_NANOS}.
 * Before all that and after it, {@link #BURST} requests are sent at once to one node of the cluster
 * while it is idle; all of them should succeed.
 *
 * <p>Half reads and half blind writes of 1 KiB over 20,000 keys. One thread; a request that finds
 * no idle connection is given up, as a client with a full pool would do.
 */
final class Overload {
  private static final int KEYS = 20_000;
  private static final int VALUE_BYTES = 1_000;
  private static final long IN_TIME_NANOS = 1_000_000_000;
  private static final int WARM_UP_SECONDS = 100;
  private static final int AT_ONCE = 96;
  private static final int BURST = 1_000;
  private static final int REST_MILLIS = 2_000;
  private static final long SECOND = 1_000_000_000;

  private final List<InetSocketAddress> targets = new ArrayList<>();
  private final Random random = new Random(1);
  private final String value;

  private Overload(String[] hostPorts) {
    for (String hostPort : hostPorts) {
      int colon = hostPort.lastIndexOf(':');
      targets.add(
          new InetSocketAddress(
              hostPort.substring(0, colon), Integer.parseInt(hostPort.substring(colon + 1))));
    }
    StringBuilder letters = new StringBuilder("{\"value\":\"");
    for (int i = 0; i < VALUE_BYTES; i++) {
      letters.append((char) ('a' + random.nextInt(26)));
    }
    this.value = letters.append("\"}").toString();
  }

  /** What one phase came to. */
  private record Result(
      double offeredPerSecond,
      double goodPerSecond,
      double refusedShare,
      double lateShare,
      long[] good) {
    double millis(double quantile) {
      return good.length == 0
          ? 0
          : good[(int) Math.min(good.length - 1, quantile * good.length)] / 1e6;
    }
  }

  /**
   * @param args SECONDS, CONNECTIONS in the open loop, MULTIPLES by commas, the PEAK or 0 to
   *     take what is measured first, then HOST:PORT of nodes
   */
  public static void main(String[] args) throws IOException {
    int seconds = Integer.parseInt(args[0]);
    int connections = Integer.parseInt(args[1]);
    String[] multiples = args[2].split(",");
    double known = Double.parseDouble(args[3]);
    Overload overload = new Overload(java.util.Arrays.copyOfRange(args, 4, args.length));
    String first = overload.burst();
    // Compilers are at work until it gets no faster.
    overload.run(WARM_UP_SECONDS, connections, 0);
    Result before = overload.run(seconds, connections, 0);
    double base = known > 0 ? known : before.goodPerSecond();
    List<Result> results = new ArrayList<>();
    for (String multiple : multiples) {
      double rate = Double.parseDouble(multiple) * base;
      results.add(overload.run(seconds, connections, rate));
    }
    Result after = overload.run(seconds, connections, 0);
    Result few = overload.run(seconds, AT_ONCE, 0);
    // On a machine that others use too, the peak is the better of two.
    double peak = Math.max(before.goodPerSecond(), after.goodPerSecond());
    print("closed loop before", before, peak);
    for (int i = 0; i < multiples.length; i++) {
      print("offered " + multiples[i] + " times that", results.get(i), peak);
    }
    print("closed loop after", after, peak);
    print(AT_ONCE + " connections", few, peak);
    sleep();
    System.out.println("burst of " + BURST + " writes at one node, before: " + first);
    System.out.println("burst of " + BURST + " writes at one node, after:  " + overload.burst());
  }

  private static void sleep() {
    try {
      Thread.sleep(REST_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends so many small writes at once, each on a connection of its own, and says what came. */
  private String burst() throws IOException {
    try (Selector selector = Selector.open()) {
      List<Connection> all = new ArrayList<>();
      for (int i = 0; i < BURST; i++) {
        all.add(new Connection(targets.get(0), selector));
      }
      long begun = System.nanoTime();
      for (int i = 0; i < BURST; i++) {
        String body = "{\"value\":" + i + "}";
        String text =
            "PUT /api/v1/store/burst"
                + i
                + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body;
        all.get(i).send(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), begun);
      }
      int good = 0;
      int refused = 0;
      int other = 0;
      long last = begun;
      while (good + refused + other < BURST && System.nanoTime() - begun < 10 * SECOND) {
        selector.select(1);
        for (SelectionKey key : selector.selectedKeys()) {
          Connection connection = (Connection) key.attachment();
          int status = connection.receive();
          if (status != 0) {
            last = System.nanoTime();
            good += status >= 200 && status < 300 ? 1 : 0;
            refused += status == 503 || status == 429 ? 1 : 0;
            other += status < 200 || status >= 300 && status != 503 && status != 429 ? 1 : 0;
          }
          if (status < 0) {
            key.cancel();
          }
        }
        selector.selectedKeys().clear();
      }
      for (Connection connection : all) {
        connection.close();
      }
      return String.format(
          "%d succeeded, %d refused, %d failed, %d without an answer; the last after %.0f ms",
          good, refused, other, BURST - good - refused - other, (last - begun) / 1e6);
    }
  }

  private static void print(String what, Result result, double peak) {
    System.out.printf(
        "%-20s %6.0f/s offered, goodput %6.0f/s = %5.1f %% of peak, refused %4.1f %%,"
            + " late or never %4.1f %%, accepted p50 %6.1f ms, p99 %7.1f ms%n",
        what,
        result.offeredPerSecond(),
        result.goodPerSecond(),
        100 * result.goodPerSecond() / peak,
        100 * result.refusedShare(),
        100 * result.lateShare(),
        result.millis(0.5),
        result.millis(0.99));
  }

  private ByteBuffer request() {
    String key = "/api/v1/store/k" + random.nextInt(KEYS);
    String text =
        random.nextBoolean()
            ? "GET " + key + " HTTP/1.1\r\nHost: x\r\n\r\n"
            : "PUT "
                + key
                + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                + value.length()
                + "\r\n\r\n"
                + value;
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** A rate of 0 is a closed loop: {@link #AT_ONCE} requests are in flight on these connections. */
  private Result run(int seconds, int count, double rate) throws IOException {
    try (Selector selector = Selector.open()) {
      List<Connection> all = new ArrayList<>();
      Deque<Connection> idle = new ArrayDeque<>();
      for (int i = 0; i < count; i++) {
        Connection connection = new Connection(targets.get(i % targets.size()), selector);
        all.add(connection);
        idle.add(connection);
      }
      long begun = System.nanoTime();
      long measured = begun + seconds * SECOND / 3;
      long end = begun + seconds * SECOND;
      Deque<Long> due = new ArrayDeque<>();
      long next = 0;
      long refused = 0;
      long late = 0;
      int good = 0;
      long[] times = new long[1 << 16];
      for (long now = begun; now < end; now = System.nanoTime()) {
        if (rate > 0) {
          long until = (long) ((now - begun) * 1e-9 * rate);
          for (; next < until; next++) {
            due.add(begun + (long) (next / rate * 1e9));
          }
        }
        while (!idle.isEmpty() && (rate == 0 ? count - idle.size() < AT_ONCE : !due.isEmpty())) {
          idle.poll().send(request(), rate == 0 ? System.nanoTime() : due.poll());
        }
        for (; !due.isEmpty(); due.poll()) {
          late += due.peek() >= measured ? 1 : 0;
        }
        selector.select(1);
        for (SelectionKey key : selector.selectedKeys()) {
          Connection connection = (Connection) key.attachment();
          int status = connection.receive();
          if (status == 0) {
            continue;
          }
          long took = System.nanoTime() - connection.dueNanos;
          boolean counts = connection.dueNanos >= measured;
          if (status < 0) {
            late += counts ? 1 : 0;
            connection.reopen();
          } else if (!counts) {
            idle.add(connection);
            continue;
          } else if (status == 503 || status == 429) {
            refused++;
          } else if (status >= 300 && status != 404 || took > IN_TIME_NANOS) {
            late++;
          } else {
            if (good == times.length) {
              times = java.util.Arrays.copyOf(times, 2 * good);
            }
            times[good++] = took;
          }
          idle.add(connection);
        }
        selector.selectedKeys().clear();
      }
      for (Connection connection : all) {
        connection.close();
      }
      long[] sorted = java.util.Arrays.copyOf(times, good);
      java.util.Arrays.sort(sorted);
      double offered = Math.max(1, good + refused + late);
      double took = (end - measured) * 1e-9;
      return new Result(offered / took, good / took, refused / offered, late / offered, sorted);
    }
  }
}
