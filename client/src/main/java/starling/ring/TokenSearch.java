package starling.ring;

import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * The searches that change who owns which token, each greedy on the cost of {@link PairLoad}: let a
 * newcomer take what it needs, assign the tokens without an owner, reconsider those that change
 * hands anyway, and level out the rest. Deterministic, and bounded in the number of tries.
 */
final class TokenSearch {
  /** A change that gains less than this is not worth a change. */
  private static final double MIN_GAIN = 1e-6;

  private static final int MAX_PASSES = 8;
  private static final long MAX_TRIES = 4_000_000;

  /** How many of the least loaded nodes are tried as takers of one token. */
  private static final int TAKERS = 8;

  private final PairLoad load;
  private final int[] zoneOfNode;
  private final int nodes;
  private final int partitions;
  private final int width;

  TokenSearch(PairLoad load, int[] zoneOfNode, int partitions, int width) {
    this.load = load;
    this.zoneOfNode = zoneOfNode;
    this.nodes = zoneOfNode.length;
    this.partitions = partitions;
    this.width = width;
  }

  /**
   * Lets a node take tokens, each time the one that gains most, until none gains anything. Gains
   * shrink as tokens are taken, so that only the foremost of a queue need be computed again.
   */
  void take(int taker) {
    PriorityQueue<Offer> offers = new PriorityQueue<>(partitions, Offer.ORDER);
    for (int token = 0; token < partitions && !load.exhausted(); token++) {
      if (load.owner(token) != taker) {
        offers.add(offer(token, taker));
      }
    }
    while (!offers.isEmpty() && !load.exhausted()) {
      Offer now = offer(offers.remove().token, taker);
      Offer next = offers.peek();
      if (next != null && Offer.ORDER.compare(now, next) > 0) {
        offers.add(now);
      } else if (now.cost < -MIN_GAIN) {
        load.give(now.token, taker);
      } else {
        return;
      }
    }
  }

  /** Gives each token without an owner to the node where it costs least. */
  void giveAway() {
    for (int token = 0; token < partitions; token++) {
      if (load.owner(token) < 0) {
        load.give(
            token, load.exhausted() ? takers(-1)[TAKERS] : cheapestOwner(token, Double.MAX_VALUE));
      }
    }
  }

  /**
   * Goes over tokens that change hands anyway and gives each to the node where it costs least now
   * that the others are placed, until no change gains or the passes are used up.
   */
  void reconsider(int[] tokens) {
    long triesOfAPass = (long) tokens.length * nodes + 1;
    long passes = Math.min(MAX_PASSES, MAX_TRIES / triesOfAPass);
    for (int pass = 0; pass < passes && !load.exhausted(); pass++) {
      boolean changed = false;
      for (int token : tokens) {
        int node = cheapestOwner(token, -MIN_GAIN);
        if (node >= 0) {
          load.give(token, node);
          changed = true;
        }
      }
      if (!changed) {
        return;
      }
    }
  }

  /**
   * Moves single tokens from the most loaded nodes to the least loaded while that gains.
   *
   * @param enough the greatest relative load that may stay
   * @param mostMoves how many pairs may have moved in all when this is done
   */
  void level(double enough, double mostMoves) {
    boolean[] stuck = new boolean[nodes];
    int rounds = 4 * nodes + 64;
    for (int round = 0; round < rounds && !load.exhausted(); round++) {
      int node = mostLoaded(stuck);
      if (node < 0 || load.relative(node) <= enough) {
        return;
      }
      if (!relieve(node, mostMoves)) {
        stuck[node] = true;
      }
    }
  }

  /** The best change of a token that gives the node load, or of one just before such a token. */
  private boolean relieve(int node, double mostMoves) {
    int[] takers = takers(zoneOfNode[node]);
    int bestToken = -1;
    int bestTaker = -1;
    double bestCost = -MIN_GAIN;
    for (int own = 0; own < partitions; own++) {
      if (load.owner(own) != node) {
        continue;
      }
      for (int back = 0; back < width; back++) {
        int token = (own - back) & (partitions - 1);
        for (int taker : takers) {
          if (taker >= 0 && taker != load.owner(token)) {
            double cost = load.costOfGiving(token, taker);
            if (cost < bestCost && load.movedAfterTry() <= mostMoves) {
              bestToken = token;
              bestTaker = taker;
              bestCost = cost;
            }
          }
        }
      }
    }
    if (bestToken >= 0) {
      load.give(bestToken, bestTaker);
    }
    return bestToken >= 0;
  }

  /** The node to which giving a token costs least and less than the limit, or -1. */
  private int cheapestOwner(int token, double limit) {
    int best = -1;
    double bestCost = limit;
    for (int node = 0; node < nodes; node++) {
      if (node != load.owner(token)) {
        double cost = load.costOfGiving(token, node);
        if (cost < bestCost) {
          best = node;
          bestCost = cost;
        }
      }
    }
    return best;
  }

  private int mostLoaded(boolean[] stuck) {
    int most = -1;
    for (int node = 0; node < nodes; node++) {
      if (!stuck[node] && (most < 0 || load.relative(node) > load.relative(most))) {
        most = node;
      }
    }
    return most;
  }

  /** The least loaded nodes of a zone, then those of all. */
  private int[] takers(int zone) {
    int[] takers = new int[2 * TAKERS];
    boolean[] chosen = new boolean[nodes];
    for (int i = 0; i < takers.length; i++) {
      int least = -1;
      for (int node = 0; node < nodes; node++) {
        if (!chosen[node]
            && (i >= TAKERS || zoneOfNode[node] == zone)
            && (least < 0 || load.relative(node) < load.relative(least))) {
          least = node;
        }
      }
      takers[i] = least;
      if (least >= 0) {
        chosen[least] = true;
      }
    }
    return takers;
  }

  private Offer offer(int token, int taker) {
    return new Offer(token, load.costOfGiving(token, taker), InitialAssignment.mix(token, taker));
  }

  /** The cost for a node to take a token; the cheapest first, scattered among equals. */
  private static final class Offer {
    static final Comparator<Offer> ORDER =
        Comparator.<Offer>comparingLong(offer -> offer.rounded)
            .thenComparingLong(offer -> offer.tie);

    final int token;
    final double cost;
    final long rounded;
    final long tie;

    Offer(int token, double cost, long tie) {
      this.token = token;
      this.cost = cost;
      this.rounded = Math.round(cost / MIN_GAIN);
      this.tie = tie;
    }
  }
}
