package starling.node.metrics;

/**
 * Bounds the values that are held at once for one reason. What waits in this node for a read, a
 * lease or a list on the disk counts in one of these, whatever brought it: a client's write, a
 * peer's copy, a hint or a repair; reads and writes under way count in others. A disk that answers
 * nothing must not cost the node its memory. Each thing that waits counts for its bytes and for
 * what keeps it; what comes on top of the bound is rejected at once and nothing of it is done.
 *
 * <p>What waits in the log's own queue has a bound there.
 */
public final class WaitingBytes {
  /** What keeps one thing that waits: closures, the request, the place in its queue. */
  public static final int OVERHEAD_BYTES = 1024;

  private final long maxBytes;
  private final long maxOfOneBytes;
  private long bytes;

  public WaitingBytes(long maxBytes) {
    this(maxBytes, Long.MAX_VALUE);
  }

  /**
   * @param maxOfOneBytes how much one operation may hold where nothing else waits
   */
  public WaitingBytes(long maxBytes, long maxOfOneBytes) {
    this.maxBytes = maxBytes;
    this.maxOfOneBytes = Math.max(maxBytes, maxOfOneBytes);
  }

  /** Counts a thing that begins to wait; false, and nothing is counted, if it may not. */
  public boolean add(int itsBytes) {
    if (!hasRoomFor(itsBytes)) {
      return false;
    }
    bytes += (long) itsBytes + OVERHEAD_BYTES;
    return true;
  }

  /** Whether a thing of so many bytes may begin to wait. */
  public boolean hasRoomFor(int itsBytes) {
    return bytes + itsBytes + OVERHEAD_BYTES <= maxBytes;
  }

  /** It waits no more. */
  public void remove(int itsBytes) {
    bytes -= (long) itsBytes + OVERHEAD_BYTES;
  }

  /** How much may wait. */
  public long maxBytes() {
    return maxBytes;
  }

  /** How much one operation may hold where nothing else waits. */
  public long maxOfOneBytes() {
    return maxOfOneBytes;
  }

  /** What waits at present. */
  public long bytes() {
    return bytes;
  }

  /** Begins to count what one operation holds. */
  public Share share() {
    return new Share();
  }

  /** What one operation holds, let go as a whole when it ends. */
  public final class Share {
    private long own;

    private Share() {}

    /**
     * Counts a thing more; false, and nothing is counted, if it may not. Where nothing waits but
     * what this operation holds, another bound holds, since one operation may need more than what
     * many have together.
     */
    public boolean add(int itsBytes) {
      long counted = (long) itsBytes + OVERHEAD_BYTES;
      boolean first = bytes == own && bytes + counted <= maxOfOneBytes;
      if (!first && !hasRoomFor(itsBytes)) {
        return false;
      }
      bytes += counted;
      own += counted;
      return true;
    }

    /** Nothing of it waits any more. */
    public void release() {
      bytes -= own;
      own = 0;
    }
  }
}
