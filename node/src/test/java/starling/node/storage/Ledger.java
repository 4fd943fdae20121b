package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a store was asked to keep and what it promised to keep, over its lives, and so what may be
 * read from it after any of them. The oracle of all crash tests: for each key the newest promised
 * change or a later attempted one, never an older one, never anything that was not written for that
 * key; and what was once seen to be gone never comes back.
 */
final class Ledger {
  /** An acknowledged append that did not ask for its fsync has one after so long. */
  static final long FSYNCED_AFTER_NANOS = 10_000_000;

  private static final long NEVER_ENDED_WHOLE = Long.MIN_VALUE / 2;

  private static final PositionRange ALL = new PositionRange(0, -1L);

  /** What may be missing, since the store has said that it is damaged. */
  interface Told {
    boolean key(Key key);

    /**
     * Whether some key may be lacking that the store cannot name, so that of any key an older
     * change may show. Of a key that it can name nothing shows, rather than what was replaced.
     */
    boolean unnamed();

    boolean meta(String name);
  }

  /** Nothing may be missing. */
  static final Told NOTHING =
      new Told() {
        @Override
        public boolean key(Key key) {
          return false;
        }

        @Override
        public boolean unnamed() {
          return false;
        }

        @Override
        public boolean meta(String name) {
          return false;
        }
      };

  /** What a store says of itself, by now. */
  static Told told(StorageLife life) {
    return new Told() {
      @Override
      public boolean key(Key key) {
        return unnamed() || ranges().stream().anyMatch(each -> key.equals(each.key()));
      }

      @Override
      public boolean unnamed() {
        return life.storage.recovery().mayHaveLost()
            || ranges().stream().anyMatch(each -> each.key() == null);
      }

      private List<CorruptRange> ranges() {
        List<CorruptRange> ranges = new ArrayList<>(life.storage.recovery().corruptRanges());
        ranges.addAll(life.found);
        return ranges;
      }

      @Override
      public boolean meta(String name) {
        return life.storage.recovery().damagedMeta().contains(name);
      }
    };
  }

  /** A change that was asked for; {@code set} is {@code null} where a key was to go. */
  private static final class Change {
    final @Nullable String set;
    final Durability durability;
    boolean done;
    long doneAt;

    Change(@Nullable String set, Durability durability) {
      this.set = set;
      this.durability = durability;
    }
  }

  private final Map<Integer, List<Change>> keys = new TreeMap<>();
  private final Map<String, List<Change>> metas = new TreeMap<>();

  /**
   * When the first process ended whose files were not looked at since, and whether power was lost.
   */
  private long endedAt = Long.MAX_VALUE;

  private boolean powerLost;
  private boolean powerEverLost;

  /** Whether the store was ever opened whole; before that it knows nothing of itself. */
  private boolean opened;

  private long acknowledged;

  /** A key of one of four partitions; four keys share each position. */
  static Key key(int i) {
    long position = ((long) (i & 3) << 62) | (i >> 4);
    return new Key("b" + i % 3, ("k" + i).getBytes(UTF_8), position);
  }

  static int partition(int i) {
    return i & 3;
  }

  static PositionRange range(int partition) {
    return PositionRange.ofPartition(partition, 2);
  }

  long acknowledged() {
    return acknowledged;
  }

  /** Keys that were ever written, in order. */
  List<Integer> keys() {
    return new ArrayList<>(keys.keySet());
  }

  void append(StorageLife life, int key, String set, Durability durability) {
    Change change = new Change(set, durability);
    AppendRejection refused =
        life.storage.append(
            key(key),
            partition(key),
            set.hashCode(),
            set.getBytes(UTF_8),
            durability,
            completion(life, change));
    if (refused == null) {
      changes(key).add(change);
    }
  }

  void reap(StorageLife life, int key) {
    Change change = new Change(null, Durability.SYNCED);
    AppendRejection refused =
        life.storage.reap(key(key), partition(key), 0, completion(life, change));
    if (refused == null) {
      changes(key).add(change);
    }
  }

  /** All keys of a partition are to go. */
  void drop(StorageLife life, int partition) {
    Change change = new Change(null, Durability.SYNCED);
    keys.forEach(
        (key, changes) -> {
          if (partition(key) == partition) {
            changes.add(change);
          }
        });
    life.storage.drop(range(partition), completion(life, change));
  }

  void saveMeta(StorageLife life, String name, String value) {
    Change change = new Change(value, Durability.SYNCED);
    metas.computeIfAbsent(name, n -> new ArrayList<>()).add(change);
    life.storage.saveMeta(
        name,
        value.getBytes(UTF_8),
        failure -> {
          // Also after a failure elsewhere, if it was under way and did get to the disk.
          if (failure == null) {
            done(life, change);
          }
        });
  }

  private List<Change> changes(int key) {
    return keys.computeIfAbsent(key, k -> new ArrayList<>());
  }

  private Completion completion(StorageLife life, Change change) {
    return failure -> {
      if (failure == null) {
        assertThat(life.storage.failure()).as("acknowledged after it had failed").isNull();
        done(life, change);
      }
    };
  }

  private void done(StorageLife life, Change change) {
    change.done = true;
    change.doneAt = life.loop.nanoTime();
    acknowledged++;
  }

  /** A read of a store at work shows the newest that was acknowledged before it, or a later one. */
  void look(StorageLife life, int key) {
    List<Change> changes = keys.get(key);
    if (changes == null) {
      assertThat(life.get(key(key))).isNull();
      return;
    }
    int least = changes.size() - 1;
    while (least >= 0 && !changes.get(least).done) {
      least--;
    }
    String set = life.get(key(key));
    int at = find(changes, set, least);
    if (at < least && !(set == null ? told(life).key(key(key)) : told(life).unnamed())) {
      throw new AssertionError(
          "key " + key + " shows change " + at + " at work, acknowledged was " + least);
    }
  }

  /** Some fsync of the process has failed, or had to wait: what waits for one may wait for ever. */
  void fsyncsFailed() {
    endedAt = NEVER_ENDED_WHOLE;
  }

  /** A process ends now; {@link #settle} looks at what the next one finds. */
  void ends(StorageLife life, boolean withPower) {
    ends(life.loop.nanoTime(), withPower);
  }

  /** A process ends that could not begin. */
  void endsWhileOpening(boolean withPower) {
    ends(Long.MAX_VALUE, withPower);
  }

  private void ends(long now, boolean withPower) {
    endedAt = Math.min(endedAt, now);
    powerLost |= withPower;
    powerEverLost |= withPower;
  }

  /**
   * Compares what a store that was opened shows with what it may show, if its last life ended like
   * this, at this moment. Changes nothing here.
   */
  void check(StorageLife found, @Nullable StorageLife before, boolean withPower) {
    Ledger copy = after(before, withPower);
    copy.sound(found);
    Found unused = copy.compare(found, NOTHING);
    assertThat(found.found).as("damage found by reads").isEmpty();
  }

  /** The same of a store that may say that it is damaged. */
  void checkWhatItTells(StorageLife found, @Nullable StorageLife before, boolean withPower) {
    Found unused = after(before, withPower).compare(found, told(found));
  }

  private Ledger after(@Nullable StorageLife before, boolean withPower) {
    Ledger copy = new Ledger();
    copy.keys.putAll(keys);
    copy.metas.putAll(metas);
    copy.endedAt = endedAt;
    copy.powerLost = powerLost;
    copy.powerEverLost = powerEverLost;
    copy.opened = opened;
    copy.ends(before == null ? Long.MAX_VALUE : before.loop.nanoTime(), withPower);
    return copy;
  }

  /**
   * The same of a process that begins behind {@link #ends}; from here on what it shows is promised.
   */
  void settle(StorageLife found) {
    sound(found);
    Found seen = compare(found, NOTHING);
    assertThat(found.found).as("damage found by reads").isEmpty();
    seen.keys.forEach((key, at) -> settle(changes(key), at));
    seen.metas.forEach((name, at) -> settle(metas.getOrDefault(name, new ArrayList<>()), at));
    endedAt = Long.MAX_VALUE;
    powerLost = false;
    opened = true;
  }

  private static void settle(List<Change> changes, int at) {
    Change seen = new Change(at < 0 ? null : changes.get(at).set, Durability.SYNCED);
    seen.done = true;
    changes.clear();
    changes.add(seen);
  }

  /** The same where reads may fail. */
  void settleWhatItTells(StorageLife found) {
    Found unused = compare(found, told(found));
  }

  private void sound(StorageLife found) {
    StorageRecovery recovery = found.storage.recovery();
    assertThat(recovery.corruptRanges()).as("corrupt ranges").isEmpty();
    assertThat(recovery.damagedMeta()).as("damaged metadata").isEmpty();
    if (opened && !powerEverLost) {
      assertThat(recovery.mayHaveLost()).as("may have lost, and never without power").isFalse();
    }
  }

  /** What a store shows: for each key and name which of the changes, -1 for none. */
  private static final class Found {
    final Map<Integer, Integer> keys = new TreeMap<>();
    final Map<String, Integer> metas = new TreeMap<>();
  }

  private Found compare(StorageLife found, Told told) {
    boolean mayHaveLost = found.storage.recovery().mayHaveLost();
    Found seen = new Found();
    Set<Key> present = new TreeSet<>();
    keys.forEach(
        (key, changes) -> {
          String set = found.get(key(key));
          if (set != null) {
            present.add(key(key));
          }
          int least = leastOf(changes, mayHaveLost);
          int at = find(changes, set, least);
          if (at == NEVER) {
            throw new AssertionError("key " + key + " shows what was never written: " + set);
          }
          if (at < least && (set != null ? !told.unnamed() : !told.key(key(key)))) {
            throw new AssertionError(
                "key "
                    + key
                    + " shows change "
                    + at
                    + " ("
                    + brief(set)
                    + "), and "
                    + least
                    + " of "
                    + changes.size()
                    + " was promised: "
                    + brief(changes.get(least).set));
          }
          seen.keys.put(key, at);
        });
    metas.forEach(
        (name, changes) -> {
          String value = found.meta(name);
          int least = leastOf(changes, mayHaveLost);
          int at = find(changes, value, least);
          if (at == NEVER) {
            throw new AssertionError(name + " shows what was never saved: " + value);
          }
          if (at < least && !told.meta(name)) {
            throw new AssertionError(name + " shows save " + at + ", promised was " + least);
          }
          seen.metas.put(name, at);
        });
    scan(found, present, told);
    return seen;
  }

  private static String brief(@Nullable String set) {
    return set == null ? "nothing" : set.substring(0, Math.min(12, set.length()));
  }

  /** The scan shows just those keys that can be read. */
  private void scan(StorageLife found, Set<Key> present, Told told) {
    List<ScanPage> pages = new ArrayList<>();
    found.storage.scan(ALL, null, 100_000, pages::add);
    while (pages.isEmpty()) {
      found.loop.run(VirtualLoop.WRITE_NANOS);
    }
    assertThat(pages.get(0).last()).isTrue();
    Set<Key> scanned = new TreeSet<>();
    pages.get(0).entries().forEach(entry -> scanned.add(entry.key()));
    Set<Key> differ = new TreeSet<>(scanned);
    differ.removeAll(present);
    Set<Key> missing = new TreeSet<>(present);
    missing.removeAll(scanned);
    differ.addAll(missing);
    differ.removeIf(told::key);
    assertThat(differ).as("a scan and reads do not agree").isEmpty();
  }

  /** Which change must be there at least, -1 for none. */
  private int leastOf(List<Change> changes, boolean mayHaveLost) {
    for (int i = changes.size() - 1; i >= 0; i--) {
      Change change = changes.get(i);
      boolean promised =
          !powerLost
              || !mayHaveLost
              || change.durability == Durability.SYNCED
              || endedAt - change.doneAt > FSYNCED_AFTER_NANOS;
      if (change.done && promised) {
        return i;
      }
    }
    return -1;
  }

  private static final int NEVER = -2;

  /** Which change it is, the one asked for at least if there are several; -1: none of them yet. */
  private static int find(List<Change> changes, @Nullable String set, int least) {
    int found = set == null ? -1 : NEVER;
    for (int i = 0; i < changes.size(); i++) {
      String each = changes.get(i).set;
      boolean same = set == null ? each == null : set.equals(each);
      if (same) {
        found = i;
        if (i >= least) {
          return i;
        }
      }
    }
    return found;
  }
}
