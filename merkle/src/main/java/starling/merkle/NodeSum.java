package starling.merkle;

/** The sum of digests and the count of one node of a tree, while it is added up. */
final class NodeSum {
  long sum;
  long count;

  void add(long digests, long elements) {
    sum += digests;
    count += elements;
  }

  void clear() {
    sum = 0;
    count = 0;
  }
}
