package starling.ring;

import java.util.Arrays;

/**
 * The first assignment of a whole ring, token by token clockwise: each goes to the node that is
 * furthest from its fair share, passing over those that own one of the tokens just before it and
 * those whose zone has its fill there. As long as a node is left for each token, any n tokens in a
 * row belong to distinct nodes, every node holds n pairs for each of its tokens, and counting
 * tokens is counting load.
 *
 * <p>Ties are broken by a hash of token and node, so that neighbours are mixed: the partners with
 * whom a node shares its data are many, and its load falls on many when it dies.
 */
final class InitialAssignment {
  private final int[] zoneOfNode;
  private final double[] fair;
  private final int reach;
  private final int mostOfZone;

  InitialAssignment(int[] zoneOfNode, int zones, double[] fair, int width) {
    this.zoneOfNode = zoneOfNode;
    this.fair = fair;
    this.reach = width - 1;
    this.mostOfZone = (width + zones - 1) / zones;
  }

  /** The owners of all tokens. */
  int[] deal(int partitions) {
    int[] owners = new int[partitions];
    int[] counts = new int[fair.length];
    int[] lastAt = new int[fair.length];
    Arrays.fill(lastAt, -reach - 1);
    int[] zoneCounts = new int[Arrays.stream(zoneOfNode).max().orElse(0) + 1];
    for (int token = 0; token < partitions; token++) {
      int node = furthestBehind(token, counts, lastAt, zoneCounts);
      owners[token] = node;
      counts[node]++;
      lastAt[node] = token;
      zoneCounts[zoneOfNode[node]]++;
      if (token >= reach) {
        zoneCounts[zoneOfNode[owners[token - reach]]]--;
      }
    }
    return owners;
  }

  private int furthestBehind(int token, int[] counts, int[] lastAt, int[] zoneCounts) {
    int best = -1;
    int bestRank = 0;
    double bestLoad = 0;
    long bestTie = 0;
    for (int node = 0; node < fair.length; node++) {
      int rank =
          token - lastAt[node] <= reach ? 2 : zoneCounts[zoneOfNode[node]] >= mostOfZone ? 1 : 0;
      double load = (counts[node] + 1) / fair[node];
      if (best >= 0 && (rank > bestRank || (rank == bestRank && load > bestLoad))) {
        continue;
      }
      long tie = mix(token, node);
      if (best < 0 || rank < bestRank || load < bestLoad || tie < bestTie) {
        best = node;
        bestRank = rank;
        bestLoad = load;
        bestTie = tie;
      }
    }
    return best;
  }

  /** Scatters pairs of small numbers; the finaliser of splitmix64. */
  static long mix(int a, int b) {
    long x = ((long) a << 32) + b + 0x9e3779b97f4a7c15L;
    x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }
}
