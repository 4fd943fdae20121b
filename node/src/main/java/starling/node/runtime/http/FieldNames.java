package starling.node.runtime.http;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The field names of the objects that are open at one point of a JSON text, so that a name that
 * comes twice in one object is found. Names are compared after decoding: with an escape or without
 * is one name.
 *
 * <p>The text comes from clients. So no name becomes a string or outlives its object, an object of
 * few names is searched as it is, and the names of a larger one are hashed under a key of this
 * process (SipHash), so that no attacker can choose names that collide. A name costs 20 bytes until
 * its object ends.
 */
final class FieldNames {
  /** Up to so many names a search is cheaper than a table. */
  private static final int FEW = 8;

  private static final HashFunction HASH = keyed(new SecureRandom());

  private final byte[] in;

  /**
   * Where the names of all open objects begin: in the text, or, complemented, in {@link #meant}.
   */
  private int[] from = new int[4];

  private int[] length = new int[4];

  /** Hashes of the names of objects that have a table; meaningless for the others. */
  private int[] hash = new int[4];

  private int names;

  /** Names with escapes, decoded, in UTF-8 with lone surrogates. */
  private byte[] meant = new byte[0];

  private int meantBytes;

  // One entry for each open object.
  private int[] first = new int[4];
  private int[] firstMeant = new int[4];
  private int[] @Nullable [] tables = new int[4][];
  private int depth;

  FieldNames(byte[] in) {
    this.in = in;
  }

  private static HashFunction keyed(SecureRandom random) {
    return Hashing.sipHash24(random.nextLong(), random.nextLong());
  }

  /** An object begins. */
  void open() {
    if (depth == first.length) {
      first = Arrays.copyOf(first, 2 * depth);
      firstMeant = Arrays.copyOf(firstMeant, 2 * depth);
      tables = Arrays.copyOf(tables, 2 * depth);
    }
    first[depth] = names;
    firstMeant[depth] = meantBytes;
    depth++;
  }

  /** The innermost object has ended. */
  void close() {
    depth--;
    names = first[depth];
    meantBytes = firstMeant[depth];
    tables[depth] = null;
  }

  /**
   * Adds a name to the innermost object; false if the object has it already.
   *
   * @param escapes whether the text between the two places has escapes, all of them well formed
   */
  boolean add(int begin, int end, boolean escapes) {
    if (names == from.length) {
      from = Arrays.copyOf(from, 2 * names);
      length = Arrays.copyOf(length, 2 * names);
      hash = Arrays.copyOf(hash, 2 * names);
    }
    if (escapes) {
      from[names] = ~meantBytes;
      appendMeaning(begin, end);
      length[names] = meantBytes - ~from[names];
    } else {
      from[names] = begin;
      length[names] = end - begin;
    }
    int count = names - first[depth - 1];
    boolean isNew = count < FEW ? searched() : entered(count);
    names++;
    return isNew;
  }

  private boolean searched() {
    for (int i = first[depth - 1]; i < names; i++) {
      if (same(i, names)) {
        return false;
      }
    }
    return true;
  }

  private boolean entered(int count) {
    int[] table = tables[depth - 1];
    if (table == null || 2 * (count + 1) > table.length) {
      table = enlarged(table, count);
    }
    hash[names] = hashOf(names);
    for (int slot = hash[names] & (table.length - 1); ; slot = (slot + 1) & (table.length - 1)) {
      if (table[slot] == 0) {
        table[slot] = names + 1;
        return true;
      }
      int other = table[slot] - 1;
      if (hash[other] == hash[names] && same(other, names)) {
        return false;
      }
    }
  }

  /** A table of the names there are, with room for as many again; 0 is an empty slot. */
  private int[] enlarged(int @Nullable [] old, int count) {
    int[] table = new int[Integer.highestOneBit(count) * 4];
    for (int i = first[depth - 1]; i < names; i++) {
      if (old == null) {
        hash[i] = hashOf(i);
      }
      int slot = hash[i] & (table.length - 1);
      while (table[slot] != 0) {
        slot = (slot + 1) & (table.length - 1);
      }
      table[slot] = i + 1;
    }
    tables[depth - 1] = table;
    return table;
  }

  private int hashOf(int name) {
    return HASH.hashBytes(source(name), start(name), length[name]).asInt();
  }

  private boolean same(int a, int b) {
    return length[a] == length[b]
        && Arrays.equals(
            source(a), start(a), start(a) + length[a], source(b), start(b), start(b) + length[b]);
  }

  private byte[] source(int name) {
    return from[name] < 0 ? meant : in;
  }

  private int start(int name) {
    return from[name] < 0 ? ~from[name] : from[name];
  }

  private void appendMeaning(int begin, int end) {
    if (meant.length - meantBytes < end - begin) {
      // A decoded name is never longer than its text.
      meant = Arrays.copyOf(meant, Math.max(2 * meant.length, meantBytes + end - begin));
    }
    int i = begin;
    while (i < end) {
      if (in[i] != '\\') {
        meant[meantBytes++] = in[i++];
        continue;
      }
      int c = JsonValue.escaped(in, i);
      i += JsonValue.escapeLength(in, i);
      if (i < end && Character.isHighSurrogate((char) c) && in[i] == '\\') {
        int low = JsonValue.escaped(in, i);
        if (Character.isLowSurrogate((char) low)) {
          c = Character.toCodePoint((char) c, (char) low);
          i += JsonValue.escapeLength(in, i);
        }
      }
      appendCodePoint(c);
    }
  }

  private void appendCodePoint(int c) {
    if (c < 0x80) {
      meant[meantBytes++] = (byte) c;
    } else if (c < 0x800) {
      meant[meantBytes++] = (byte) (0xc0 | c >> 6);
      appendTail(c);
    } else if (c < 0x10000) {
      meant[meantBytes++] = (byte) (0xe0 | c >> 12);
      appendTail(c >> 6);
      appendTail(c);
    } else {
      meant[meantBytes++] = (byte) (0xf0 | c >> 18);
      appendTail(c >> 12);
      appendTail(c >> 6);
      appendTail(c);
    }
  }

  private void appendTail(int c) {
    meant[meantBytes++] = (byte) (0x80 | (c & 0x3f));
  }
}
