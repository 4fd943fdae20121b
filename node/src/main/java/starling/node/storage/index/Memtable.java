package starling.node.storage.index;

import java.util.Arrays;

/**
 * The newest entries, in flat arrays with open addressing: a put or a look-up touches one or two
 * cache lines and allocates nothing. Sorted only when a range is read.
 *
 * <p>Fingerprints are uniform and secret, so their low bits place an entry. Changed by one thread;
 * once it is frozen, any number may read.
 */
public final class Memtable {
  private static final int FIRST_CAPACITY = 1 << 10;
  private static final int REMOVED = 1 << 31;
  private static final int WORDS = 4;

  /** Per slot: position, fingerprint, location, version hash; a length of 0 marks a free slot. */
  private long[] words = new long[FIRST_CAPACITY * WORDS];

  private int[] lengths = new int[FIRST_CAPACITY];
  private int size;

  /**
   * Puts an entry, which replaces one with the same position and fingerprint.
   *
   * @param length of the record, 1 or more
   * @param replaced the old entry, if this returns {@code true}
   */
  public boolean put(
      long position,
      long fingerprint,
      long location,
      int length,
      long versionHash,
      boolean removed,
      EntryCursor replaced) {
    if (length <= 0) {
      throw new IllegalArgumentException("a record must have a length of 1 or more, not " + length);
    }
    int slot = slot(position, fingerprint);
    boolean there = lengths[slot] != 0;
    if (there) {
      fill(slot, replaced);
    }
    int at = slot * WORDS;
    words[at] = position;
    words[at + 1] = fingerprint;
    words[at + 2] = location;
    words[at + 3] = versionHash;
    lengths[slot] = removed ? length | REMOVED : length;
    if (!there) {
      size++;
      if (size > lengths.length / 8 * 5) {
        grow();
      }
    }
    return there;
  }

  /** Finds an entry. */
  public boolean find(long position, long fingerprint, EntryCursor into) {
    int slot = slot(position, fingerprint);
    if (lengths[slot] == 0) {
      return false;
    }
    fill(slot, into);
    return true;
  }

  /** Removes all entries of a range of positions, both ends included. */
  public void removeRange(long from, long to) {
    long[] oldWords = words;
    int[] oldLengths = lengths;
    words = new long[oldWords.length];
    lengths = new int[oldLengths.length];
    size = 0;
    for (int i = 0; i < oldLengths.length; i++) {
      if (oldLengths[i] != 0 && !within(oldWords[i * WORDS], from, to)) {
        copy(oldWords, oldLengths, i);
        size++;
      }
    }
  }

  public int size() {
    return size;
  }

  /** Bytes of heap of the arrays. */
  public long bytes() {
    return 8L * words.length + 4L * lengths.length;
  }

  /** Entries of a range of positions, both ends included, as they are now. */
  public EntryIterator iterate(long from, long to) {
    long[] order = new long[16];
    int count = 0;
    for (int i = 0; i < lengths.length; i++) {
      long position = words[i * WORDS];
      if (lengths[i] != 0 && within(position, from, to)) {
        if (count == order.length) {
          order = Arrays.copyOf(order, count * 2);
        }
        order[count++] = ((position ^ Long.MIN_VALUE) & ~slotMask()) | i;
      }
    }
    sort(order, count);
    return new Sorted(words, lengths, order, slotMask(), count);
  }

  /** A mask of the low bits that address every slot. */
  private long slotMask() {
    return lengths.length - 1L;
  }

  /** How many entries a range of positions has, both ends included. */
  public int count(long from, long to) {
    int count = 0;
    for (int i = 0; i < lengths.length; i++) {
      count += lengths[i] != 0 && within(words[i * WORDS], from, to) ? 1 : 0;
    }
    return count;
  }

  private static boolean within(long position, long from, long to) {
    return Long.compareUnsigned(position, from) >= 0 && Long.compareUnsigned(position, to) <= 0;
  }

  private int slot(long position, long fingerprint) {
    int mask = lengths.length - 1;
    int slot = (int) (fingerprint ^ (fingerprint >>> 32)) & mask;
    while (lengths[slot] != 0
        && (words[slot * WORDS + 1] != fingerprint || words[slot * WORDS] != position)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void fill(int slot, EntryCursor into) {
    fill(words, lengths, slot, into);
  }

  private static void fill(long[] words, int[] lengths, int slot, EntryCursor into) {
    int at = slot * WORDS;
    into.set(
        words[at],
        words[at + 1],
        words[at + 2],
        lengths[slot] & ~REMOVED,
        words[at + 3],
        lengths[slot] < 0);
  }

  private void grow() {
    long[] oldWords = words;
    int[] oldLengths = lengths;
    words = new long[oldWords.length * 2];
    lengths = new int[oldLengths.length * 2];
    for (int i = 0; i < oldLengths.length; i++) {
      if (oldLengths[i] != 0) {
        copy(oldWords, oldLengths, i);
      }
    }
  }

  private void copy(long[] fromWords, int[] fromLengths, int i) {
    int slot = slot(fromWords[i * WORDS], fromWords[i * WORDS + 1]);
    System.arraycopy(fromWords, i * WORDS, words, slot * WORDS, WORDS);
    lengths[slot] = fromLengths[i];
  }

  /**
   * Sorts by the upper bits of the positions, with the slots below them: a sort of plain longs is
   * several times as fast as a sort that looks each entry up. The few that agree in those bits are
   * sorted afterwards.
   */
  private void sort(long[] order, int count) {
    Arrays.sort(order, 0, count);
    for (int i = 1; i < count; i++) {
      long each = order[i];
      int to = i;
      while (to > 0 && after(slotOf(order[to - 1]), slotOf(each))) {
        order[to] = order[to - 1];
        to--;
      }
      order[to] = each;
    }
  }

  private int slotOf(long each) {
    return (int) (each & slotMask());
  }

  private boolean after(int slot, int other) {
    return EntryCursor.compare(
            words[slot * WORDS],
            words[slot * WORDS + 1],
            words[other * WORDS],
            words[other * WORDS + 1])
        > 0;
  }

  private static final class Sorted implements EntryIterator {
    private final long[] words;
    private final int[] lengths;
    private final long[] order;
    private final long slotMask;
    private final int count;
    private int next;

    Sorted(long[] words, int[] lengths, long[] order, long slotMask, int count) {
      this.words = words;
      this.lengths = lengths;
      this.order = order;
      this.slotMask = slotMask;
      this.count = count;
    }

    @Override
    public boolean next(EntryCursor into) {
      if (next == count) {
        return false;
      }
      fill(words, lengths, (int) (order[next++] & slotMask), into);
      return true;
    }
  }
}
