package starling.node.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bound of each part of a node on its share of the heap. Every part has a bound because clients
 * and peers fill it; together the bounds must leave room for the other memory of a request: copies
 * on the way to the log, to other nodes and to the socket. So the bounds are fractions of the heap,
 * with the usual value as the maximum. All bounds add up to more than the heap; the largest two are
 * never full together, because a value counts in one of them only.
 *
 * <p>The operator may set two of them, {@code http.maxBufferedBytes} and {@code
 * storage.cacheBytes}. The node does not change a set value: if it does not fit, the start fails
 * with the numbers.
 *
 * @param heapBytes the largest heap that the JVM will take
 * @param bodyBytes bodies of requests, from their first byte to the answer, and once more as much
 *     for answers that wait for their sockets
 * @param cacheBytes values that are read most
 * @param logQueueBytes appends that wait for the log, and once more as much for finished reads that
 *     wait for their reader
 * @param peerQueueBytes frames that wait for the sockets of all other nodes together
 * @param waitingBytes steps that wait for a read, a lease or a list
 * @param setBytes the largest set of one key. A merge has three of them in memory, the received
 *     one, the one that is stored and their join; another may wait to be sent
 * @param forwardedBytes values of writes that other nodes have forwarded to this one
 * @param readBytes sets that reads have gathered before enough replicas answered
 * @param writeBytes values of writes until the last replica has answered, or was given up
 * @param memtableEntries of the index, before they are flushed; there may be two memtables
 * @param rebuildEntries of the index in memory at once when it is rebuilt at a start
 */
public record MemoryBudget(
    long heapBytes,
    long bodyBytes,
    long cacheBytes,
    long logQueueBytes,
    long peerQueueBytes,
    long waitingBytes,
    long setBytes,
    long forwardedBytes,
    long readBytes,
    long writeBytes,
    int memtableEntries,
    int rebuildEntries) {
  /** {@code http.maxBufferedBytes} where the heap allows it. */
  public static final long USUAL_BODY_BYTES = 128L << 20;

  /** {@code storage.cacheBytes} where the heap allows it. */
  public static final long USUAL_CACHE_BYTES = 32L << 20;

  /** Code, tables and connections of an idle node take most of a smaller heap. */
  static final long MIN_HEAP_BYTES = 48L << 20;

  private static final long MAX_LOG_QUEUE_BYTES = 64L << 20;
  private static final long MAX_BYTES = 128L << 20;
  private static final int MAX_MEMTABLE_ENTRIES = 128 << 10;
  private static final int MAX_REBUILD_ENTRIES = 4 << 20;

  /** An entry of a memtable in arrays that have just grown, twice: one takes, one is flushed. */
  private static final int MEMTABLE_ENTRY_BYTES = 2 * 72;

  /** The same while the arrays grow and are sorted. */
  private static final int REBUILD_ENTRY_BYTES = 200;

  /** Sets longer than any record are of no use. */
  private static final long MAX_SET_BYTES = 256L << 20;

  /** The bytes of a set besides its values. */
  private static final long SET_OVERHEAD_BYTES = 128L << 10;

  private static final long MIB = 1 << 20;

  /**
   * The budget of a heap.
   *
   * @param bodyBytes as it was set; null if it was not
   * @param cacheBytes the same
   * @param oneBodyBytes the largest body of one request
   * @throws IllegalArgumentException if what was set does not fit; says how much would
   */
  public static MemoryBudget of(
      long heapBytes, @Nullable Long bodyBytes, @Nullable Long cacheBytes, long oneBodyBytes) {
    check(
        heapBytes >= MIN_HEAP_BYTES,
        "the heap of "
            + mib(heapBytes)
            + " is too small for a node: start the JVM with -Xmx64m"
            + " or more");
    long part = heapBytes / 16;
    check(
        oneBodyBytes <= 4 * part,
        "http.maxValueBytes does not fit the heap of "
            + mib(heapBytes)
            + ": one body may have "
            + mib(oneBodyBytes)
            + ", and a quarter of the heap is "
            + mib(4 * part)
            + "; lower it, or raise -Xmx to "
            + mib(9 * oneBodyBytes / 2));
    long bodies =
        bodyBytes == null
            ? Math.max(oneBodyBytes, Math.min(USUAL_BODY_BYTES, 2 * part))
            : bodyBytes;
    long cache = cacheBytes == null ? Math.min(USUAL_CACHE_BYTES, part) : cacheBytes;
    check(
        bodies <= 8 * part && cache <= 8 * part - bodies,
        "http.maxBufferedBytes ("
            + mib(bodies)
            + ") and storage.cacheBytes ("
            + mib(cache)
            + ") do not fit the heap of "
            + mib(heapBytes)
            + ": together they may take half of it, "
            + mib(8 * part)
            + "; lower them, or raise -Xmx to "
            + mib(
                Math.min(bodies, Long.MAX_VALUE / 8) / 4 * 9 + Math.min(cache, 1L << 50) / 4 * 9));
    return new MemoryBudget(
        heapBytes,
        bodies,
        cache,
        Math.min(MAX_LOG_QUEUE_BYTES, 2 * part),
        part,
        Math.max(setBytes(part, oneBodyBytes), Math.min(MAX_BYTES, 4 * part / 3)),
        setBytes(part, oneBodyBytes),
        Math.max(oneBodyBytes, Math.min(MAX_BYTES, part)),
        Math.min(MAX_BYTES, part),
        Math.min(4 * MAX_BYTES, 3 * part),
        (int) Math.min(MAX_MEMTABLE_ENTRIES, part / MEMTABLE_ENTRY_BYTES),
        (int) Math.min(MAX_REBUILD_ENTRIES, 8 * part / REBUILD_ENTRY_BYTES));
  }

  /**
   * An eighth of the heap: what is received, stored and joined of one key takes three eighths, what
   * is sent of it one, and what has just been read or encoded one more. A value that is admitted is
   * merged, too, also where it is longer: it is two thirds of its body.
   */
  private static long setBytes(long part, long oneBodyBytes) {
    return Math.min(MAX_SET_BYTES, Math.max(2 * part, oneBodyBytes / 3 * 2)) + SET_OVERHEAD_BYTES;
  }

  /** The bounds that a small heap has lowered, as text; empty if none. */
  public List<String> lowered() {
    List<String> lowered = new ArrayList<>();
    if (bodyBytes < USUAL_BODY_BYTES) {
      lowered.add("http.maxBufferedBytes " + mib(bodyBytes));
    }
    if (cacheBytes < USUAL_CACHE_BYTES) {
      lowered.add("storage.cacheBytes " + mib(cacheBytes));
    }
    if (logQueueBytes < MAX_LOG_QUEUE_BYTES) {
      lowered.add("appends that wait for the log " + mib(logQueueBytes));
    }
    if (setBytes < MAX_BYTES) {
      lowered.add("sets of one key " + mib(setBytes));
    }
    if (readBytes < MAX_BYTES) {
      lowered.add("forwarded writes " + mib(forwardedBytes));
      lowered.add("reads under way " + mib(readBytes));
      lowered.add("writes under way " + mib(writeBytes));
      lowered.add("frames to other nodes " + mib(peerQueueBytes));
    }
    return lowered;
  }

  /** A size for people, in MiB, rounded up. */
  public static String mib(long bytes) {
    return (bytes / MIB + (bytes % MIB == 0 ? 0 : 1)) + " MiB";
  }

  private static void check(boolean holds, String words) {
    if (!holds) {
      throw new IllegalArgumentException(words);
    }
  }
}
