package starling.loadgen.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import starling.client.Batch;
import starling.client.BehindException;
import starling.client.BlockingBucket;
import starling.client.Context;
import starling.client.Key;
import starling.client.Reading;
import starling.client.Result;
import starling.client.StarlingException;
import starling.client.Written;

/**
 * One client of the verified workload, used by one thread: reads, writes, deletes, and batches of
 * writes.
 */
final class Client {
  private static final int TOGETHER = 5;
  private static final int BATCH = 3;

  /** On a quarter of the keys: a write without a context hides losses that came before it. */
  private static final int BLIND_EVERY = 4;

  private final Histories histories;
  private final Tally tally;
  private final int keys;
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

  /**
   * @param texts the bucket; in a session for a client that has one
   */
  Client(
      BlockingBucket<String> texts,
      boolean session,
      Histories histories,
      Tally tally,
      int keys,
      SplittableRandom random) {
    this.texts = texts;
    this.session = session;
    this.histories = histories;
    this.tally = tally;
    this.keys = keys;
    this.random = random;
  }

  /** Does one thing, or a few that belong together. */
  void step() {
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
    } else if (choice < 65) {
      replaceTogether();
    } else {
      replace(history, choice >= 90);
    }
  }

  private @Nullable Reading<String> read(KeyHistory history) {
    Set<Integer> before = known.getOrDefault(history, Set.of());
    try {
      Reading<String> reading = texts.get(history.key());
      tally.reads.increment();
      Set<Integer> shown = Tokens.ids(history, reading);
      tally.report(history.invented(shown));
      if (session) {
        if (history.invented(shown).isEmpty()) {
          tally.report(history.forgotten(shown, before));
        }
        known.put(history, shown);
      }
      return reading;
    } catch (StarlingException e) {
      tally.failedReads.increment();
      if (e instanceof BehindException behind && behind.lost()) {
        known.remove(history);
      }
      return null;
    }
  }

  private void readTogether() {
    Map<Key, KeyHistory> wanted = new HashMap<>();
    for (int i = 0; i < TOGETHER; i++) {
      KeyHistory history = histories.at(random.nextInt(keys));
      wanted.put(Key.of(history.key()), history);
    }
    try {
      texts.getAll(wanted.keySet()).forEach((key, result) -> judge(wanted.get(key), result));
    } catch (StarlingException e) {
      tally.failedReads.increment();
    }
  }

  private void judge(@Nullable KeyHistory history, Result<Reading<String>> result) {
    if (history == null || result instanceof Result.Failed) {
      tally.failedReads.increment();
    } else {
      tally.reads.increment();
      tally.report(history.invented(Tokens.ids(history, result.get())));
    }
  }

  /** Reads, then replaces or deletes exactly that. */
  private void replace(KeyHistory history, boolean delete) {
    Reading<String> reading = read(history);
    if (reading != null) {
      write(history, delete, false, Tokens.ids(history, reading), reading.context());
    }
  }

  /** A write that has begun. */
  private record Begun(KeyHistory history, int id, boolean delete, @Nullable Reading<String> by) {}

  private Begun begin(
      KeyHistory history,
      boolean delete,
      boolean blind,
      Set<Integer> seen,
      @Nullable Reading<String> by) {
    Set<Integer> real = new TreeSet<>(seen);
    real.remove(Tokens.FOREIGN);
    return new Begun(history, history.begin(delete, blind, real), delete, by);
  }

  private void write(
      KeyHistory history,
      boolean delete,
      boolean blind,
      Set<Integer> seen,
      @Nullable Context context) {
    Begun begun = begin(history, delete, blind, seen, null);
    try {
      acknowledged(begun, send(history, begun.id(), delete, context));
    } catch (StarlingException e) {
      failed(begun, e);
    }
  }

  private void acknowledged(Begun begun, Written written) {
    boolean repeated = written.attempts().list().size() > 1;
    begun.history().ended(begun.id(), Write.State.ACKNOWLEDGED, repeated);
    tally.acknowledged.increment();
    if (session) {
      known.put(begun.history(), Set.of(begun.id()));
    }
  }

  private void failed(Begun begun, StarlingException e) {
    boolean none = e.outcome() == StarlingException.Outcome.NOTHING_WRITTEN;
    boolean repeated = e.attempts().list().size() > 1;
    begun.history().ended(begun.id(), none ? Write.State.REJECTED : Write.State.UNKNOWN, repeated);
    (none ? tally.rejected : tally.unknown).increment();
  }

  /** Replaces or deletes what stands under a few keys with one request. */
  private void replaceTogether() {
    List<Begun> writes = new ArrayList<>();
    Set<KeyHistory> chosen = new LinkedHashSet<>();
    for (int i = 0; i < BATCH; i++) {
      chosen.add(histories.at(random.nextInt(keys)));
    }
    for (KeyHistory history : chosen) {
      Reading<String> reading = read(history);
      if (reading != null) {
        boolean delete = random.nextInt(4) == 0;
        writes.add(begin(history, delete, false, Tokens.ids(history, reading), reading));
      }
    }
    if (writes.isEmpty()) {
      return;
    }
    try {
      List<Result<?>> results = texts.batch(batch -> writes.forEach(each -> add(batch, each)));
      tally.batches.increment();
      for (int i = 0; i < writes.size(); i++) {
        if (results.get(i) instanceof Result.Failed<?> failed) {
          failed(writes.get(i), failed.failure());
        } else {
          acknowledged(writes.get(i), (Written) results.get(i).get());
        }
      }
    } catch (StarlingException e) {
      writes.forEach(each -> failed(each, e));
    }
  }

  private static void add(Batch<String> batch, Begun write) {
    Reading<String> by = Objects.requireNonNull(write.by(), "what the write replaces");
    if (write.delete()) {
      batch.delete(by);
    } else {
      batch.put(by, Tokens.text(write.history(), write.id()));
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
