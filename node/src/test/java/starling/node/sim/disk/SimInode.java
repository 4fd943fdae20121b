package starling.node.sim.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A file: what readers see, what the platter holds, and the writes in between. A force copies only
 * what was written since the last one. At a loss of power each sector of 512 bytes keeps the writes
 * to it up to some moment of its own, so later ones may survive earlier ones and a write may be
 * torn at any sector's edge; the file may keep its length with zeros where nothing arrived.
 */
final class SimInode {
  static final int SECTOR_BYTES = 512;

  private byte[] seen = {};
  private int seenSize;
  private byte[] durable = {};
  private int durableSize;
  private final List<Pending> pending = new ArrayList<>();

  /** A write, or ({@code bytes == null}) a cut at {@code position}. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Pending(int position, byte[] bytes) {
    int end() {
      return position + bytes.length;
    }
  }

  int size() {
    return seenSize;
  }

  int read(ByteBuffer target, long position) {
    if (position >= seenSize) {
      return -1;
    }
    int bytes = (int) Math.min(target.remaining(), seenSize - position);
    target.put(seen, (int) position, bytes);
    return bytes;
  }

  void write(ByteBuffer source, long position) {
    byte[] bytes = new byte[source.remaining()];
    source.get(bytes);
    int at = Math.toIntExact(position);
    pending.add(new Pending(at, bytes));
    seen = put(seen, at, bytes, 0, bytes.length);
    seenSize = Math.max(seenSize, at + bytes.length);
  }

  void truncate(int size) {
    pending.add(new Pending(size, null));
    Arrays.fill(seen, size, seenSize, (byte) 0);
    seenSize = size;
  }

  void force() {
    for (Pending change : pending) {
      persist(change);
    }
    pending.clear();
  }

  /** A force that failed: any sectors arrived, and the kernel forgets that the others did not. */
  void forceBadly(RandomGenerator random) {
    persistByChance(random);
    pending.clear();
  }

  /** Turns a bit of a byte that is not zero, on the platter and in the cache; where, or -1. */
  int rot(RandomGenerator random) {
    int written = 0;
    for (int i = 0; i < seenSize; i++) {
      written += seen[i] == 0 ? 0 : 1;
    }
    if (written == 0) {
      return -1;
    }
    int chosen = random.nextInt(written);
    int at = -1;
    while (chosen >= 0) {
      at++;
      chosen -= seen[at] == 0 ? 0 : 1;
    }
    int mask = 1 << random.nextInt(8);
    seen[at] ^= (byte) mask;
    if (at < durableSize) {
      durable[at] ^= (byte) mask;
    }
    return at;
  }

  void losePower(RandomGenerator random) {
    persistByChance(random);
    pending.clear();
    seen = Arrays.copyOf(durable, durableSize);
    seenSize = durableSize;
  }

  /** Another file in the same state, unforced writes included. */
  SimInode fork() {
    SimInode fork = new SimInode();
    fork.seen = Arrays.copyOf(seen, seenSize);
    fork.seenSize = seenSize;
    fork.durable = Arrays.copyOf(durable, durableSize);
    fork.durableSize = durableSize;
    fork.pending.addAll(pending);
    return fork;
  }

  SimInode copy() {
    SimInode copy = new SimInode();
    copy.seen = Arrays.copyOf(seen, seenSize);
    copy.seenSize = seenSize;
    copy.durable = copy.seen.clone();
    copy.durableSize = seenSize;
    return copy;
  }

  private void persistByChance(RandomGenerator random) {
    int reach = random.nextInt(4) == 0 ? cutByChance(random) : pending.size();
    List<Pending> reached = pending.subList(0, reach);
    int how = random.nextInt(4);
    if (how == 0) {
      keepLength(reached, random);
      return;
    }
    if (how == 1 && !reached.isEmpty()) {
      reached = reached.subList(0, random.nextInt(reached.size() + 1));
    }
    Map<Integer, Integer> touched = new HashMap<>();
    for (Pending change : reached) {
      if (change.bytes != null) {
        for (int s = change.position / SECTOR_BYTES; s * SECTOR_BYTES < change.end(); s++) {
          touched.merge(s, 1, Integer::sum);
        }
      }
    }
    Map<Integer, Integer> kept = new HashMap<>();
    for (Pending change : reached) {
      if (change.bytes == null) {
        persist(change);
        continue;
      }
      for (int s = change.position / SECTOR_BYTES; s * SECTOR_BYTES < change.end(); s++) {
        int writes = touched.get(s);
        int left = kept.computeIfAbsent(s, x -> how == 1 ? writes : random.nextInt(writes + 1));
        if (left > 0) {
          kept.put(s, left - 1);
          int from = Math.max(change.position, s * SECTOR_BYTES);
          int to = Math.min(change.end(), (s + 1) * SECTOR_BYTES);
          byte[] part =
              Arrays.copyOfRange(change.bytes, from - change.position, to - change.position);
          persist(new Pending(from, part));
        }
      }
    }
    keepLength(reached, random);
  }

  /** A file's length changes in order: all before some cut, or everything. */
  private int cutByChance(RandomGenerator random) {
    List<Integer> cuts = new ArrayList<>();
    for (int i = 0; i < pending.size(); i++) {
      if (pending.get(i).bytes == null) {
        cuts.add(i);
      }
    }
    return cuts.isEmpty() ? pending.size() : cuts.get(random.nextInt(cuts.size()));
  }

  /** The new length may have reached the disk without the bytes. */
  private void keepLength(List<Pending> reached, RandomGenerator random) {
    if (random.nextInt(3) == 0) {
      int length = durableSize;
      for (Pending change : reached) {
        length = change.bytes == null ? change.position : Math.max(length, change.end());
      }
      if (length > durableSize) {
        durable = put(durable, length, new byte[0], 0, 0);
        durableSize = length;
      }
    }
  }

  private void persist(Pending change) {
    if (change.bytes == null) {
      if (change.position < durableSize) {
        Arrays.fill(durable, change.position, durableSize, (byte) 0);
        durableSize = change.position;
      }
    } else {
      durable = put(durable, change.position, change.bytes, 0, change.bytes.length);
      durableSize = Math.max(durableSize, change.end());
    }
  }

  private static byte[] put(byte[] target, int at, byte[] bytes, int from, int length) {
    byte[] grown = target;
    if (at + length > target.length) {
      grown = Arrays.copyOf(target, Math.max(at + length, target.length * 2));
    }
    System.arraycopy(bytes, from, grown, at, length);
    return grown;
  }
}
