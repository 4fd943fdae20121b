package starling.merkle;

/**
 * A tree of 1,024 nodes with 1,024 leaves each, the form that Riak's active anti-entropy has, with
 * hashes of 8 bytes and entries of 16 bytes: (position, version hash). Riak's own hashes have 20
 * bytes and its entries whole names, and it asks for each node by itself; here all nodes of a level
 * are one message. The trees are kept up to date by both sides and are not part of the cost.
 */
final class FixedTree implements Reconciler {
  private static final int WIDTH = 1_024;
  private static final int HASH_BYTES = 8;
  private static final int ENTRY_BYTES = 16;
  private static final int NUMBER_BYTES = 3;

  private static final class Tree {
    final long[] leaves = new long[WIDTH * WIDTH];
    final long[] nodes = new long[WIDTH];
    long root;

    Tree(SortedReplica replica) {
      for (int i = 0; i < replica.positions.length; i++) {
        leaves[leaf(replica.positions[i])] +=
            Replica.KEY.digest(replica.positions[i], replica.hashes[i]);
      }
      for (int i = 0; i < leaves.length; i++) {
        nodes[i / WIDTH] += SipHash.hash(1, 2, leaves[i], i);
      }
      for (int i = 0; i < WIDTH; i++) {
        root += SipHash.hash(3, 4, nodes[i], i);
      }
    }

    static int leaf(long position) {
      return (int) (position >>> 44);
    }
  }

  @Override
  public String title() {
    return "tree of 1,024 × 1,024";
  }

  @Override
  public Cost reconcile(SortedReplica a, SortedReplica b) {
    Tree treeA = new Tree(a);
    Tree treeB = new Tree(b);
    long began = Reconciler.cpuNanos();
    long bytes = 2L * HASH_BYTES;
    int roundTrips = 1;
    long[] found = new long[1];
    if (treeA.root != treeB.root) {
      bytes += WIDTH * HASH_BYTES;
      roundTrips = 4;
      for (int node = 0; node < WIDTH; node++) {
        if (treeA.nodes[node] == treeB.nodes[node]) {
          continue;
        }
        bytes += NUMBER_BYTES + WIDTH * HASH_BYTES;
        for (int leaf = node * WIDTH; leaf < (node + 1) * WIDTH; leaf++) {
          if (treeA.leaves[leaf] != treeB.leaves[leaf]) {
            bytes += NUMBER_BYTES + ENTRY_BYTES * listed(a, b, leaf, found);
          }
        }
      }
    }
    return new Cost(bytes, roundTrips, found[0], Reconciler.cpuNanos() - began);
  }

  /** How many entries one side sends of a leaf; the other compares them with its own. */
  private static int listed(SortedReplica a, SortedReplica b, int leaf, long[] found) {
    long first = (long) leaf << 44;
    long last = first | (1L << 44) - 1;
    ElementList listA = new ElementList();
    ElementList listB = new ElementList();
    a.read(0, first, last, listA);
    b.read(0, first, last, listB);
    found[0] += missing(listA, listB) + missing(listB, listA);
    return listA.size();
  }

  private static long missing(ElementList from, ElementList in) {
    var other = new java.util.HashSet<>(in.toList());
    return from.toList().stream().filter(each -> !other.contains(each)).count();
  }
}
