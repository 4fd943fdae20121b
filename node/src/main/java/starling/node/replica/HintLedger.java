package starling.node.replica;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import starling.node.port.Contained;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Key;
import starling.node.storage.Storage;
import starling.node.version.Actors;
import starling.node.version.MalformedException;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * The ledger of the hints of this node: their partitions, primaries and bytes. The hints themselves
 * are in the log among all other keys.
 *
 * <ol>
 *   <li>A partition is on the durable list before its first hint is acknowledged, so the next
 *       process knows which partitions to walk. It leaves the list when a complete walk has found
 *       no hint, and no lost hint of it waits for repair ({@link HintRepair}): a lost hint is not
 *       the same as none.
 *   <li>If a corrupt record has lost its key, an older record of that key may become visible again:
 *       a hint that was removed long ago, in a partition that has left the list. So every partition
 *       comes on the list again, and is walked ({@link #suspect}).
 *   <li>A hint may be the only copy of a write. At the quota new hints are rejected; a stored hint
 *       is never dropped for lack of room.
 *   <li>When a hint is removed, its partition gets a new actor for hints: the history of the old
 *       one has a hole from then on.
 * </ol>
 */
public final class HintLedger {
  /** The partitions that may hold hints: a version byte, then a bit set, lowest byte first. */
  private static final String NAME = "hints";

  private static final int FORMAT = 1;

  /** The hints of one partition, as far as they were counted. */
  private static final class PartitionHints {
    long hints;
    long bytes;

    /**
     * The number of the latest change, so that a walk knows whether it saw everything. No two
     * changes have the same, not even of a removed entry and its successor.
     */
    long change;

    /** Changes that no read returns yet. */
    int unseen;

    /** All additions, without the removals. */
    final Growth grown = new Growth();

    /** Those of them that no read returns yet. */
    final Growth grownUnseen = new Growth();

    boolean counted;

    /** Listed only because a removed hint may be visible again. */
    boolean suspected;

    /** Keys whose corrupt hints were not repaired yet. */
    final Set<Key> lost = new HashSet<>();

    /** The number of hints for each primary; a primary without hints stays until the next walk. */
    final TreeMap<UUID, Long> primaries = new TreeMap<>();

    void count(Hint hint, long more) {
      for (UUID primary : hint.primaries()) {
        primaries.merge(primary, Math.max(0L, more), (a, b) -> Math.max(0L, a + more));
      }
    }
  }

  /** Hints and bytes that were added. */
  private static final class Growth {
    long hints;
    long bytes;

    /** Adds, or subtracts again, the growth of a change, if it is one. */
    void add(StoredValue before, StoredValue after, long sign) {
      hints += sign * Math.max(0L, (after.hint().none() ? 0 : 1) - (before.hint().none() ? 0 : 1));
      bytes += sign * Math.max(0L, bytesFor(after) - bytesFor(before));
    }
  }

  private final Storage storage;
  private final Actors actors;
  private final long mostBytes;
  private final TreeMap<Integer, PartitionHints> shelves = new TreeMap<>();
  private final BitSet durable = new BitSet();

  /** Partitions that were on the list at any time in this process. */
  private final BitSet everHeld = new BitSet();

  /** The latest list that is being saved; empty when none is. */
  private BitSet saving = new BitSet();

  private final TreeMap<Integer, List<Consumer<Boolean>>> waiting = new TreeMap<>();
  private boolean listLost;
  private long hints;
  private long bytes;
  private long changes;
  private long shelfChanges;

  /** The latest list that names fewer than the one before. */
  private long shrunk;

  public HintLedger(Storage storage, Actors actors, long mostBytes) {
    this.storage = storage;
    this.actors = actors;
    this.mostBytes = mostBytes;
    byte[] kept = storage.meta(NAME);
    listLost = kept == null && storage.recovery().damagedMeta().contains(NAME);
    if (kept != null) {
      durable.or(decode(kept));
      durable.stream().forEach(this::shelf);
    }
  }

  /** With the first ring it is known how many partitions there are; a lost list names them all. */
  public void onPartitions(int partitions) {
    if (listLost) {
      listLost = false;
      for (int partition = 0; partition < partitions; partition++) {
        var unused = shelf(partition);
      }
      save();
    }
  }

  /** Whether the quota has room for so many more bytes of hints. */
  public boolean roomFor(int moreBytes) {
    return bytes + moreBytes <= mostBytes;
  }

  /** Whether the quota has room for this growth of a hint, or for a new one. */
  public boolean roomFor(StoredValue before, Siblings after) {
    int more = SiblingsCodec.encodedBytes(after) - bytesFor(before);
    return more <= 0 || roomFor(more);
  }

  /** The hint of a key. */
  private static int bytesFor(StoredValue kept) {
    return kept.hint().none() ? 0 : SiblingsCodec.encodedBytes(kept.set());
  }

  /** Reports, at once or later, whether the next process will look for hints in this partition. */
  public void list(int partition, Consumer<Boolean> told) {
    if (durable.get(partition)) {
      told.accept(true);
      return;
    }
    waiting.computeIfAbsent(partition, unused -> new ArrayList<>()).add(told);
    if (!shelves.containsKey(partition)) {
      shelf(partition).counted = true;
    }
    if (!saving.get(partition)) {
      save();
    }
  }

  /**
   * In these partitions a removed hint may be visible again: each is walked, and counts as one with
   * hints until the walk finds none.
   */
  public void suspect(BitSet partitions) {
    for (int partition : partitions.stream().toArray()) {
      if (!shelves.containsKey(partition)) {
        shelf(partition).suspected = true;
      }
    }
  }

  /** Reports, at once or later, whether the next process will look for hints in all of these. */
  public void list(BitSet partitions, Consumer<Boolean> told) {
    int[] missing = {partitions.cardinality() + 1};
    boolean[] all = {true};
    Consumer<Boolean> one =
        listed -> {
          all[0] &= listed;
          if (--missing[0] == 0) {
            told.accept(all[0]);
          }
        };
    partitions.stream().forEach(partition -> list(partition, one));
    one.accept(true);
  }

  /**
   * Whether the next process will look here for hints. A partition may have left the list since
   * {@link #list}; so the step that appends a hint asks again.
   */
  public boolean listed(int partition) {
    return durable.get(partition);
  }

  private void save() {
    changes++;
    BitSet list = new BitSet();
    shelves.keySet().forEach(list::set);
    saving = list;
    long version = changes;
    ContainedStorage.save(
        storage, NAME, encode(list), failure -> saved(version, list, failure == null));
  }

  /**
   * The partitions of a list stay from now on if all later lists name them too. No caller waits for
   * those: while an outage begins there is always a later one.
   */
  private void saved(long version, BitSet list, boolean done) {
    boolean latest = version == changes;
    if (version < shrunk || (!done && !latest)) {
      return;
    }
    if (done) {
      durable.or(list);
    }
    if (latest) {
      saving = new BitSet();
    }
    for (int partition : List.copyOf(waiting.keySet())) {
      if (!done || durable.get(partition)) {
        List<Consumer<Boolean>> told = waiting.remove(partition);
        if (told != null) {
          for (Consumer<Boolean> one : told) {
            var unused = Contained.tell("a callback that waited for the list of hints", one, done);
          }
        }
      }
    }
  }

  /** Within the step of a key. */
  public void onChange(int partition, StoredValue before, StoredValue after) {
    boolean was = !before.hint().none();
    boolean is = !after.hint().none();
    if (!was && !is) {
      return;
    }
    PartitionHints shelf = shelf(partition);
    shelf.suspected = false;
    shelf.change = ++shelfChanges;
    shelf.unseen++;
    shelf.grown.add(before, after, 1);
    shelf.grownUnseen.add(before, after, 1);
    count(shelf, (is ? 1 : 0) - (was ? 1 : 0), bytesFor(after) - bytesFor(before));
    shelf.count(before.hint(), -1);
    shelf.count(after.hint(), 1);
    if (is) {
      return;
    }
    if (after.set().isEmpty()) {
      actors.renewForHints(partition);
    }
  }

  /** Reads return it from now on. */
  public void onShown(int partition, StoredValue before, StoredValue after) {
    if (!before.hint().none() || !after.hint().none()) {
      PartitionHints shelf = shelf(partition);
      shelf.unseen--;
      shelf.grownUnseen.add(before, after, -1);
    }
  }

  private void count(PartitionHints shelf, long more, long moreBytes) {
    shelf.hints += more;
    shelf.bytes += moreBytes;
    hints += more;
    bytes += moreBytes;
  }

  private PartitionHints shelf(int partition) {
    PartitionHints shelf = shelves.get(partition);
    if (shelf == null) {
      shelf = new PartitionHints();
      shelf.change = ++shelfChanges;
      shelves.put(partition, shelf);
      everHeld.set(partition);
    }
    return shelf;
  }

  // ---- walks

  /** The result of one walk of a partition, for {@link #walked} at its end. */
  public final class Recount {
    public final int partition;
    private final PartitionHints shelf;
    private final long changeBefore;
    private final boolean everythingShown;

    /** The additions that the walk surely sees. */
    private final long grownHints;

    private final long grownBytes;
    private long found;
    private long foundBytes;
    private final TreeMap<UUID, Long> seen = new TreeMap<>();

    private Recount(int partition) {
      this.partition = partition;
      this.shelf = shelf(partition);
      this.changeBefore = shelf.change;
      this.everythingShown = shelf.unseen == 0;
      this.grownHints = shelf.grown.hints - shelf.grownUnseen.hints;
      this.grownBytes = shelf.grown.bytes - shelf.grownUnseen.bytes;
    }

    /**
     * A hint.
     *
     * @param wanted its targets under the ring in force
     */
    public void found(StoredValue kept, Collection<UUID> wanted) {
      found++;
      foundBytes += SiblingsCodec.encodedBytes(kept.set());
      wanted.forEach(primary -> seen.merge(primary, 1L, Long::sum));
    }

    /** An unreadable hint: its target is unknown, and its partition stays listed. */
    public void foundUnreadable(int itsBytes) {
      found++;
      foundBytes += itsBytes;
    }
  }

  public Recount walk(int partition) {
    return new Recount(partition);
  }

  /**
   * A walk has ended. Its count is exact if nothing changed meanwhile; a partition without hints is
   * then removed from the list. Else it may have missed new hints, or seen removed ones: in a
   * partition that is written to all the time every walk ends so, and the hints of earlier
   * processes must be known there too. Until a count is exact a partition counts for all that the
   * last walk saw and all additions since, never for less than it holds.
   */
  public void walked(Recount walk) {
    PartitionHints shelf = shelves.get(walk.partition);
    if (shelf == null || shelf != walk.shelf) {
      return;
    }
    if (shelf.change != walk.changeBefore || !walk.everythingShown) {
      if (!shelf.counted) {
        walk.seen.forEach((primary, count) -> shelf.primaries.merge(primary, count, Math::max));
        long most = walk.found + shelf.grown.hints - walk.grownHints;
        long mostBytes = walk.foundBytes + shelf.grown.bytes - walk.grownBytes;
        count(shelf, most - shelf.hints, mostBytes - shelf.bytes);
      }
      return;
    }
    count(shelf, walk.found - shelf.hints, walk.foundBytes - shelf.bytes);
    shelf.counted = true;
    shelf.primaries.clear();
    shelf.primaries.putAll(walk.seen);
    if (walk.found == 0 && shelf.lost.isEmpty() && !waiting.containsKey(walk.partition)) {
      shelves.remove(walk.partition);
      // From here on, since a power loss may leave either list.
      durable.clear(walk.partition);
      shrunk = changes + 1;
      save();
    }
  }

  /**
   * A record is corrupt whose key is not this node's own. Returns whether it may have been a hint:
   * then its partition stays listed until {@link #onRepaired}.
   */
  public boolean onDamage(int partition, Key key) {
    PartitionHints shelf = shelves.get(partition);
    if (shelf != null) {
      shelf.lost.add(key);
    }
    return shelf != null;
  }

  /** The repair of a key with a corrupt hint has ended. */
  public void onRepaired(int partition, Key key) {
    PartitionHints shelf = shelves.get(partition);
    if (shelf != null) {
      shelf.lost.remove(key);
    }
  }

  /** Whether a corrupt record with an unknown key may have been a hint. */
  public boolean any() {
    return shelves.values().stream().anyMatch(shelf -> !shelf.suspected);
  }

  /** The primaries have changed: the targets of hints must be computed again. */
  public void onPlacement() {
    shelves.values().forEach(shelf -> shelf.counted = false);
  }

  /**
   * The next partition from this one on that needs a walk: it was not counted since the start, or
   * seems to be empty; -1 for none.
   */
  public int nextToCount(int from) {
    for (Map.Entry<Integer, PartitionHints> entry : shelves.tailMap(from).entrySet()) {
      PartitionHints shelf = entry.getValue();
      if (!shelf.counted || (shelf.hints == 0 && shelf.lost.isEmpty())) {
        return entry.getKey();
      }
    }
    return -1;
  }

  /** The next partition from this one on that may hold hints; -1 for none. */
  public int next(int from) {
    Integer next = shelves.ceilingKey(from);
    return next == null ? -1 : next;
  }

  /** The targets of the hints of a partition, as far as they are known. */
  public List<UUID> primaries(int partition) {
    PartitionHints shelf = shelves.get(partition);
    return shelf == null ? List.of() : List.copyOf(shelf.primaries.keySet());
  }

  // ---- figures

  /** The number of hints. */
  public long hints() {
    return hints;
  }

  /** The number of hints for this primary, as far as they are counted after a start. */
  public long keptFor(UUID primary) {
    long kept = 0;
    for (PartitionHints shelf : shelves.values()) {
      kept += shelf.primaries.getOrDefault(primary, 0L);
    }
    return kept;
  }

  /** Whether that is exact; while a partition is counted again it may be too high. */
  public boolean counted() {
    return shelves.values().stream().allMatch(shelf -> shelf.counted);
  }

  /** Their bytes. */
  public long bytes() {
    return bytes;
  }

  /** Partitions that may hold hints. */
  public BitSet partitions() {
    BitSet partitions = new BitSet();
    shelves.keySet().forEach(partitions::set);
    return partitions;
  }

  /** Partitions out of so many that may hold hints, or may have since this process began. */
  public BitSet everHeld(int partitions) {
    BitSet held = (BitSet) everHeld.clone();
    if (listLost) {
      held.set(0, partitions);
    }
    return held;
  }

  /** Grows whenever {@link #partitions} changes. */
  public long changes() {
    return changes;
  }

  static byte[] encode(BitSet partitions) {
    byte[] bits = partitions.toByteArray();
    byte[] encoded = new byte[1 + bits.length];
    encoded[0] = FORMAT;
    System.arraycopy(bits, 0, encoded, 1, bits.length);
    return encoded;
  }

  static BitSet decode(byte[] encoded) {
    if (encoded.length == 0 || encoded[0] != FORMAT) {
      throw new MalformedException(
          "a list of hints of another format; this version reads format " + FORMAT);
    }
    return BitSet.valueOf(Arrays.copyOfRange(encoded, 1, encoded.length));
  }
}
