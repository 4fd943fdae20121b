package starling.loadgen.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import starling.client.BlockingBucket;
import starling.client.StarlingException;
import starling.loadgen.check.Finding.Kind;

/**
 * Judges listings of the keys of a verified workload.
 *
 * <p>One replica of each partition answers a listing, so while clients write, a listing may miss a
 * write that only other replicas have, and show a key whose delete that replica has not seen: then
 * only keys that come twice, and keys that no write can have made, are wrong. After all writes have
 * ended, a complete listing has exactly the keys under which a read of all primaries finds
 * something. Hints and repairs may still be under way, and a write of unknown outcome may still
 * happen, so a key is wrong only if it is in two listings one after the other, each of which
 * differs from a read that followed it.
 */
final class Listings {
  private static final long AGAIN_MILLIS = 500;

  /** Makes one listing. */
  interface Source {
    /**
     * All keys of the workload, in the order in which they come.
     *
     * @throws StarlingException if it is not complete
     */
    List<String> keys();
  }

  private final Source source;
  private final Histories histories;
  private final Tally tally;

  Listings(Source source, Histories histories, Tally tally) {
    this.source = source;
    this.histories = histories;
    this.tally = tally;
  }

  /** The listings of a bucket. */
  static Source of(BlockingBucket<String> bucket, String prefix) {
    return () -> {
      List<String> keys = new ArrayList<>();
      try {
        bucket.async().keys(prefix).forEach(key -> keys.add(key.text())).join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof StarlingException failure) {
          throw failure;
        }
        throw e;
      }
      return keys;
    };
  }

  /** Makes a listing while clients write, and judges it. */
  void during() {
    try {
      tally.report(impossible(source.keys()));
      tally.listings.increment();
    } catch (StarlingException e) {
      tally.failedListings.increment();
    }
  }

  /** Keys that come twice, and keys that no client can have written. */
  private List<Finding> impossible(List<String> listed) {
    Map<String, KeyHistory> known = new HashMap<>();
    histories.all().forEach(history -> known.put(history.key(), history));
    List<Finding> findings = new ArrayList<>();
    Set<String> before = new HashSet<>();
    for (String key : listed) {
      KeyHistory history = known.get(key);
      if (!before.add(key)) {
        findings.add(new Finding(Kind.MISLISTED, "a listing shows " + key + " twice"));
      } else if (history == null || !history.mayHold()) {
        findings.add(
            new Finding(Kind.MISLISTED, "a listing shows " + key + ", which no client wrote"));
      }
    }
    return findings;
  }

  /**
   * Makes listings after all writes have ended, until one is right or the time is over.
   *
   * @param holds whether a read of all primaries finds a value under a key
   * @param until when it is over, by {@link System#nanoTime}
   * @return whether listings were judged; false if none was complete
   */
  boolean atTheEnd(Predicate<String> holds, long until) throws InterruptedException {
    Map<String, Finding> before = Map.of();
    while (true) {
      try {
        List<String> listed = source.keys();
        tally.listings.increment();
        List<Finding> impossible = impossible(listed);
        Map<String, Finding> wrong = different(new HashSet<>(listed), holds);
        if (!impossible.isEmpty() || wrong.isEmpty()) {
          tally.report(impossible);
          return true;
        }
        Map<String, Finding> both = new TreeMap<>(wrong);
        both.keySet().retainAll(before.keySet());
        if (System.nanoTime() > until && !both.isEmpty()) {
          tally.report(both.values());
          return true;
        }
        before = wrong;
      } catch (StarlingException e) {
        tally.failedListings.increment();
        if (System.nanoTime() > until) {
          return false;
        }
      }
      TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
    }
  }

  /** Where a listing and reads that follow it differ. */
  private Map<String, Finding> different(Set<String> listed, Predicate<String> holds) {
    Map<String, Finding> wrong = new TreeMap<>();
    for (KeyHistory history : histories.all()) {
      String key = history.key();
      boolean shown = listed.contains(key);
      // The read before the listing tells of most keys that they are in order.
      if (shown != history.stood() && shown != holds.test(key)) {
        wrong.put(
            key,
            shown
                ? new Finding(Kind.MISLISTED, "a listing shows " + key + ", which holds no value")
                : new Finding(
                    Kind.UNLISTED, "a complete listing has no " + key + ", which holds a value"));
      }
    }
    return wrong;
  }
}
