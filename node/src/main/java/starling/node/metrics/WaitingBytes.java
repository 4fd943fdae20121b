package starling.node.metrics;

import org.jspecify.annotations.Nullable;

/**
 * Bounds the bytes of values that are held at once for one reason, so that a silent disk does not
 * exhaust the heap. One instance counts all updates that wait for a read, a lease or a list on the
 * disk: a client's write, a peer's copy, a hint or a repair. Others count reads and writes under
 * way. Each update counts with its bytes and an overhead; an update beyond the bound is rejected at
 * once and nothing of it is done.
 *
 * <p>The log's own queue has its own bound.
 */
public final class WaitingBytes {
  /** The overhead of one waiting update: closures, the request, its queue entry. */
  public static final int OVERHEAD_BYTES = 1024;

  /** Updates of at most this size do not count as large. */
  public static final int SMALL_BYTES = 1 << 20;

  private final long maxBytes;
  private final long maxOfOneBytes;
  private final @Nullable WaitingBytes large;
  private long bytes;

  public WaitingBytes(long maxBytes) {
    this(maxBytes, Long.MAX_VALUE, null);
  }

  /**
   * @param maxOfOneBytes how much one operation may hold where nothing else waits
   * @param large counts the large ones again, for whatever reason they are held
   */
  public WaitingBytes(long maxBytes, long maxOfOneBytes, @Nullable WaitingBytes large) {
    this.maxBytes = maxBytes;
    this.maxOfOneBytes = Math.max(maxBytes, maxOfOneBytes);
    this.large = large;
  }

  /**
   * Counts an update that begins to wait; returns false and counts nothing if the bound is reached.
   */
  public boolean add(int itsBytes) {
    if (bytes + itsBytes + OVERHEAD_BYTES > maxBytes || !addLarge(itsBytes)) {
      return false;
    }
    bytes += (long) itsBytes + OVERHEAD_BYTES;
    return true;
  }

  private boolean addLarge(int itsBytes) {
    return large == null || itsBytes <= SMALL_BYTES || large.add(itsBytes);
  }

  /** Whether an update of so many bytes may begin to wait. */
  public boolean hasRoomFor(int itsBytes) {
    return bytes + itsBytes + OVERHEAD_BYTES <= maxBytes
        && (large == null || itsBytes <= SMALL_BYTES || large.hasRoomFor(itsBytes));
  }

  /** The update no longer waits. */
  public void remove(int itsBytes) {
    bytes -= (long) itsBytes + OVERHEAD_BYTES;
    if (large != null && itsBytes > SMALL_BYTES) {
      large.remove(itsBytes);
    }
  }

  /** The bound. */
  public long maxBytes() {
    return maxBytes;
  }

  /** How much one operation may hold while nothing else waits. */
  public long maxOfOneBytes() {
    return maxOfOneBytes;
  }

  /** The bytes that wait at present. */
  public long bytes() {
    return bytes;
  }

  /** Begins to count the bytes of one operation. */
  public Share share() {
    return new Share();
  }

  /** The bytes that one operation holds, released as a whole when it ends. */
  public final class Share {
    private long own;
    private long ownLarge;

    private Share() {}

    /**
     * Counts more bytes; returns false and counts nothing if the bound is reached. While nothing
     * else waits the bound of one operation applies, because one may need more than the bound of
     * all.
     */
    public boolean add(int itsBytes) {
      long counted = (long) itsBytes + OVERHEAD_BYTES;
      long most = bytes == own ? maxOfOneBytes : maxBytes;
      if (bytes + counted > most || !addLarge(itsBytes)) {
        return false;
      }
      bytes += counted;
      own += counted;
      ownLarge += itsBytes > SMALL_BYTES ? counted : 0;
      return true;
    }

    /** Releases all of it. */
    public void release() {
      bytes -= own;
      own = 0;
      if (large != null) {
        large.bytes -= ownLarge;
      }
      ownLarge = 0;
    }
  }
}
