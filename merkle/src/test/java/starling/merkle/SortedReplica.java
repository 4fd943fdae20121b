package starling.merkle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;

/** A million elements and more in sorted arrays, for measurements. */
final class SortedReplica implements ElementSource {
  /**
   * What an exchange cost.
   *
   * @param bytes of all messages, both ways
   * @param initiatorSends elements that the responder lacks
   * @param nanos of CPU of both sides together
   */
  record Cost(
      long bytes,
      int messages,
      int roundTrips,
      int longestMessage,
      long initiatorSends,
      long responderSends,
      long nanos) {}

  final long[] positions;
  final long[] hashes;
  final List<LeafRow> rows;

  private SortedReplica(long[] positions, long[] hashes, int partitions) {
    this.positions = positions;
    this.hashes = hashes;
    this.rows = new ArrayList<>();
    int bits = Integer.numberOfTrailingZeros(partitions);
    for (int i = 0; i < partitions; i++) {
      LeafRow row = LeafRow.unbuilt(Replica.KEY, bits, i);
      scan(i, row, positions.length / partitions);
      while (row.wantsScan()) {
        scan(i, row, 0);
      }
      rows.add(row);
    }
  }

  /** A position that many keys share. */
  static final long SKEWED = 0x4242_4242_4242_4242L;

  /** Elements at random positions, and more at one position. */
  static SortedReplica skewed(int keys, int atOne, int partitions, SplittableRandom random) {
    SortedReplica even = random(keys, partitions, random);
    int at = even.from(SKEWED);
    long[] positions = new long[keys + atOne];
    System.arraycopy(even.positions, 0, positions, 0, at);
    Arrays.fill(positions, at, at + atOne, SKEWED);
    System.arraycopy(even.positions, at, positions, at + atOne, keys - at);
    long[] hashes = random.longs(keys + atOne).toArray();
    return new SortedReplica(positions, hashes, partitions);
  }

  /** A replica that holds other versions of elements from two places on. */
  SortedReplica withChanges(int firstAt, int first, int secondAt, int second) {
    long[] changed = hashes.clone();
    for (int i = 0; i < first; i++) {
      changed[firstAt + i]++;
    }
    for (int i = 0; i < second; i++) {
      // Far from each other.
      changed[secondAt + 7 * i]++;
    }
    return new SortedReplica(positions, changed, rows.size());
  }

  /** Elements at random positions in all of a power of two of partitions. */
  static SortedReplica random(int keys, int partitions, SplittableRandom random) {
    long[] positions = new long[keys];
    long[] hashes = new long[keys];
    for (int i = 0; i < keys; i++) {
      positions[i] = random.nextLong();
      hashes[i] = random.nextLong();
    }
    Arrays.sort(positions);
    // Sorted as unsigned numbers: the negative ones are the higher ones.
    int negative = 0;
    while (negative < keys && positions[negative] < 0) {
      negative++;
    }
    long[] unsigned = new long[keys];
    System.arraycopy(positions, negative, unsigned, 0, keys - negative);
    System.arraycopy(positions, 0, unsigned, keys - negative, negative);
    return new SortedReplica(unsigned, hashes, partitions);
  }

  /** A replica that holds other versions of so many elements. */
  SortedReplica withChanges(int changes, SplittableRandom random) {
    long[] changed = hashes.clone();
    BitSet done = new BitSet(changed.length);
    for (int left = changes; left > 0; ) {
      int each = random.nextInt(changed.length);
      if (!done.get(each)) {
        done.set(each);
        changed[each] = random.nextLong();
        left--;
      }
    }
    return new SortedReplica(positions, changed, rows.size());
  }

  void scan(int index, LeafRow row, int expected) {
    RowScan scan = row.scan(expected);
    while (!scan.done()) {
      read(index, scan.first(), scan.last(), scan::add);
      scan.endRange();
    }
  }

  @Override
  public boolean read(int row, long first, long last, ElementSink sink) {
    for (int i = from(first);
        i < positions.length && Long.compareUnsigned(positions[i], last) <= 0;
        i++) {
      sink.accept(positions[i], hashes[i]);
    }
    return true;
  }

  /** The place of the first element at or behind a position. */
  int from(long position) {
    int low = 0;
    int high = positions.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(positions[middle], position) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  SharedRows shared() {
    return new SharedRows(Replica.KEY, 7, rows);
  }

  long bytes() {
    return rows.stream().mapToLong(LeafRow::bytes).sum();
  }

  /** One exchange with another replica. */
  Cost exchange(SortedReplica other, long salt) {
    long began = Reconciler.cpuNanos();
    Exchange exchange = new Exchange(shared(), salt, Exchange.MAX_UNANSWERED);
    Responder responder = new Responder(other.shared());
    long bytes = 0;
    int messages = 0;
    int roundTrips = 0;
    int longest = 0;
    long responderSends = 0;
    long initiatorSends = 0;
    try {
      List<byte[]> requests = exchange.next(this);
      for (; !requests.isEmpty(); roundTrips++) {
        List<byte[]> answers = new ArrayList<>();
        for (byte[] request : requests) {
          Responder.Answer answer = responder.answer(request, other);
          answers.add(answer.bytes());
          bytes += request.length + answer.bytes().length;
          longest = Math.max(longest, Math.max(request.length, answer.bytes().length));
          messages += 2;
          responderSends += answer.peerLacks().size();
        }
        answers.forEach(exchange::onAnswer);
        requests = exchange.next(this);
        initiatorSends += exchange.takePeerLacks().size();
      }
    } catch (MerkleFormatException impossible) {
      throw new AssertionError(impossible);
    }
    if (exchange.state() != Exchange.State.EQUAL && exchange.state() != Exchange.State.DIFFERENT) {
      throw new AssertionError("restart: " + exchange.restartReason());
    }
    long nanos = Reconciler.cpuNanos() - began;
    return new Cost(bytes, messages, roundTrips, longest, initiatorSends, responderSends, nanos);
  }
}
