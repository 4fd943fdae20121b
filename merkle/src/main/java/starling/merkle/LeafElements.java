package starling.merkle;

import org.jspecify.annotations.Nullable;

/**
 * The elements of one leaf, ordered by digest: what is needed to list it, and to divide one that
 * has too many elements. Read from the index for one message and then forgotten.
 */
final class LeafElements {
  /** A leaf of more elements is not read into memory. */
  static final int MAX_ELEMENTS = 1 << 20;

  private static final int MAX_BUCKET_BITS = 16;

  private final TreeNode leaf;
  private final int leafBits;
  private final ElementList elements = new ElementList();
  private long[] digests = new long[0];
  private int[] order = new int[0];
  private boolean overflow;

  private LeafElements(TreeNode leaf, int leafBits) {
    this.leaf = leaf;
    this.leafBits = leafBits;
  }

  /** Reads a leaf; null if the source must load it first. */
  static @Nullable LeafElements read(SharedRows rows, TreeNode leaf, ElementSource source) {
    int rowIndex = rows.firstRow(leaf);
    LeafRow row = rows.row(rowIndex);
    LeafElements read = new LeafElements(leaf, rows.rowBits() + leaf.leafDepth());
    long prefix = leaf.prefix() & (1L << leaf.leafDepth()) - 1;
    boolean complete =
        source.read(
            rowIndex,
            row.first(leaf.leafDepth(), prefix),
            row.last(leaf.leafDepth(), prefix),
            read::add);
    if (!complete) {
      return null;
    }
    read.sort(row);
    return read;
  }

  private void add(long position, long versionHash) {
    if (elements.size() < MAX_ELEMENTS) {
      elements.accept(position, versionHash);
    } else {
      overflow = true;
    }
  }

  /** Buckets by the highest bits of the digest, then insertion within each bucket. */
  private void sort(LeafRow row) {
    int size = elements.size();
    long[] unsorted = new long[size];
    for (int i = 0; i < size; i++) {
      unsorted[i] = row.digest(elements.position(i), elements.versionHash(i));
    }
    int bits = Math.max(1, Math.min(MAX_BUCKET_BITS, 32 - Integer.numberOfLeadingZeros(size >> 3)));
    int[] starts = new int[(1 << bits) + 1];
    for (long digest : unsorted) {
      starts[(int) (digest >>> (64 - bits)) + 1]++;
    }
    for (int i = 1; i < starts.length; i++) {
      starts[i] += starts[i - 1];
    }
    digests = new long[size];
    order = new int[size];
    int[] filled = new int[1 << bits];
    for (int i = 0; i < size; i++) {
      int bucket = (int) (unsorted[i] >>> (64 - bits));
      int at = starts[bucket] + filled[bucket]++;
      while (at > starts[bucket] && Long.compareUnsigned(digests[at - 1], unsorted[i]) > 0) {
        digests[at] = digests[at - 1];
        order[at] = order[at - 1];
        at--;
      }
      digests[at] = unsorted[i];
      order[at] = i;
    }
  }

  int size() {
    return elements.size();
  }

  boolean isOf(TreeNode other) {
    return leaf.equals(other);
  }

  /** Whether there are more elements than are read; then nothing else here is meaningful. */
  boolean overflow() {
    return overflow;
  }

  /** The place of the first element of a node, in the order of digests. */
  int begin(TreeNode node) {
    int bits = node.depth() - leafBits;
    long prefix = bits == 0 ? 0 : node.prefix() << (64 - bits);
    return firstFrom(prefix);
  }

  /** The place behind the last element of a node. */
  int end(TreeNode node) {
    int bits = node.depth() - leafBits;
    long next = bits == 0 ? 0 : (node.prefix() + 1) << (64 - bits);
    return next == 0 ? digests.length : firstFrom(next);
  }

  private int firstFrom(long digest) {
    int low = 0;
    int high = digests.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(digests[middle], digest) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  void addTo(NodeSum total, TreeNode node) {
    int end = end(node);
    for (int i = begin(node); i < end; i++) {
      total.add(digests[i], 1);
    }
  }

  long digest(int place) {
    return digests[place];
  }

  void copy(int place, ElementSink sink) {
    sink.accept(elements.position(order[place]), elements.versionHash(order[place]));
  }
}
