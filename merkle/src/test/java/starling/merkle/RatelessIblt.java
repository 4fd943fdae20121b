package starling.merkle;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.PriorityQueue;

/**
 * A rateless invertible Bloom lookup table (Yang, Gilad and Alizadeh, "Practical Rateless Set
 * Reconciliation", SIGCOMM 2024): one side sends coded symbols until the other, which subtracts its
 * own, has decoded the difference. Element x is part of symbol i with probability 1 / (1 + i/2)
 * (section 4.1), drawn by skipping from one of its symbols to the next (section 4.2). A symbol has
 * the exclusive or of its elements (16 bytes) and of their checksums (8), and a count (1 byte as
 * section 6 codes it). Counted are the symbols needed, as if the sender stopped at once.
 */
final class RatelessIblt implements Reconciler {
  private static final int SYMBOL_BYTES = 25;
  private static final int FIRST_BLOCK = 64;

  @Override
  public String title() {
    return "rateless IBLT";
  }

  @Override
  public Cost reconcile(SortedReplica a, SortedReplica b) {
    long began = Reconciler.cpuNanos();
    Encoder encoderA = new Encoder(a, 1);
    Encoder encoderB = new Encoder(b, -1);
    Decoder decoder = new Decoder();
    while (!decoder.done()) {
      int from = decoder.symbols.size();
      int to = Math.max(FIRST_BLOCK, from + from / 2);
      decoder.symbols.grow(to);
      encoderA.encode(decoder.symbols, to);
      encoderB.encode(decoder.symbols, to);
      for (int i = from; i < to && !decoder.done(); i++) {
        decoder.arrived(i);
      }
    }
    return new Cost(
        (long) SYMBOL_BYTES * decoder.used, 1, decoder.found, Reconciler.cpuNanos() - began);
  }

  /** Symbols in columns. */
  private static final class Symbols {
    long[] positions = new long[0];
    long[] hashes = new long[0];
    long[] checks = new long[0];
    int[] counts = new int[0];

    int size() {
      return counts.length;
    }

    void grow(int to) {
      positions = Arrays.copyOf(positions, to);
      hashes = Arrays.copyOf(hashes, to);
      checks = Arrays.copyOf(checks, to);
      counts = Arrays.copyOf(counts, to);
    }

    void add(int symbol, long position, long hash, long check, int count) {
      positions[symbol] ^= position;
      hashes[symbol] ^= hash;
      checks[symbol] ^= check;
      counts[symbol] += count;
    }

    boolean isPure(int symbol) {
      return Math.abs(counts[symbol]) == 1
          && check(positions[symbol], hashes[symbol]) == checks[symbol];
    }

    boolean isZero(int symbol) {
      return counts[symbol] == 0
          && positions[symbol] == 0
          && hashes[symbol] == 0
          && checks[symbol] == 0;
    }
  }

  private static long check(long position, long hash) {
    return Replica.KEY.digest(position, hash);
  }

  /** The state of an element's generator after one more draw. */
  private static long drawn(long state) {
    return state * 0xd1342543de82ef95L + 0x9e3779b97f4a7c15L;
  }

  /** The next symbol of an element behind symbol {@code index}. */
  private static long next(long index, long state) {
    double uniform = ((state ^ state >>> 32) & (1L << 53) - 1) * 0x1p-53;
    double skip = Math.ceil((index + 1.5) * (1 / Math.sqrt(1 - uniform) - 1));
    return index + Math.max(1, (long) Math.min(skip, 1L << 40));
  }

  private static final class Encoder {
    private final SortedReplica replica;
    private final int sign;
    private final long[] checks;
    private final long[] states;
    private final long[] indices;

    Encoder(SortedReplica replica, int sign) {
      this.replica = replica;
      this.sign = sign;
      int size = replica.positions.length;
      checks = new long[size];
      indices = new long[size];
      for (int i = 0; i < size; i++) {
        checks[i] = check(replica.positions[i], replica.hashes[i]);
      }
      states = checks.clone();
    }

    /** Adds all elements to the symbols from where it ended last. */
    void encode(Symbols symbols, int to) {
      for (int i = 0; i < states.length; i++) {
        while (indices[i] < to) {
          symbols.add((int) indices[i], replica.positions[i], replica.hashes[i], checks[i], sign);
          states[i] = drawn(states[i]);
          indices[i] = next(indices[i], states[i]);
        }
      }
    }
  }

  private static final class Decoder {
    /** A decoded element that is part of later symbols. */
    private record Known(long position, long hash, long check, int sign, long state, long index) {}

    final Symbols symbols = new Symbols();
    private final PriorityQueue<Known> later =
        new PriorityQueue<>((a, b) -> Long.compare(a.index, b.index));
    private final Deque<Integer> candidates = new ArrayDeque<>();
    int used;
    long found;

    /** Every element is part of symbol 0. */
    boolean done() {
      return used > 0 && symbols.isZero(0);
    }

    void arrived(int symbol) {
      used = symbol + 1;
      while (!later.isEmpty() && later.peek().index <= symbol) {
        Known known = later.remove();
        take(known);
      }
      candidates.add(symbol);
      while (!candidates.isEmpty()) {
        int each = candidates.remove();
        if (symbols.isPure(each)) {
          found++;
          long check = symbols.checks[each];
          take(
              new Known(
                  symbols.positions[each],
                  symbols.hashes[each],
                  check,
                  symbols.counts[each],
                  check,
                  0));
        }
      }
    }

    /** Takes an element out of all symbols that have arrived, from its present one on. */
    private void take(Known known) {
      long index = known.index;
      long state = known.state;
      while (index < used) {
        symbols.add((int) index, known.position, known.hash, known.check, -known.sign);
        candidates.add((int) index);
        state = drawn(state);
        index = next(index, state);
      }
      later.add(new Known(known.position, known.hash, known.check, known.sign, state, index));
    }
  }
}
