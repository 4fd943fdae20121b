package starling.node.sim.workload;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
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
public final class History {
  /** How a write ended for its client. */
  public enum Fate {
    RUNNING,
    ACKNOWLEDGED,
    /** Rejected: surely not written. */
    REFUSED,
    UNKNOWN
  }

  /** One write. */
  public static final class Write {
    public final int token;
    public final String key;
    public final boolean delete;
    public final boolean blind;
    public final Set<Integer> seen;

    /** The highest token that it had seen; -1 if it had seen none. */
    private final int newestSeen;

    public final long begun;

    /** When it was sent for the last time: one that has a name may be sent again. */
    public long sent;

    /** Whether it has a name under which it may be sent again. */
    public boolean named;

    /** Some node has answered that it is done, heard or not. */
    boolean promised;

    /**
     * It may have effect after its answer: it was sent again, or passed on a second time, and an
     * earlier try may still be under way.
     */
    public boolean late;

    public long ended = Long.MAX_VALUE;
    Fate fate = Fate.RUNNING;

    /** What its acknowledgement promises. */
    public final Promise promise;

    /** What its past was taken from, where it is blind: as many primaries as were asked before. */
    public Promise asked;

    /** It replaces tombstones that its client saw no token of: of deletes begun before then. */
    public long deletesSeenBy = Long.MIN_VALUE;

    /** How long it may take at most where its client is not told the end. */
    long longestNanos;

    Write(
        int token,
        String key,
        boolean delete,
        boolean blind,
        Set<Integer> seen,
        long begun,
        Promise promise) {
      this.token = token;
      this.key = key;
      this.delete = delete;
      this.blind = blind;
      TreeSet<Integer> tokens = new TreeSet<>(seen);
      this.seen = Collections.unmodifiableSet(tokens);
      this.newestSeen = tokens.isEmpty() ? -1 : tokens.last();
      this.begun = begun;
      this.sent = begun;
      this.promise = promise;
      this.asked = promise;
    }

    public void end(Fate how, long now) {
      fate = how;
      ended = now;
    }

    public boolean saw(int other) {
      return other <= newestSeen && seen.contains(other);
    }

    public boolean acknowledged() {
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
  private final Map<Integer, Write> byToken = new HashMap<>();
  private final Map<String, List<Write>> byKey = new LinkedHashMap<>();
  private long reads;
  private long longestNanos = Long.MAX_VALUE / 2;

  /**
   * What was known of the history to a read that ran from {@code begun} to {@code ended}: writes
   * that ended meanwhile are under way, later ones are not there.
   */
  public record View(long begun, long ended) {
    /** Everything is over. */
    public static final View END = new View(Long.MAX_VALUE, Long.MAX_VALUE);

    boolean knows(Write write) {
      return write.begun <= ended;
    }

    private boolean over(Write write) {
      return write.ended <= begun;
    }

    public boolean acknowledged(Write write) {
      return write.fate == Fate.ACKNOWLEDGED && knows(write) && over(write);
    }

    /** Whether it may have been written. */
    public boolean mayHaveHappened(Write write) {
      return write.fate != Fate.REFUSED && knows(write);
    }
  }

  /** A write without an answer has no effect any more when so much time has passed. */
  void longestNanos(long nanos) {
    longestNanos = nanos;
  }

  /** When a write has surely had all the effect it will ever have. */
  public long effectBy(Write write) {
    boolean over = write.fate == Fate.ACKNOWLEDGED || write.fate == Fate.REFUSED;
    return over && !write.late
        ? write.ended
        : write.sent + Math.max(longestNanos, write.longestNanos);
  }

  /** The write of a token; null if this history holds none. */
  public Write write(int token) {
    return byToken.get(token);
  }

  public Write begin(
      String key, boolean delete, boolean blind, Set<Integer> seen, long now, Promise promise) {
    Write write = new Write(writes.size(), key, delete, blind, seen, now, promise);
    add(write);
    return write;
  }

  void add(Write write) {
    writes.add(write);
    byToken.put(write.token, write);
    byKey.computeIfAbsent(write.key, unused -> new ArrayList<>()).add(write);
  }

  /** How many writes of a key with names came later than that one. */
  public long namedAfter(int token, String key) {
    return writesOf(key).stream().filter(write -> write.named && write.token > token).count();
  }

  void read() {
    reads++;
  }

  public long reads() {
    return reads;
  }

  public List<Write> writes() {
    return writes;
  }

  public List<Write> writesOf(String key) {
    return byKey.getOrDefault(key, List.of());
  }

  public Set<String> keys() {
    return byKey.keySet();
  }

  public long acknowledged() {
    return writes.stream().filter(Write::acknowledged).count();
  }
}
