package starling.node.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import starling.node.coordinator.Condition;
import starling.node.coordinator.Quorum;
import starling.node.coordinator.RequestOptions;
import starling.node.replica.ReadOutcome;
import starling.node.replica.Refusal;
import starling.node.replica.WriteOutcome;
import starling.node.version.Content;
import starling.node.version.Version;
import starling.sim.Simulation;
import starling.sim.SplitMix;

/**
 * Clients that read and write a few keys at random nodes and note in a {@link History} what they
 * did and what they were told. A client's context comes from answers; what it has seen is what
 * answers showed it. Some lose patience, and then do not know what became of their write.
 */
final class Workload {
  static final String BUCKET = "b";
  private static final long MEAN_THINK_NANOS = 120_000_000;
  private static final Quorum[] LEVELS = {Quorum.ONE, Quorum.QUORUM, Quorum.ALL};

  /** What a client knows of a key. */
  private static final class Known {
    String context = "";
    Set<Integer> seen = new TreeSet<>();

    /** Version hash of the last state that was read, and what stood in it. */
    @Nullable Long hash;

    Set<Integer> standing = Set.of();
  }

  private final SimCluster cluster;
  private final Simulation sim;
  private final SwarmPlan plan;
  private final ClientHabits habits;
  private final History history = new History();
  private final ReadChecks checks;
  private final SplitMix chance;
  private Runnable acknowledged = () -> {};
  private boolean over;
  private int running;

  Workload(SimCluster cluster, SwarmPlan plan, ClientHabits habits) {
    this.cluster = cluster;
    this.sim = cluster.sim();
    this.plan = plan;
    this.habits = habits;
    this.checks = new ReadChecks(history, plan);
    this.chance = sim.stream("clients");
  }

  /** Told at the very moment when a client has heard of its write. */
  void onAcknowledged(Runnable hook) {
    acknowledged = hook;
  }

  History history() {
    return history;
  }

  void begin() {
    for (int i = 0; i < plan.clients(); i++) {
      List<Known> known = new ArrayList<>();
      for (int key = 0; key < plan.keys(); key++) {
        known.add(new Known());
      }
      think(known);
    }
  }

  /** No new requests from now on. */
  void end() {
    over = true;
  }

  /** Whether no request waits for its answer. */
  boolean quiet() {
    return running == 0;
  }

  private void think(List<Known> known) {
    sim.after((long) (MEAN_THINK_NANOS * chance.nextExponential()), "client", () -> act(known));
  }

  private void act(List<Known> known) {
    if (over) {
      return;
    }
    int node = chance.nextInt(cluster.size());
    int key = chance.nextInt(plan.keys());
    int what = chance.nextInt(100);
    if (!cluster.up(node)) {
      think(known);
    } else if (what < 40) {
      read(node, known, key);
    } else {
      write(node, known, key, what);
    }
  }

  static String keyName(int key) {
    return "k" + key;
  }

  // --- reads

  private void read(int node, List<Known> all, int key) {
    Quorum level = plan.mixed() ? LEVELS[chance.nextInt(3)] : Quorum.QUORUM;
    RequestOptions options = new RequestOptions(level, null, null, null, null, null);
    long begun = sim.nanoTime();
    Known known = all.get(key);
    Turn turn = new Turn(all);
    cluster.read(
        node,
        BUCKET,
        keyName(key),
        null,
        options,
        outcome -> {
          if (!turn.end()) {
            return;
          }
          if (outcome instanceof ReadOutcome.Refused) {
            return;
          }
          history.read();
          Set<Integer> shown = shown(outcome);
          sim.note("read " + keyName(key) + " " + shown);
          checks.judge(keyName(key), shown, begun, sim.nanoTime(), level);
          if (outcome instanceof ReadOutcome.Found found) {
            known.context = found.context();
            known.hash = found.versionHash();
          } else if (outcome instanceof ReadOutcome.Missing missing) {
            known.context = missing.context();
            known.hash = null;
          }
          known.seen = new TreeSet<>(shown);
          known.standing = shown;
        });
  }

  /** Tokens of the values that an answer shows. */
  static Set<Integer> shown(ReadOutcome outcome) {
    return outcome instanceof ReadOutcome.Found found ? tokens(found.values()) : Set.of();
  }

  static Set<Integer> tokens(List<Version> values) {
    Set<Integer> tokens = new TreeSet<>();
    for (Version version : values) {
      tokens.add(Integer.parseInt(SimCluster.text(version.content().bytes())));
    }
    return tokens;
  }

  // --- writes

  private void write(int node, List<Known> all, int key, int what) {
    Known known = all.get(key);
    Quorum level = plan.mixed() ? LEVELS[chance.nextInt(3)] : Quorum.QUORUM;
    boolean quorum = plan.quorumsMeet() || (level.equals(Quorum.ALL) && plan.nodes() == 3);
    boolean delete = chance.chance(0.15);
    String context = known.context;
    Set<Integer> seen = known.seen;
    Condition condition = Condition.NONE;
    boolean blind = false;
    if (plan.lastWriterWins() || what >= 85) {
      blind = true;
      context = null;
      seen = Set.of();
    } else if (what >= 78) {
      context = "";
      seen = Set.of();
    } else if (what >= 74) {
      condition = Condition.ABSENT;
      context = null;
      seen = Set.of();
      delete = false;
    } else if (what >= 68 && known.hash != null) {
      condition = new Condition.Matches(Set.of(known.hash));
      context = null;
      seen = known.standing;
    }
    send(new Writing(node, all, key, level, delete, blind, context, seen, condition, quorum));
  }

  private record Writing(
      int node,
      List<Known> all,
      int key,
      Quorum level,
      boolean delete,
      boolean blind,
      @Nullable String context,
      Set<Integer> seen,
      Condition condition,
      boolean quorum) {}

  private void send(Writing writing) {
    History.Write write =
        history.begin(
            keyName(writing.key),
            writing.delete,
            writing.blind,
            writing.seen,
            sim.nanoTime(),
            writing.quorum);
    Content content =
        writing.delete
            ? Content.tombstone()
            : Content.json(SimCluster.bytes(Integer.toString(write.token)));
    RequestOptions options = new RequestOptions(null, writing.level, null, null, null, null);
    Known known = writing.all.get(writing.key);
    sim.note("begin " + write);
    Turn turn =
        new Turn(writing.all) {
          @Override
          void givenUp() {
            write.end(History.Fate.UNKNOWN, Long.MAX_VALUE);
            sim.note("given up " + write.token);
          }
        };
    habits.write(
        cluster,
        writing.node,
        keyName(writing.key),
        content,
        writing.context,
        writing.condition,
        options,
        outcome -> {
          if (!turn.end()) {
            return;
          }
          if (outcome instanceof WriteOutcome.Written written) {
            write.end(History.Fate.ACKNOWLEDGED, sim.nanoTime());
            known.context = written.context();
            known.seen = new TreeSet<>(writing.seen);
            known.seen.add(write.token);
            acknowledged.run();
          } else if (outcome instanceof WriteOutcome.Refused refused) {
            boolean none = refused.refusal().fate() == Refusal.Fate.NONE;
            write.end(
                none ? History.Fate.REFUSED : History.Fate.UNKNOWN,
                none ? sim.nanoTime() : Long.MAX_VALUE);
          }
          sim.note("end " + write);
        });
  }

  /** One request of one client: ends with its answer or with the client's patience. */
  private class Turn {
    private final List<Known> client;
    private boolean ended;

    Turn(List<Known> client) {
      this.client = client;
      running++;
      long patience = chance.nextInt(10) == 0 ? 300 : 6_000;
      sim.after(
          patience * 1_000_000,
          "patience",
          () -> {
            if (!ended) {
              givenUp();
              var unused = end();
            }
          });
    }

    void givenUp() {}

    /** Whether the client still listens. */
    boolean end() {
      if (ended) {
        return false;
      }
      ended = true;
      running--;
      think(client);
      return true;
    }
  }
}
