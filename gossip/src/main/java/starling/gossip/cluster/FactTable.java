package starling.gossip.cluster;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The facts all nodes share, by name: values that only grow, because a new value is joined with the
 * present one. Only {@link Merge} knows their meaning.
 *
 * <ol>
 *   <li>At most {@link #MAX_FACTS}, each of at most {@link #MAX_VALUE_BYTES}; a value beyond that
 *       is rejected with an explanatory error and changes nothing.
 *   <li>Equal hashes mean equal facts (64 bits of SHA-256: no accidental collisions; no defence
 *       against an attacker, because members trust each other).
 * </ol>
 */
final class FactTable {
  static final int MAX_FACTS = 10_000;
  static final int MAX_NAME_CHARS = 128;
  static final int MAX_VALUE_BYTES = 4 << 20;

  /** A value and its hash. */
  private static final class Fact {
    final byte[] value;
    final long hash;

    Fact(String name, byte[] value) {
      this.value = value;
      this.hash = hashOf(name, value);
    }
  }

  private final Merge merge;
  private final TreeMap<String, Fact> facts = new TreeMap<>();
  private long hash;

  FactTable(Merge merge) {
    this.merge = merge;
  }

  /**
   * Joins a value; returns whether that changed anything.
   *
   * @throws IllegalArgumentException if the bytes are no value of the fact, or do not fit
   */
  boolean join(String name, byte[] value) {
    Fact before = facts.get(name);
    if (before != null && Arrays.equals(before.value, value)) {
      return false;
    }
    requireBounds(name, value.length, before == null);
    merge.check(name, value);
    byte[] joined = before == null ? value.clone() : merge.join(name, before.value, value);
    if (before != null && Arrays.equals(before.value, joined)) {
      return false;
    }
    requireBounds(name, joined.length, before == null);
    Fact after = new Fact(name, joined);
    facts.put(name, after);
    // A sum, so that the order in which facts came does not matter.
    hash += after.hash - (before == null ? 0 : before.hash);
    return true;
  }

  /**
   * Checks a value that is to be the first of its fact.
   *
   * @throws IllegalArgumentException as {@link #join} does
   */
  void check(String name, byte[] value) {
    requireBounds(name, value.length, true);
    merge.check(name, value);
  }

  /** Whether a node that knows the facts of these names can take part in their cluster. */
  boolean suffice(Set<String> names) {
    return merge.suffices(names);
  }

  /** The value, not to be changed; null if there is none. */
  byte @Nullable [] value(String name) {
    Fact fact = facts.get(name);
    return fact == null ? null : fact.value;
  }

  /** The value of a fact that exists, not to be changed. */
  byte[] require(String name) {
    byte[] value = value(name);
    if (value == null) {
      throw new IllegalStateException("no fact " + name);
    }
    return value;
  }

  SortedMap<String, byte[]> values() {
    SortedMap<String, byte[]> values = new TreeMap<>();
    facts.forEach((name, fact) -> values.put(name, fact.value));
    return Collections.unmodifiableSortedMap(values);
  }

  SortedMap<String, Long> hashes() {
    SortedMap<String, Long> hashes = new TreeMap<>();
    facts.forEach((name, fact) -> hashes.put(name, fact.hash));
    return hashes;
  }

  /** Over all names and values. */
  long hash() {
    return hash;
  }

  private void requireBounds(String name, int bytes, boolean isNew) {
    if (name.isEmpty() || name.length() > MAX_NAME_CHARS) {
      throw new IllegalArgumentException(
          "the name of a fact has 1 to " + MAX_NAME_CHARS + " characters, not " + name.length());
    }
    if (bytes > MAX_VALUE_BYTES) {
      throw new IllegalArgumentException(
          "fact " + name + " has " + bytes + " bytes, at most " + MAX_VALUE_BYTES);
    }
    if (isNew && facts.size() >= MAX_FACTS) {
      throw new IllegalArgumentException("fact " + name + " is one more than " + MAX_FACTS);
    }
  }

  private static long hashOf(String name, byte[] value) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(name.getBytes(StandardCharsets.UTF_8));
      sha.update((byte) 0);
      byte[] digest = sha.digest(value);
      long first = 0;
      for (int i = 0; i < Long.BYTES; i++) {
        first = first << 8 | (digest[i] & 0xff);
      }
      return first;
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }
}
