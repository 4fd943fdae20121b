package starling.node.sim.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import starling.node.sim.check.FrontierOracle;

/**
 * A {@link History} that many threads write at once, for clients of real processes. Beginnings are
 * noted before a request is sent and ends after its answer came, so what it holds of time is never
 * narrower than what happened. Judged by the same oracle as the runs on virtual time.
 */
public final class ConcurrentHistory {
  private final History history = new History();

  /**
   * A write is about to be sent.
   *
   * @param seen tokens that the write's context claims; nothing if it is blind
   * @param quorum whether it meets every other such write on a primary
   * @return its token
   */
  public synchronized int begin(
      String key, boolean delete, boolean blind, Set<Integer> seen, boolean quorum) {
    Promise promise = quorum ? Promise.QUORUM : Promise.NONE;
    return history.begin(key, delete, blind, seen, System.nanoTime(), promise).token;
  }

  public synchronized void acknowledged(int token) {
    history.writes().get(token).end(History.Fate.ACKNOWLEDGED, System.nanoTime());
  }

  /** The write surely did not happen. */
  public synchronized void refused(int token) {
    history.writes().get(token).end(History.Fate.REFUSED, System.nanoTime());
  }

  /** The write may have happened, or happen later. */
  public synchronized void unknown(int token) {
    history.writes().get(token).end(History.Fate.UNKNOWN, Long.MAX_VALUE);
  }

  /** What is wrong with these tokens standing under a key after all has ended. */
  public synchronized List<String> judge(String key, Set<Integer> standing) {
    return FrontierOracle.judge(history, key, standing);
  }

  /**
   * What is wrong with a read that showed these tokens.
   *
   * @param begun when the read was sent, by {@link System#nanoTime}
   * @param binding which of the writes that had been acknowledged by then the read must know of
   */
  public synchronized List<String> judgeRead(
      String key, Set<Integer> shown, long begun, IntPredicate binding) {
    History known = new History();
    for (History.Write write : history.writesOf(key)) {
      History.Write copy =
          new History.Write(
              write.token, key, write.delete, write.blind, write.seen, write.begun, write.promise);
      boolean bound = write.ended <= begun && binding.test(write.token);
      if (bound || write.fate == History.Fate.REFUSED) {
        copy.end(write.fate, write.ended);
      }
      known.add(copy);
    }
    return FrontierOracle.judge(known, key, shown);
  }

  /** Whether that write counted on meeting every other such write. */
  public synchronized boolean quorum(int token) {
    return history.writes().get(token).promise.meets(Promise.QUORUM);
  }

  public synchronized List<String> keys() {
    return new ArrayList<>(history.keys());
  }

  /** All that was done to a key, for a report. */
  public synchronized String describe(String key) {
    StringBuilder text = new StringBuilder();
    for (History.Write write : history.writesOf(key)) {
      text.append(write).append(" from ").append(write.begun / 1000);
      text.append(" to ").append(write.ended / 1000).append('\n');
    }
    return text.toString();
  }
}
