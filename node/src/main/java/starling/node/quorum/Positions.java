package starling.node.quorum;

import java.util.Arrays;
import starling.node.request.BucketProperties;

/**
 * Counts positions of a preference list. A primary fills its own; a fallback fills one of those
 * that it may fill, if one is free. So a primary and its fallback count as one, and a hint holder
 * in addition to all primaries as none: after the delivery of hints one node is left of each pair.
 *
 * <p>Invariants: (1) a node fills one position at most, and a position is filled once; (2) as many
 * are filled as the counted nodes can fill, provided that of the nodes which may fill several each
 * may fill either all or the same ones. Counting allocates nothing.
 */
public final class Positions {
  /** Most replicas a bucket may have, so that a set of positions is the bits of an int. */
  private static final int MAX_PRIMARIES = BucketProperties.MAX_N;

  private final int primaries;
  private int[] mayFill;
  private int size;

  /** Filled by nodes that can fill no other. */
  private int filled;

  /** How many nodes may fill any. */
  private int free;

  /** How many nodes may fill several, but not all. */
  private int choosers;

  /** Those that these may fill. */
  private int choice;

  /** Not to be chosen. */
  private int kept;

  /** Not to be filled. */
  private int closed;

  public Positions(int primaries) {
    if (primaries > MAX_PRIMARIES) {
      throw new IllegalArgumentException("a list of " + primaries);
    }
    this.primaries = primaries;
    this.mayFill = new int[primaries + 1];
    for (int i = 0; i < primaries; i++) {
      mayFill[i] = 1 << i;
    }
    this.size = primaries;
  }

  /** The positions of one primary, for {@link #add}. */
  public static int of(int primary) {
    return 1 << primary;
  }

  /** Any position, for {@link #add}. */
  public static int any() {
    return -1;
  }

  /**
   * One more node, which is no primary; it is the next index.
   *
   * @param positions those it may fill, as bits
   */
  public void add(int positions) {
    if (size == mayFill.length) {
      mayFill = Arrays.copyOf(mayFill, 2 * size);
    }
    mayFill[size++] = positions & all();
  }

  /** How many nodes there are. */
  public int size() {
    return size;
  }

  /** Restarts the count. */
  public void clear() {
    filled = 0;
    free = 0;
    choosers = 0;
    choice = 0;
    kept = 0;
    closed = 0;
  }

  /** No node fills this position, because its primary is present and must not be replaced. */
  public void close(int primary) {
    closed |= 1 << primary;
  }

  /** Nodes that may fill several do not fill this one, since its primary is awaited. */
  public void keep(int primary) {
    kept |= 1 << primary;
  }

  /** Counts a node, each once. */
  public void count(int node) {
    int positions = mayFill[node];
    if (Integer.bitCount(positions) == 1) {
      filled |= positions;
    } else if (positions == all()) {
      free++;
    } else if (positions != 0) {
      choosers++;
      choice |= positions;
    }
  }

  /** How many positions the counted nodes fill. */
  public int filled() {
    int open = all() & ~filled & ~kept & ~closed;
    int chosen = Math.min(choosers, Integer.bitCount(choice & open));
    return Integer.bitCount(filled & ~closed)
        + chosen
        + Math.min(free, Integer.bitCount(open) - chosen);
  }

  private int all() {
    return (1 << primaries) - 1;
  }
}
