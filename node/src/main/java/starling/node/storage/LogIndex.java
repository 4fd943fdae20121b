package starling.node.storage;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Key to newest visible record, all in memory. A hash map answers look-ups; beside it each
 * partition keeps its keys sorted, touched only when a key comes or goes, so that an overwrite
 * costs one hash look-up. Used by one thread; nothing iterates the hash map.
 */
final class LogIndex {
  private final Map<Key, IndexEntry> entries = new HashMap<>();
  private final Map<Integer, TreeMap<Key, IndexEntry>> partitions = new HashMap<>();
  private final Map<String, Long> keysPerBucket = new HashMap<>();

  @Nullable IndexEntry get(Key key) {
    return entries.get(key);
  }

  void put(Key key, int partition, Segment segment, long offset, int length, long versionHash) {
    IndexEntry entry = entries.get(key);
    if (entry != null && entry.partition != partition) {
      remove(entry);
      entry = null;
    }
    if (entry == null) {
      entry = new IndexEntry(key, partition, segment, offset, length, versionHash);
      entries.put(key, entry);
      partitions.computeIfAbsent(partition, p -> new TreeMap<>()).put(key, entry);
      keysPerBucket.merge(key.bucket(), 1L, Long::sum);
    } else {
      entry.segment = segment;
      entry.offset = offset;
      entry.length = length;
      entry.versionHash = versionHash;
    }
  }

  void remove(IndexEntry entry) {
    if (entries.remove(entry.key) == null) {
      return;
    }
    TreeMap<Key, IndexEntry> keys = partitions.get(entry.partition);
    if (keys != null) {
      keys.remove(entry.key);
    }
    keysPerBucket.computeIfPresent(entry.key.bucket(), (b, n) -> n == 1 ? null : n - 1);
  }

  void scan(int partition, @Nullable Key after, Storage.KeyVisitor visitor) {
    TreeMap<Key, IndexEntry> keys = partitions.get(partition);
    if (keys == null) {
      return;
    }
    for (IndexEntry entry : (after == null ? keys : keys.tailMap(after, false)).values()) {
      if (!visitor.visit(entry.key, entry.versionHash)) {
        return;
      }
    }
  }

  long count(int partition) {
    TreeMap<Key, IndexEntry> keys = partitions.get(partition);
    return keys == null ? 0 : keys.size();
  }

  long count() {
    return entries.size();
  }

  boolean holdsBucket(String bucket) {
    return keysPerBucket.containsKey(bucket);
  }
}
