package starling.loadgen.check;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import starling.client.Behavior;
import starling.client.BehindException;
import starling.client.BlockingBucket;
import starling.client.Bucket;
import starling.client.Codecs;
import starling.client.Context;
import starling.client.Key;
import starling.client.Quorum;
import starling.client.Reading;
import starling.client.Result;
import starling.client.Starling;
import starling.client.StarlingException;
import starling.client.Written;
import starling.loadgen.check.Finding.Kind;

/**
 * The verified workload: clients that write unique values, make siblings, delete, and read in and
 * out of sessions, over few keys; then a complete read of each key. Every read is judged for values
 * that no client wrote, those of a session also for what the session knows. At the end all is
 * judged by {@link KeyHistory}.
 */
public final class Verified {
  private static final int MAX_FINDINGS = 20;
  private static final int READ_TOGETHER = 5;

  /** On a quarter of the keys: a write without a context hides losses that came before it. */
  private static final int BLIND_EVERY = 4;

  private static final long AGAIN_MILLIS = 500;

  /**
   * What happened.
   *
   * @param unread keys that no complete read could be had of
   */
  public record Verdict(
      long acknowledged,
      long unknown,
      long rejected,
      long reads,
      long failedReads,
      long keys,
      long unread,
      List<Finding> findings) {
    /** Whether something was verified and nothing is wrong. */
    public boolean good() {
      return acknowledged > 0 && reads > 0 && unread == 0 && findings.isEmpty();
    }

    /** How many findings of a kind there are. */
    public long count(Kind kind) {
      return findings.stream().filter(finding -> finding.kind() == kind).count();
    }
  }

  private final Starling starling;
  private final String bucket;
  private final int clients;
  private final int keys;
  private final SplittableRandom seeds;
  private final Histories histories;
  private final List<Finding> findings = new ArrayList<>();
  private final LongAdder acknowledged = new LongAdder();
  private final LongAdder unknown = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder reads = new LongAdder();
  private final LongAdder failedReads = new LongAdder();
  private volatile boolean stopping;
  private volatile @Nullable RuntimeException broken;

  /**
   * @param prefix the beginning of all keys, which no earlier run had
   */
  public Verified(
      Starling starling, String bucket, String prefix, int clients, int keys, long seed) {
    this.starling = starling;
    this.bucket = bucket;
    this.clients = clients;
    this.keys = keys;
    this.seeds = new SplittableRandom(seed);
    this.histories = new Histories(prefix, keys);
  }

  long acknowledged() {
    return acknowledged.sum();
  }

  /** A line on how far it is. */
  public String progress() {
    return acknowledged.sum()
        + " writes acknowledged, "
        + unknown.sum()
        + " unknown, "
        + rejected.sum()
        + " rejected; "
        + reads.sum()
        + " reads, "
        + failedReads.sum()
        + " failed";
  }

  /**
   * Runs the clients, then reads every key until it is found in order or {@code settle} is over.
   *
   * @param second called once a second
   */
  public Verdict run(Duration duration, Duration settle, Runnable second)
      throws InterruptedException {
    work(
        duration,
        Duration.ofSeconds(1),
        () -> {
          second.run();
          return true;
        });
    return verdict(settle);
  }

  /** Runs the clients as long as {@code more}, which is asked once in {@code every}, is true. */
  void work(Duration duration, Duration every, BooleanSupplier more) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      Client client = new Client(seeds.split(), i % 2 == 0);
      Thread thread = new Thread(client::work, "check-" + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
    long end = System.nanoTime() + duration.toNanos();
    for (boolean go = true; go && System.nanoTime() < end && broken == null; ) {
      TimeUnit.NANOSECONDS.sleep(Math.min(every.toNanos(), Math.max(1, end - System.nanoTime())));
      go = more.getAsBoolean();
    }
    stopping = true;
    for (Thread thread : threads) {
      thread.join();
    }
    RuntimeException failure = broken;
    if (failure != null) {
      throw failure;
    }
  }

  /** Reads every key, and says what all reads have shown. */
  Verdict verdict(Duration settle) throws InterruptedException {
    long unread = judgeAll(System.nanoTime() + settle.toNanos());
    synchronized (findings) {
      return new Verdict(
          acknowledged.sum(),
          unknown.sum(),
          rejected.sum(),
          reads.sum(),
          failedReads.sum(),
          histories.all().size(),
          unread,
          List.copyOf(findings));
    }
  }

  /**
   * How many keys could not be read. Hints may still be on their way, so a key that is not in order
   * is read again until then.
   */
  private long judgeAll(long until) throws InterruptedException {
    BlockingBucket<String> complete =
        starling.bucket(bucket, Codecs.text()).with(Behavior.DEFAULT.pr(Quorum.ALL)).blocking();
    long unread = 0;
    for (KeyHistory history : histories.all()) {
      if (unread > 0 && System.nanoTime() > until) {
        unread++;
        continue;
      }
      List<Finding> wrong = judge(history, complete);
      while ((wrong == null || !wrong.isEmpty()) && System.nanoTime() < until) {
        TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
        List<Finding> again = judge(history, complete);
        wrong = again == null ? wrong : again;
      }
      if (wrong == null) {
        unread++;
      } else {
        report(wrong);
      }
    }
    return unread;
  }

  /** What is wrong with a key; null where no complete read succeeds. */
  private static @Nullable List<Finding> judge(
      KeyHistory history, BlockingBucket<String> complete) {
    try {
      return history.judge(ids(history, complete.get(history.key())));
    } catch (StarlingException e) {
      return null;
    }
  }

  private void report(List<Finding> found) {
    synchronized (findings) {
      found.stream().limit(MAX_FINDINGS - findings.size()).forEach(findings::add);
    }
  }

  private static Set<Integer> ids(KeyHistory history, Reading<String> reading) {
    Set<Integer> ids = new TreeSet<>();
    reading.values().forEach(value -> ids.add(Tokens.id(history, value)));
    return ids;
  }

  /** One client, on a thread of its own. */
  private final class Client {
    private final SplittableRandom random;
    private final boolean session;
    private final BlockingBucket<String> texts;

    /** Of the session: what it must not forget of each key. */
    private final Map<KeyHistory, Set<Integer>> known =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<KeyHistory, Set<Integer>> eldest) {
            return size() > 4 * keys;
          }
        };

    Client(SplittableRandom random, boolean session) {
      this.random = random;
      this.session = session;
      Bucket<String> of = starling.bucket(bucket, Codecs.text());
      this.texts = (session ? of.in(starling.session()) : of).blocking();
    }

    void work() {
      try {
        while (!stopping) {
          step();
        }
      } catch (RuntimeException e) {
        broken = e;
      }
    }

    private void step() {
      int place = random.nextInt(keys);
      KeyHistory history = histories.at(place);
      boolean blindAllowed = place % BLIND_EVERY == 0;
      int choice = random.nextInt(100);
      if (choice < 30) {
        read(history);
      } else if (choice < 35 && !session) {
        readTogether();
      } else if (choice < 45 && blindAllowed && !session) {
        write(history, random.nextInt(4) == 0, true, Set.of(), null);
      } else if (choice < 55 && !session) {
        // A client that has seen nothing makes a sibling.
        write(history, false, false, Set.of(), Context.NOTHING_SEEN);
      } else {
        replace(history, choice >= 90);
      }
    }

    private @Nullable Reading<String> read(KeyHistory history) {
      Set<Integer> before = known.getOrDefault(history, Set.of());
      try {
        Reading<String> reading = texts.get(history.key());
        reads.increment();
        Set<Integer> shown = ids(history, reading);
        report(history.invented(shown));
        if (session) {
          if (history.invented(shown).isEmpty()) {
            report(history.forgotten(shown, before));
          }
          known.put(history, shown);
        }
        return reading;
      } catch (StarlingException e) {
        failedReads.increment();
        if (e instanceof BehindException behind && behind.lost()) {
          known.remove(history);
        }
        return null;
      }
    }

    private void readTogether() {
      Map<Key, KeyHistory> wanted = new HashMap<>();
      for (int i = 0; i < READ_TOGETHER; i++) {
        KeyHistory history = histories.at(random.nextInt(keys));
        wanted.put(Key.of(history.key()), history);
      }
      try {
        texts.getAll(wanted.keySet()).forEach((key, result) -> judge(wanted.get(key), result));
      } catch (StarlingException e) {
        failedReads.increment();
      }
    }

    private void judge(@Nullable KeyHistory history, Result<Reading<String>> result) {
      if (history == null || result instanceof Result.Failed) {
        failedReads.increment();
      } else {
        reads.increment();
        report(history.invented(ids(history, result.get())));
      }
    }

    /** Reads, then replaces or deletes exactly that. */
    private void replace(KeyHistory history, boolean delete) {
      Reading<String> reading = read(history);
      if (reading != null) {
        write(history, delete, false, ids(history, reading), reading.context());
      }
    }

    private void write(
        KeyHistory history,
        boolean delete,
        boolean blind,
        Set<Integer> seen,
        @Nullable Context context) {
      Set<Integer> real = new TreeSet<>(seen);
      real.remove(Tokens.FOREIGN);
      int id = history.begin(delete, blind, real);
      try {
        Written written = send(history, id, delete, context);
        history.ended(id, Write.State.ACKNOWLEDGED, written.attempts().list().size() > 1);
        acknowledged.increment();
        if (session) {
          known.put(history, Set.of(id));
        }
      } catch (StarlingException e) {
        boolean none = e.outcome() == StarlingException.Outcome.NOTHING_WRITTEN;
        history.ended(
            id, none ? Write.State.REJECTED : Write.State.UNKNOWN, e.attempts().list().size() > 1);
        (none ? rejected : unknown).increment();
      }
    }

    private Written send(KeyHistory history, int id, boolean delete, @Nullable Context context) {
      if (delete) {
        return context == null
            ? texts.delete(history.key())
            : texts.delete(history.key(), o -> o.replacing(context));
      }
      String value = Tokens.text(history, id);
      return context == null
          ? texts.put(history.key(), value)
          : texts.put(history.key(), value, o -> o.replacing(context));
    }
  }
}
