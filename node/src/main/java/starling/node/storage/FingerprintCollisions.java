package starling.node.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keys that share their fingerprint with another key of the same position. The index has one entry
 * for a fingerprint; the other keys are kept here by name, and in the manifest. With a keyed
 * fingerprint of 64 bits that is one key in a few thousand million of one position, so this is
 * empty except in tests.
 *
 * <p>A read finds such a collision: the record that the index points to belongs to another key.
 * Since every append follows a read, no record can hide another. Owned by one thread.
 */
final class FingerprintCollisions {
  /** A key and the location of its newest record; a length of 0 means that it has none. */
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

  /** Removes the records of a range; the keys stay known as colliding. */
  void drop(PositionRange range) {
    for (Entry entry : in(range)) {
      put(new Entry(entry.key(), 0, 0, 0));
    }
  }

  /** Removes keys without a record: a read finds their collision again. */
  void forgetAbsent() {
    entries.values().removeIf(entry -> entry.length() == 0);
  }

  /** The keys of a range that have a record. */
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
