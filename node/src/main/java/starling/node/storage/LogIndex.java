package starling.node.storage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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
  private final TreeMap<Key, IndexEntry> keys = new TreeMap<>();
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
      keys.put(key, entry);
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
    keys.remove(entry.key);
    keysPerBucket.computeIfPresent(entry.key.bucket(), (b, n) -> n == 1 ? null : n - 1);
  }

  ScanPage scan(PositionRange range, @Nullable Key after, int limit) {
    List<ScanPage.Entry> found = new ArrayList<>();
    Key from = after == null ? new Key("", new byte[0], range.first()) : after;
    for (IndexEntry entry : keys.tailMap(from, after == null).values()) {
      if (!range.contains(entry.key.position())) {
        break;
      }
      if (found.size() >= limit) {
        return new ScanPage(found, false);
      }
      found.add(new ScanPage.Entry(entry.key, entry.versionHash));
    }
    return new ScanPage(found, true);
  }

  long count() {
    return entries.size();
  }

  boolean holdsBucket(String bucket) {
    return keysPerBucket.containsKey(bucket);
  }
}
