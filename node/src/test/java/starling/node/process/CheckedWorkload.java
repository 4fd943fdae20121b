package starling.node.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import starling.node.sim.workload.ConcurrentHistory;

/**
 * Clients that read, write and delete a few keys at all nodes of a cluster over HTTP, whatever
 * happens to it. Each write carries a token of its own and the context of what its client was
 * shown; the answer says whether it happened, surely did not, or may have.
 *
 * <p>Reads are judged as they come: no value may appear that no client wrote; a read that brings a
 * context must know its client's own acknowledged writes; one that asks a quorum of the primaries
 * must know all writes that a quorum of the primaries took. A client lets a node that could not
 * answer rest for a moment.
 */
final class CheckedWorkload implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMillis(2500);
  private static final int TIMEOUT_MILLIS = 2000;

  /** Where a quorum of the primaries is asked for, it is often not to be had. */
  private static final int PRIMARIES_TIMEOUT_MILLIS = 700;

  private static final int MEAN_THINK_MICROS = 25_000;
  private static final long REST_NANOS = 1_000_000_000L;
  private static final int MAX_FINDINGS = 20;

  private final LocalCluster cluster;
  private final String name;
  private final int clients;
  private final int keys;
  private final SplittableRandom seeds;
  private final ConcurrentHistory history = new ConcurrentHistory();
  private final List<String> findings = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService threads;
  private final CountDownLatch quiet;
  private volatile boolean ending;

  final LongAdder acknowledged = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder unknown = new LongAdder();
  final LongAdder reads = new LongAdder();
  final LongAdder failedReads = new LongAdder();
  final LongAdder boundReads = new LongAdder();

  /**
   * @param name the beginning of its keys
   */
  CheckedWorkload(LocalCluster cluster, String name, int clients, int keys, long seed) {
    this.cluster = cluster;
    this.name = name;
    this.clients = clients;
    this.keys = keys;
    this.seeds = new SplittableRandom(seed);
    this.threads = Executors.newScheduledThreadPool(clients);
    this.quiet = new CountDownLatch(clients);
  }

  void begin() {
    for (int i = 0; i < clients; i++) {
      new Client(seeds.split()).think();
    }
  }

  /** Lets the clients go on for a while. */
  void run(Duration time) {
    try {
      if (quiet.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("the clients have stopped: " + findings);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** No more requests; waits until the last answer has come or will not come. */
  void end() {
    ending = true;
    try {
      if (!quiet.await(30, TimeUnit.SECONDS)) {
        throw new AssertionError("clients hang");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  ConcurrentHistory history() {
    return history;
  }

  /** What was wrong with what reads have shown. */
  List<String> findings() {
    return findings;
  }

  @Override
  public void close() {
    ending = true;
    threads.shutdownNow();
  }

  @Override
  public String toString() {
    return String.format(
        "writes: %d acknowledged, %d refused, %d unknown; reads: %d, %d of them held to what was"
            + " written, %d failed",
        acknowledged.sum(),
        refused.sum(),
        unknown.sum(),
        reads.sum(),
        boundReads.sum(),
        failedReads.sum());
  }

  /** The tokens of the values that an answer to a read shows. */
  static Set<Integer> shown(HttpCalls.Answer answer) {
    Set<Integer> shown = new TreeSet<>();
    if (answer.status() == 200) {
      shown.add(answer.json().path("value").asInt(-1));
    } else if (answer.status() == 300) {
      for (JsonNode sibling : answer.json().path("siblings")) {
        shown.add(sibling.path("value").asInt(-1));
      }
    }
    return shown;
  }

  /** What one client knows of one key. */
  private static final class Known {
    String context = "";
    Set<Integer> seen = new TreeSet<>();

    /** The client's own acknowledged writes, all of which the context covers. */
    final Set<Integer> covered = new TreeSet<>();
  }

  private final class Client {
    private final SplittableRandom chance;
    private final List<Known> known = new ArrayList<>();
    private final long[] restsUntil = new long[cluster.nodes.size()];

    Client(SplittableRandom chance) {
      this.chance = chance;
      for (int i = 0; i < keys; i++) {
        known.add(new Known());
      }
    }

    void think() {
      if (ending) {
        quiet.countDown();
        return;
      }
      var unused =
          threads.schedule(this::act, chance.nextInt(2 * MEAN_THINK_MICROS), TimeUnit.MICROSECONDS);
    }

    private void act() {
      try {
        int key = chance.nextInt(keys);
        if (chance.nextInt(100) < 40) {
          read(key);
        } else {
          write(key);
        }
      } catch (RuntimeException | Error e) {
        find(e.toString());
      }
      think();
    }

    private int node() {
      long now = System.nanoTime();
      int node = chance.nextInt(restsUntil.length);
      for (int i = 0; i < restsUntil.length && now - restsUntil[node] < 0; i++) {
        node = (node + 1) % restsUntil.length;
      }
      return node;
    }

    private HttpCalls.Answer send(int node, String method, String path, String body, String context)
        throws IOException {
      try {
        HttpCalls.Answer answer =
            cluster.http(node).send(method, "/api/v1/store/" + path, body, context, PATIENCE);
        if (answer.status() >= 500) {
          restsUntil[node] = System.nanoTime() + REST_NANOS;
        }
        return answer;
      } catch (IOException e) {
        restsUntil[node] = System.nanoTime() + REST_NANOS;
        throw e;
      }
    }

    // ---- reads

    private void read(int key) {
      Known mine = known.get(key);
      boolean session = chance.nextInt(2) == 0 && !mine.context.isEmpty();
      boolean primaries = chance.nextInt(3) == 0;
      String path = keyName(key) + "?" + options("pr", primaries);
      long begun = System.nanoTime();
      HttpCalls.Answer answer;
      try {
        answer = send(node(), "GET", path, null, session ? mine.context : "");
      } catch (IOException e) {
        failedReads.increment();
        return;
      }
      if (answer.status() != 200 && answer.status() != 300 && answer.status() != 404) {
        failedReads.increment();
        if (answer.status() != 503 && answer.status() != 504 && answer.status() != 429) {
          find("a read was answered with " + answer);
        }
        return;
      }
      reads.increment();
      if (session || primaries) {
        boundReads.increment();
      }
      Set<Integer> shown = shown(answer);
      List<String> wrong =
          history.judgeRead(
              keyName(key),
              shown,
              begun,
              token ->
                  (session && mine.covered.contains(token))
                      || (primaries && history.quorum(token)));
      if (!wrong.isEmpty()) {
        find(
            "a read of "
                + keyName(key)
                + (session ? " with a context" : "")
                + (primaries ? " of a quorum of primaries" : "")
                + " shows "
                + shown
                + ": "
                + wrong);
      }
      if (!session || answer.context().isEmpty()) {
        mine.covered.clear();
      }
      mine.context = answer.context();
      mine.seen = shown;
    }

    // ---- writes

    private void write(int key) {
      Known mine = known.get(key);
      boolean delete = chance.nextInt(100) < 15;
      boolean primaries = chance.nextInt(3) == 0;
      int how = chance.nextInt(100);
      boolean blind = how < 25;
      boolean unseeing = how >= 25 && how < 33;
      String context = blind || unseeing ? "" : mine.context;
      Set<Integer> seen = blind || unseeing ? Set.of() : mine.seen;
      int token = history.begin(keyName(key), delete, blind, seen, primaries);
      ObjectNode body = HttpCalls.JSON.createObjectNode();
      if (!delete) {
        body.put("value", token);
      }
      if (!blind) {
        body.put("context", context);
      }
      String path = keyName(key) + "?w=quorum&" + options("pw", primaries);
      HttpCalls.Answer answer;
      try {
        answer = send(node(), delete ? "DELETE" : "PUT", path, body.toString(), "");
      } catch (ConnectException e) {
        refused.increment();
        history.refused(token);
        return;
      } catch (IOException e) {
        unknown.increment();
        history.unknown(token);
        return;
      }
      judgeAnswer(token, delete, answer);
      if (answer.status() == 201 || answer.status() == 204) {
        if (blind || unseeing) {
          mine.covered.clear();
        }
        mine.context = answer.context();
        mine.seen = new TreeSet<>(seen);
        mine.seen.add(token);
        mine.covered.add(token);
      }
    }

    private void judgeAnswer(int token, boolean delete, HttpCalls.Answer answer) {
      int status = answer.status();
      if (status == (delete ? 204 : 201)) {
        acknowledged.increment();
        history.acknowledged(token);
      } else if (status == 409 || status == 429 || outcome(answer).equals("none")) {
        refused.increment();
        history.refused(token);
      } else {
        unknown.increment();
        history.unknown(token);
        if (status != 503 && status != 504) {
          find("a write was answered with " + answer);
        } else if (!outcome(answer).equals("unknown")) {
          find("a refusal does not say what became of the write: " + answer);
        }
      }
    }

    private String outcome(HttpCalls.Answer answer) {
      return answer.status() < 500 ? "" : answer.json().path("outcome").asText();
    }
  }

  private static String options(String level, boolean primaries) {
    return primaries
        ? level + "=quorum&timeoutMs=" + PRIMARIES_TIMEOUT_MILLIS
        : "timeoutMs=" + TIMEOUT_MILLIS;
  }

  private String keyName(int key) {
    return name + "-" + key;
  }

  private void find(String what) {
    if (findings.size() < MAX_FINDINGS) {
      findings.add(what);
    }
  }
}
