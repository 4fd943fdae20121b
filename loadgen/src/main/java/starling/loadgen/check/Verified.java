package starling.loadgen.check;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import starling.client.Behavior;
import starling.client.BlockingBucket;
import starling.client.Bucket;
import starling.client.Codecs;
import starling.client.Quorum;
import starling.client.Starling;
import starling.client.StarlingException;
import starling.loadgen.check.Finding.Kind;

/**
 * The verified workload: clients that write unique values, alone and in batches, make siblings,
 * delete, and read in and out of sessions, over few keys, while another thread lists the keys; then
 * a complete read of each key and a complete listing. Every read is judged for values that no
 * client wrote, those of a session also for what the session knows. At the end all is judged by
 * {@link KeyHistory}.
 */
public final class Verified {
  private static final long AGAIN_MILLIS = 500;
  private static final long LISTING_NANOS = 500_000_000;

  /**
   * What happened.
   *
   * @param unread keys that no complete read could be had of
   * @param listed whether a complete listing could be had at the end
   */
  public record Verdict(
      long acknowledged,
      long unknown,
      long rejected,
      long reads,
      long failedReads,
      long keys,
      long unread,
      long batches,
      long listings,
      long failedListings,
      boolean listed,
      List<Finding> findings) {
    /** Whether something was verified and nothing is wrong. */
    public boolean good() {
      return acknowledged > 0 && reads > 0 && unread == 0 && listed && findings.isEmpty();
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
  private final Tally tally = new Tally();
  private final Listings listings;
  private volatile boolean stopping;
  private volatile @Nullable RuntimeException broken;

  /**
   * @param prefix the beginning of all keys, which no earlier run had
   */
  public Verified(
      Starling starling, String bucket, String prefix, int clients, int keys, long seed) {
    this(
        starling,
        bucket,
        prefix,
        clients,
        keys,
        seed,
        Listings.of(starling.bucket(bucket, Codecs.text()).blocking(), prefix));
  }

  /** With other listings than the cluster's. */
  Verified(
      Starling starling,
      String bucket,
      String prefix,
      int clients,
      int keys,
      long seed,
      Listings.Source listed) {
    this.starling = starling;
    this.bucket = bucket;
    this.clients = clients;
    this.keys = keys;
    this.seeds = new SplittableRandom(seed);
    this.histories = new Histories(prefix, keys);
    this.listings = new Listings(listed, histories, tally);
  }

  long acknowledged() {
    return tally.acknowledged.sum();
  }

  /** A line on how far it is. */
  public String progress() {
    return tally.toString();
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
      boolean session = i % 2 == 0;
      Bucket<String> texts = starling.bucket(bucket, Codecs.text());
      Client client =
          new Client(
              (session ? texts.in(starling.session()) : texts).blocking(),
              session,
              histories,
              tally,
              keys,
              seeds.split());
      threads.add(start("check-" + i, client::step));
    }
    threads.add(
        start(
            "check-list",
            () -> {
              listings.during();
              LockSupport.parkNanos(LISTING_NANOS);
            }));
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

  /** A thread that does something again and again, until the workload ends. */
  private Thread start(String name, Runnable step) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (!stopping) {
                  step.run();
                }
              } catch (RuntimeException e) {
                broken = e;
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Reads every key, lists all of them, and says what that and earlier reads have shown. */
  Verdict verdict(Duration settle) throws InterruptedException {
    long until = System.nanoTime() + settle.toNanos();
    BlockingBucket<String> complete =
        starling.bucket(bucket, Codecs.text()).with(Behavior.DEFAULT.pr(Quorum.ALL)).blocking();
    long unread = judgeAll(complete, until);
    boolean listed =
        unread == 0 && listings.atTheEnd(key -> !complete.get(key).values().isEmpty(), until);
    return new Verdict(
        tally.acknowledged.sum(),
        tally.unknown.sum(),
        tally.rejected.sum(),
        tally.reads.sum(),
        tally.failedReads.sum(),
        histories.all().size(),
        unread,
        tally.batches.sum(),
        tally.listings.sum(),
        tally.failedListings.sum(),
        listed,
        tally.findings());
  }

  /**
   * How many keys could not be read. Hints may still be on their way, so a key that is not in order
   * is read again until then.
   */
  private long judgeAll(BlockingBucket<String> complete, long until) throws InterruptedException {
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
        tally.report(wrong);
      }
    }
    return unread;
  }

  /** What is wrong with a key; null where no complete read succeeds. */
  private static @Nullable List<Finding> judge(
      KeyHistory history, BlockingBucket<String> complete) {
    try {
      return history.judge(Tokens.ids(history, complete.get(history.key())));
    } catch (StarlingException e) {
      return null;
    }
  }
}
