package starling.node.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What clients did to one cluster and what they were told, in the order of virtual time. Each write
 * carries a token of its own, so a value read names the write it came from; what a write had seen
 * is what reads showed that client, no matter what contexts say.
 */
final class History {
  /** How a write ended for its client. */
  enum Fate {
    RUNNING,
    ACKNOWLEDGED,
    /** Refused in words: surely not written. */
    REFUSED,
    UNKNOWN
  }

  /** One write. */
  static final class Write {
    final int token;
    final String key;
    final boolean delete;
    final boolean blind;
    final Set<Integer> seen;
    final long begun;
    long ended = Long.MAX_VALUE;
    Fate fate = Fate.RUNNING;

    /** Whether w1 + w2 > n holds between this write and every other one. */
    final boolean quorum;

    Write(
        int token,
        String key,
        boolean delete,
        boolean blind,
        Set<Integer> seen,
        long begun,
        boolean quorum) {
      this.token = token;
      this.key = key;
      this.delete = delete;
      this.blind = blind;
      this.seen = Collections.unmodifiableSet(new TreeSet<>(seen));
      this.begun = begun;
      this.quorum = quorum;
    }

    void end(Fate how, long now) {
      fate = how;
      ended = now;
    }

    boolean acknowledged() {
      return fate == Fate.ACKNOWLEDGED;
    }

    @Override
    public String toString() {
      return (delete ? "delete " : "write ")
          + token
          + " of "
          + key
          + (blind ? " blind" : " seen " + seen)
          + " "
          + fate;
    }
  }

  private final List<Write> writes = new ArrayList<>();
  private final Map<String, List<Write>> byKey = new LinkedHashMap<>();
  private long reads;

  /**
   * The history as it was known to a read that ran from {@code begun} to {@code ended}: writes that
   * ended meanwhile are under way, later ones are not there.
   */
  History at(long begun, long ended) {
    History past = new History();
    for (Write write : writes) {
      if (write.begun > ended) {
        continue;
      }
      Write known =
          new Write(
              write.token,
              write.key,
              write.delete,
              write.blind,
              write.seen,
              write.begun,
              write.quorum);
      if (write.ended <= begun || write.fate == Fate.REFUSED) {
        known.end(write.fate, write.ended);
      }
      past.add(known);
    }
    return past;
  }

  Write begin(
      String key, boolean delete, boolean blind, Set<Integer> seen, long now, boolean quorum) {
    Write write = new Write(writes.size(), key, delete, blind, seen, now, quorum);
    add(write);
    return write;
  }

  void add(Write write) {
    writes.add(write);
    byKey.computeIfAbsent(write.key, unused -> new ArrayList<>()).add(write);
  }

  void read() {
    reads++;
  }

  long reads() {
    return reads;
  }

  List<Write> writes() {
    return writes;
  }

  List<Write> writesOf(String key) {
    return byKey.getOrDefault(key, List.of());
  }

  Set<String> keys() {
    return byKey.keySet();
  }

  long acknowledged() {
    return writes.stream().filter(Write::acknowledged).count();
  }
}
