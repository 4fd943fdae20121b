package starling.ring;

/**
 * The load that an allocation of tokens causes, kept up to date while tokens change hands one at a
 * time: the preference lists of all partitions, the (partition, replica) pairs of every node, and a
 * cost. Giving one token away touches only the lists whose walk came past it, a handful.
 *
 * <p>The cost is the sum over nodes of the square of what load exceeds or falls short of the fair
 * share, relative to it, plus a price for every pair that a node did not hold before and was not
 * meant to take over. It is scaled so that, where all shares are equal, one pair too many on top of
 * d costs in the order of d divided by the share. Squares make a search care most for the node that
 * is worst off.
 */
final class PairLoad {
  /** How much worse it is to hold too much than to hold too little: one overloaded node hurts. */
  private static final double COST_OF_TOO_MUCH = 8;

  /** Tokens that walks may look at before a search should end: a few seconds of work. */
  private static final long MAX_EFFORT = 1_000_000_000;

  private final int[] owners;
  private final ClockwiseWalk clockwise;
  private final int width;
  private final double[] fair;
  private final int[] before;
  private final int widthBefore;
  private final boolean[] movesFree;
  private final double priceOfAMove;

  /** By partition: its list, flat. */
  private final int[] lists;

  /** By partition: how many tokens the walk of its list looked at. */
  private final int[] looked;

  private final int[] pairs;
  private final int[] scratch;
  private final double fairOnAverage;

  /** Tokens that all walks so far have looked at. */
  private long effort;

  /** Pairs that are held now and were not before. */
  private int moved;

  /** What {@link #moved} would be after the last giving that was only tried. */
  private int movedAfterTry;

  /**
   * @param owners by partition: its owner or -1; changed by {@link #give}
   * @param before by partition: the list before any change, flat, with -1 for nodes that are gone
   * @param movesFree by node: whether pairs may move to it at no price
   * @param priceOfAMove what any other pair costs that a node did not hold before
   */
  PairLoad(
      int[] owners,
      int[] zoneOfNode,
      ZoneQuota quota,
      double[] fair,
      int[] before,
      boolean[] movesFree,
      double priceOfAMove) {
    this.owners = owners;
    this.clockwise = new ClockwiseWalk(owners, zoneOfNode, quota);
    this.width = quota.width;
    this.fair = fair;
    this.before = before;
    this.widthBefore = before.length / owners.length;
    this.movesFree = movesFree;
    this.priceOfAMove = priceOfAMove;
    this.lists = new int[owners.length * width];
    this.looked = new int[owners.length];
    this.pairs = new int[fair.length];
    this.scratch = new int[width];
    this.fairOnAverage = (double) width * owners.length / fair.length;
    for (int partition = 0; partition < owners.length; partition++) {
      looked[partition] = clockwise.walk(partition, lists, partition * width);
      for (int place = 0; place < width; place++) {
        int node = lists[partition * width + place];
        if (node >= 0) {
          pairs[node]++;
          moved(partition, node, 1);
        }
      }
    }
  }

  int owner(int token) {
    return owners[token];
  }

  int pairs(int node) {
    return pairs[node];
  }

  /** Load of a node relative to its fair share. */
  double relative(int node) {
    return pairs[node] / fair[node];
  }

  /**
   * Whether so much was tried that a search should end with its best result so far. Only odd rings
   * come here, in which nearly every list must look far for a node of a rare zone.
   */
  boolean exhausted() {
    return effort > MAX_EFFORT;
  }

  /** How many pairs are held now by nodes that did not hold them before. */
  int moved() {
    return moved;
  }

  /** Gives a token to a node and says by how much the cost went up. */
  double give(int token, int node) {
    owners[token] = node;
    int mask = owners.length - 1;
    double change = 0;
    for (int back = 0; back < owners.length; back++) {
      int partition = (token - back) & mask;
      // Walks from further back end no later, so that the first to end before the token is the
      // last to be asked.
      if (looked[partition] <= back) {
        break;
      }
      change += walkAgain(partition);
    }
    return change;
  }

  /** By how much the cost would go up if a token were given to a node. */
  double costOfGiving(int token, int node) {
    int owner = owners[token];
    double change = give(token, node);
    movedAfterTry = moved;
    give(token, owner);
    return change;
  }

  /** What {@link #moved} would be after the giving that was last tried. */
  int movedAfterTry() {
    return movedAfterTry;
  }

  private double walkAgain(int partition) {
    looked[partition] = clockwise.walk(partition, scratch, 0);
    effort += looked[partition];
    int at = partition * width;
    double change = 0;
    for (int place = 0; place < width; place++) {
      int node = lists[at + place];
      if (node >= 0 && !contains(scratch, 0, width, node)) {
        change += add(node, -1) - moved(partition, node, -1);
      }
    }
    for (int place = 0; place < width; place++) {
      int node = scratch[place];
      if (node >= 0 && !contains(lists, at, width, node)) {
        change += add(node, 1) + moved(partition, node, 1);
      }
    }
    System.arraycopy(scratch, 0, lists, at, width);
    return change;
  }

  private double add(int node, int step) {
    double before = costOf(node);
    pairs[node] += step;
    return costOf(node) - before;
  }

  private double costOf(int node) {
    double over = relative(node) - 1;
    return (over > 0 ? COST_OF_TOO_MUCH : 1) * over * over * fairOnAverage;
  }

  /** Counts a pair that comes or goes, if it was not there before, and says what it costs. */
  private double moved(int partition, int node, int step) {
    if (contains(before, partition * widthBefore, widthBefore, node)) {
      return 0;
    }
    moved += step;
    return movesFree[node] ? 0 : priceOfAMove;
  }

  private static boolean contains(int[] list, int at, int length, int node) {
    for (int i = at; i < at + length; i++) {
      if (list[i] == node) {
        return true;
      }
    }
    return false;
  }
}
