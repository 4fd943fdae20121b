package starling.node.replica;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.metrics.NodeCounters;
import starling.node.metrics.WaitingBytes;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * Bounds the memory of large sets. Merges have no limit but the memory of a node: a merge that
 * would not fit is rejected, counted and logged, and the node survives. Its peers keep their sets,
 * and try again.
 *
 * <ol>
 *   <li>No set is encoded that is longer than {@link #maxBytes}, which is so much of the heap that
 *       one merge fits: what was received, what is stored, and their join.
 *   <li>The large sets that are received, merged and gathered by reads take no more than three of
 *       that length together: what one merge needs. Merges, reads and messages beyond it are
 *       rejected or wait.
 * </ol>
 *
 * <p>Owned by the thread of the node's state.
 */
public final class LargeSets {
  private static final Logger log = LoggerFactory.getLogger(LargeSets.class);

  /** Smaller sets are bounded by the queues that they are in. */
  private static final int SMALL_BYTES = WaitingBytes.SMALL_BYTES;

  /** What is around a set in a message: the key, and names and numbers of the request. */
  private static final int HEAD_BYTES = 128 << 10;

  private final int maxBytes;
  private final WaitingBytes memory;
  private final NodeCounters counters;

  public LargeSets(int maxBytes, NodeCounters counters) {
    this.maxBytes = maxBytes;
    this.memory = new WaitingBytes(3L * maxMessageBytes());
    this.counters = counters;
  }

  /** The longest encoding of a set that this node makes. */
  public int maxBytes() {
    return maxBytes;
  }

  /** The longest message that ends with a set. */
  public long maxMessageBytes() {
    return (long) maxBytes + HEAD_BYTES;
  }

  /** Where all large sets count that are received, merged or gathered by reads. */
  public WaitingBytes memory() {
    return memory;
  }

  /** Whether there is memory for the bytes of one set more, which will not be counted. */
  public boolean hasRoomFor(Siblings set) {
    return set.bytes() <= SMALL_BYTES
        || memory.hasRoomFor((int) Math.min(set.bytes(), maxMessageBytes()));
  }

  /** Whether this set may be encoded; counts and tells it if not. */
  public boolean fits(Object key, Siblings set) {
    if (set.versions().size() == 1 && set.bytes() <= SMALL_BYTES) {
      return true;
    }
    // What has no encoding, since no array is so long, is not asked for its length.
    long bytes = set.bytes() > maxBytes ? set.bytes() : SiblingsCodec.encodedBytes(set);
    if (bytes <= maxBytes) {
      return true;
    }
    counters.setsTooLarge++;
    if (Long.bitCount(counters.setsTooLarge) == 1) {
      log.error(
          "the siblings of {} take {} bytes together, and this node bears sets of {} bytes: they"
              + " were not merged here ({} such merges so far). Resolve the siblings, or raise the"
              + " heap (-Xmx) to {} MiB",
          key,
          bytes,
          maxBytes,
          counters.setsTooLarge,
          heapMib(bytes));
    }
    return false;
  }

  /**
   * Counts a merge that begins; negative, and nothing is counted, where it has to wait.
   *
   * @return what is to be given to {@link #end}
   */
  int begin(Siblings stored, Siblings merged) {
    if (merged.versions().size() == 1 && merged.bytes() <= SMALL_BYTES) {
      return 0;
    }
    long bytes = (long) SiblingsCodec.encodedBytes(stored) + SiblingsCodec.encodedBytes(merged);
    if (bytes <= SMALL_BYTES) {
      return 0;
    }
    if (bytes > Integer.MAX_VALUE || !memory.add((int) bytes)) {
      counters.mergesDeferred++;
      return -1;
    }
    return (int) bytes;
  }

  /** Such a merge is durable, or has failed. */
  void end(int begun) {
    if (begun > 0) {
      memory.remove(begun);
    }
  }

  /** The heap that bears such a set, with what a collector keeps of it for itself. */
  static long heapMib(long bytes) {
    return 9 * ((bytes >> 20) + 1);
  }
}
