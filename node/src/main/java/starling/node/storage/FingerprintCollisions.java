package starling.node.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keys whose fingerprint was taken by another key of the same position. The index has room for one
 * of them; the others stand here whole, and in the manifest. With a keyed fingerprint of 64 bits
 * that is one key in a few thousand million of one position, so this is empty but for tests.
 *
 * <p>A key is found to share when it is read: the record that the index names is another key's.
 * Since every append follows a read, no record can hide another. Owned by one thread.
 */
final class FingerprintCollisions {
  /** A key and where its newest record lies; a length of 0: it has none yet. */
  record Entry(Key key, long location, int length, long versionHash) {}

  private final TreeMap<Key, Entry> entries = new TreeMap<>();

  boolean isEmpty() {
    return entries.isEmpty();
  }

  boolean contains(Key key) {
    return !entries.isEmpty() && entries.containsKey(key);
  }

  @Nullable Entry get(Key key) {
    return entries.isEmpty() ? null : entries.get(key);
  }

  void found(Key key) {
    entries.putIfAbsent(key, new Entry(key, 0, 0, 0));
  }

  void put(Entry entry) {
    entries.put(entry.key(), entry);
  }

  /** Forgets the records of a range; that the keys share stays known. */
  void drop(PositionRange range) {
    for (Entry entry : in(range)) {
      put(new Entry(entry.key(), 0, 0, 0));
    }
  }

  /** Forgets keys without a record: whether they share is found out again when they are read. */
  void forgetAbsent() {
    entries.values().removeIf(entry -> entry.length() == 0);
  }

  /** Those of a range that have a record. */
  List<Entry> in(PositionRange range) {
    List<Entry> found = new ArrayList<>();
    for (Entry entry : entries.values()) {
      if (entry.length() > 0 && range.contains(entry.key().position())) {
        found.add(entry);
      }
    }
    return found;
  }

  List<Entry> all() {
    return in(new PositionRange(0, -1L));
  }
}
