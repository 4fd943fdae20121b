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
 * The account of what this node keeps for others: in which partitions, for which primaries, how
 * many bytes. The hints themselves stand in the log among all other keys.
 *
 * <ol>
 *   <li>A partition is on the durable list before its first hint is acknowledged, so the next
 *       process knows where to look. It leaves the list when a walk that could look at everything
 *       has found no hint, and none is known to be lost there that was not repaired ({@link
 *       HintRepair}): a lost hint is not the same as none.
 *   <li>Where a damaged record has lost its key, an older record of that key may stand again: a
 *       hint that was let go long ago, in a partition that has left the list. So every partition
 *       comes on the list again, and is walked through ({@link #suspect}).
 *   <li>A hint may be the only copy of a write. At the quota new hints are refused; none that is
 *       kept is ever dropped for want of room.
 *   <li>When a hint is let go, its partition's actor for hints is drawn anew: the memory that the
 *       old one stood for has a hole from then on.
 * </ol>
 */
public final class HintLedger {
  /** The partitions that may hold hints: a version byte, then a bit set, lowest byte first. */
  private static final String NAME = "hints";

  private static final int FORMAT = 1;

  /** What is kept for others in one partition, as far as it was counted. */
  private static final class PartitionHints {
    long hints;
    long bytes;

    /**
     * The number of the latest change, so that a walk can tell whether it saw everything. No two
     * changes have the same, not even of a shelf that went and one that came in its place.
     */
    long change;

    /** Changes that no read shows yet. */
    int unseen;

    /** By how much all changes have made the shelf fuller, what went not taken off. */
    final Growth grown = new Growth();

    /** And those of them that no read shows yet. */
    final Growth grownUnseen = new Growth();

    boolean counted;

    /** Listed only because a hint that was let go may stand again. */
    boolean suspected;

    /** Keys whose hints were damaged and that were not repaired since. */
    final Set<Key> lost = new HashSet<>();

    /** How many hints are for each; one of whom none is left stays until the next walk. */
    final TreeMap<UUID, Long> primaries = new TreeMap<>();

    void count(Hint hint, long more) {
      for (UUID primary : hint.primaries()) {
        primaries.merge(primary, Math.max(0L, more), (a, b) -> Math.max(0L, a + more));
      }
    }
  }

  /** Hints and bytes that came to a shelf. */
  private static final class Growth {
    long hints;
    long bytes;

    /** Adds, or takes off again, what a change brings if it brings anything. */
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

  /** Partitions that were on the list at some time of this process. */
  private final BitSet everHeld = new BitSet();

  /** The latest list that is on its way to the disk; empty when none is. */
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

  /** Whether so many bytes more may be kept for others. */
  public boolean roomFor(int moreBytes) {
    return bytes + moreBytes <= mostBytes;
  }

  /** Whether a set may grow so, or begin to be kept for others, within the quota. */
  public boolean roomFor(StoredValue before, Siblings after) {
    int more = SiblingsCodec.encodedBytes(after) - bytesFor(before);
    return more <= 0 || roomFor(more);
  }

  /** What is kept of a key for others. */
  private static int bytesFor(StoredValue kept) {
    return kept.hint().none() ? 0 : SiblingsCodec.encodedBytes(kept.set());
  }

  /** Tells, at once or later, whether the next process will look for hints in this partition. */
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
   * In these partitions a hint that was let go may stand again: each is walked through, and counts
   * as one that holds hints until nothing was found.
   */
  public void suspect(BitSet partitions) {
    for (int partition : partitions.stream().toArray()) {
      if (!shelves.containsKey(partition)) {
        shelf(partition).suspected = true;
      }
    }
  }

  /** Tells, at once or later, whether the next process will look for hints in all of these. */
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
   * What a list names is kept from now on if all later ones name it too. Nobody waits for those:
   * while an outage begins there is always a later one.
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
            var unused = Contained.tell("what waited for the list of hints", one, done);
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

  /** Reads show it from now on. */
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

  /** What one walk through a partition has found; told to {@link #walked} at its end. */
  public final class Recount {
    public final int partition;
    private final PartitionHints shelf;
    private final long changeBefore;
    private final boolean everythingShown;

    /** How much the shelf had grown by what the walk sees for sure. */
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
     * @param wanted the primaries that it is to be brought to under the ring in force
     */
    public void found(StoredValue kept, Collection<UUID> wanted) {
      found++;
      foundBytes += SiblingsCodec.encodedBytes(kept.set());
      wanted.forEach(primary -> seen.merge(primary, 1L, Long::sum));
    }

    /** A hint that cannot be read: nobody knows whose it is, and its partition stays listed. */
    public void foundUnreadable(int itsBytes) {
      found++;
      foundBytes += itsBytes;
    }
  }

  public Recount walk(int partition) {
    return new Recount(partition);
  }

  /**
   * A walk came to its end. What it counted is the truth if nothing changed meanwhile; a partition
   * without hints is then taken off the list. Else it may have missed what came meanwhile, or seen
   * what has gone: in a partition that is written to all the time every walk ends so, and the hints
   * of an earlier life must be known there too. Until a walk has the truth a partition counts for
   * all that the last one saw and all that came meanwhile, never for less than is kept.
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
   * A record of a key is damaged that this node does not keep for itself. Whether that may have
   * been a hint: then its partition stays listed until {@link #onRepaired}.
   */
  public boolean onDamage(int partition, Key key) {
    PartitionHints shelf = shelves.get(partition);
    if (shelf != null) {
      shelf.lost.add(key);
    }
    return shelf != null;
  }

  /** Nothing is left to be repaired of a key whose hint was damaged. */
  public void onRepaired(int partition, Key key) {
    PartitionHints shelf = shelves.get(partition);
    if (shelf != null) {
      shelf.lost.remove(key);
    }
  }

  /** Whether a damaged record whose key is not known may have been a hint. */
  public boolean any() {
    return shelves.values().stream().anyMatch(shelf -> !shelf.suspected);
  }

  /** Other nodes are primaries now than before: for whom hints are kept is to be looked up anew. */
  public void onPlacement() {
    shelves.values().forEach(shelf -> shelf.counted = false);
  }

  /**
   * The next partition from this one on that a walk would tell something of: it was not counted
   * since the start, or nothing seems to be left in it; -1 for none.
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

  /** The next partition from this one on where hints may be kept for others; -1 for none. */
  public int next(int from) {
    Integer next = shelves.ceilingKey(from);
    return next == null ? -1 : next;
  }

  /** For whom hints of a partition are kept, as far as is known. */
  public List<UUID> primaries(int partition) {
    PartitionHints shelf = shelves.get(partition);
    return shelf == null ? List.of() : List.copyOf(shelf.primaries.keySet());
  }

  // ---- figures

  /** Sets that are kept for others. */
  public long hints() {
    return hints;
  }

  /** How many of them are for this primary, as far as they are counted after a start. */
  public long keptFor(UUID primary) {
    long kept = 0;
    for (PartitionHints shelf : shelves.values()) {
      kept += shelf.primaries.getOrDefault(primary, 0L);
    }
    return kept;
  }

  /** Whether that is exact; while a partition is counted again it may be more than is kept. */
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
