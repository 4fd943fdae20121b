package starling.node.storage;

/** Where a key's newest visible record lies. Changed in place by the owner. */
final class IndexEntry {
  final Key key;
  int partition;
  Segment segment;
  long offset;
  int length;
  long versionHash;

  IndexEntry(Key key, int partition, Segment segment, long offset, int length, long versionHash) {
    this.key = key;
    this.partition = partition;
    this.segment = segment;
    this.offset = offset;
    this.length = length;
    this.versionHash = versionHash;
  }
}
