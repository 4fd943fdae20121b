package starling.client.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a node says of itself and the others at {@code /metrics}. */
final class Health {
  private static final int TIMEOUT_MILLIS = 1_000;
  private static final long POLL_MILLIS = 50;
  private static final String ALIVE = "starling_members{status=\"alive\"}";

  private Health() {}

  /**
   * Waits until all nodes are healthy.
   *
   * @throws IllegalStateException if that takes too long; its message says what is missing
   */
  static void await(List<ClusterNode> nodes, Duration most) {
    long end = System.nanoTime() + most.toNanos();
    for (String flaw = flaw(nodes); !flaw.isEmpty(); flaw = flaw(nodes)) {
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException("not healthy after " + most + ": " + flaw);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while " + flaw, e);
      }
    }
  }

  /** What keeps the first node that is not healthy from it, or an empty text. */
  private static String flaw(List<ClusterNode> nodes) {
    for (int i = 0; i < nodes.size(); i++) {
      String flaw = flaw(nodes.get(i), nodes.size());
      if (!flaw.isEmpty()) {
        return "node " + i + " " + flaw;
      }
    }
    return "";
  }

  private static String flaw(ClusterNode node, int nodes) {
    if (!node.runs()) {
      return "does not run";
    }
    if (node.paused()) {
      return "is paused";
    }
    Map<String, Double> metrics = new HashMap<>();
    try {
      read(node.httpPort(), metrics);
    } catch (IOException e) {
      return "does not answer: " + e.getMessage();
    }
    double alive = metrics.getOrDefault(ALIVE, 0.0);
    double waiting =
        metrics.getOrDefault("starling_hints", 0.0) + metrics.getOrDefault("starling_debts", 0.0);
    if (metrics.getOrDefault("starling_ready", 0.0) != 1) {
      return "is not ready";
    }
    if (alive != nodes) {
      return String.format("sees %.0f of %d nodes alive", alive, nodes);
    }
    return waiting > 0 ? String.format("has %.0f writes to deliver to others", waiting) : "";
  }

  private static void read(int port, Map<String, Double> metrics) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + port + "/metrics")
                .toURL()
                .openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int space = line.lastIndexOf(' ');
        if (line.startsWith("starling_") && space > 0) {
          metrics.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
        }
      }
    } finally {
      connection.disconnect();
    }
  }
}
