package starling.node.version;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The ring of keys that contexts are authenticated with: the founder of a cluster makes the first,
 * any node adds one a day, and rings that meet become their union. Immutable.
 *
 * <p>Since when this node has held each key is remembered beside it and is no part of the ring's
 * value: a key signs only once it was held for {@link #SETTLE_MILLIS}, so that it has reached the
 * others before they receive a context signed with it. Where no key is that old, the oldest signs.
 *
 * <ol>
 *   <li>One key per id; where two claim one id, every node keeps the greater.
 *   <li>A key is forgotten {@link #KEEP_MILLIS} after it was made, the last one never.
 * </ol>
 *
 * <pre>
 * 01                        format 1
 * 01                        one key (varint), ascending by id, unsigned
 * 00 00 00 09               id
 * 00 00 00 00 00 00 03 e8   created, wall milliseconds
 * 32 bytes                  secret
 * </pre>
 */
public final class ContextKeys {
  /** No keys: nothing can be signed. */
  public static final ContextKeys EMPTY = new ContextKeys(new TreeMap<>());

  /** A key that this node has held for less time does not sign yet. */
  public static final long SETTLE_MILLIS = 10 * 60_000L;

  /** A new key is due when the newest is older than this. */
  public static final long RENEW_MILLIS = 24 * 3_600_000L;

  /** Contexts signed with a key are valid for at least this long. */
  public static final long KEEP_MILLIS = 90 * 24 * 3_600_000L;

  private static final int FORMAT = 1;
  private static final int KEY_BYTES = 4 + 8 + ContextKey.SECRET_BYTES;

  private record Held(ContextKey key, long sinceMillis) {}

  /** By id, unsigned. */
  private final SortedMap<Long, Held> byId;

  private ContextKeys(SortedMap<Long, Held> byId) {
    this.byId = byId;
  }

  private static long place(int id) {
    return Integer.toUnsignedLong(id);
  }

  /** This ring and one new key; its id is not one that the ring has. */
  public ContextKeys withNew(RandomGenerator identity, long nowMillis) {
    int id = identity.nextInt();
    while (byId.containsKey(place(id))) {
      id = identity.nextInt();
    }
    byte[] secret = new byte[ContextKey.SECRET_BYTES];
    identity.nextBytes(secret);
    return with(new ContextKey(id, secret, Math.max(0, nowMillis)), nowMillis);
  }

  /** This ring and this key, held from now on if it is new. */
  public ContextKeys with(ContextKey key, long nowMillis) {
    return with(List.of(key), nowMillis);
  }

  private ContextKeys with(Collection<ContextKey> keys, long nowMillis) {
    TreeMap<Long, Held> union = new TreeMap<>(byId);
    boolean news = false;
    for (ContextKey key : keys) {
      Held held = union.get(place(key.id()));
      if (held == null || held.key().compareTo(key) < 0) {
        union.put(place(key.id()), new Held(key, nowMillis));
        news = true;
      }
    }
    return news ? new ContextKeys(union) : this;
  }

  /** The union; new keys count as held from now on. This ring itself if none is new. */
  public ContextKeys join(ContextKeys other, long nowMillis) {
    return with(other.keys(), nowMillis);
  }

  /** Without expired keys; the newest always stays. */
  public ContextKeys pruned(long nowMillis) {
    TreeMap<Long, Held> kept = new TreeMap<>(byId);
    ContextKey newest = newest();
    kept.values()
        .removeIf(
            held ->
                !Objects.equals(held.key(), newest)
                    && nowMillis - held.key().createdMillis() > KEEP_MILLIS);
    return kept.size() == byId.size() ? this : new ContextKeys(kept);
  }

  /** Whether it is time for a node to add a key. */
  public boolean renewalDue(long nowMillis) {
    ContextKey newest = newest();
    return newest == null || nowMillis - newest.createdMillis() > RENEW_MILLIS;
  }

  private @Nullable ContextKey newest() {
    ContextKey newest = null;
    for (Held held : byId.values()) {
      newest = newest == null || newest.compareTo(held.key()) < 0 ? held.key() : newest;
    }
    return newest;
  }

  /**
   * The key to sign with: the newest of those held long enough, else the oldest.
   *
   * @throws IllegalStateException if there is none
   */
  public ContextKey signing(long nowMillis) {
    ContextKey settled = null;
    ContextKey oldest = null;
    for (Held held : byId.values()) {
      ContextKey key = held.key();
      oldest = oldest == null || key.compareTo(oldest) < 0 ? key : oldest;
      if (nowMillis - held.sinceMillis() >= SETTLE_MILLIS
          && (settled == null || settled.compareTo(key) < 0)) {
        settled = key;
      }
    }
    if (oldest == null) {
      throw new IllegalStateException("this node holds no key to sign contexts with yet");
    }
    return settled != null ? settled : oldest;
  }

  /** The key with this id, or null. */
  public @Nullable ContextKey key(int id) {
    Held held = byId.get(place(id));
    return held == null ? null : held.key();
  }

  public int size() {
    return byId.size();
  }

  public boolean isEmpty() {
    return byId.isEmpty();
  }

  /** All keys, ascending by id. */
  public List<ContextKey> keys() {
    List<ContextKey> keys = new ArrayList<>(byId.size());
    for (Held held : byId.values()) {
      keys.add(held.key());
    }
    return List.copyOf(keys);
  }

  /** Secrets included: for the node's own disk and for peers that are trusted with them only. */
  public byte[] encode() {
    BinaryWriter out = new BinaryWriter(2 + KEY_BYTES * byId.size());
    out.u8(FORMAT).varint(byId.size());
    for (Held held : byId.values()) {
      ContextKey key = held.key();
      out.i32(key.id()).i64(key.createdMillis()).raw(key.secret());
    }
    return out.toBytes();
  }

  /**
   * @param heldSinceMillis since when this node counts as holding them: 0 for those read from its
   *     own disk, now for those of a peer
   * @throws MalformedException if the bytes are anything but a ring of keys
   */
  public static ContextKeys decode(byte[] bytes, long heldSinceMillis) {
    BinaryReader in = new BinaryReader(bytes);
    int format = in.u8("the format of a ring of context keys");
    if (format != FORMAT) {
      throw new MalformedException(
          "a ring of context keys in format " + format + "; this program knows " + FORMAT);
    }
    int count = in.count(KEY_BYTES, "the number of context keys");
    TreeMap<Long, Held> byId = new TreeMap<>();
    long last = -1;
    for (int i = 0; i < count; i++) {
      int id = in.i32("the id of a context key");
      if (place(id) <= last) {
        throw new MalformedException("the ids of context keys are not ascending");
      }
      last = place(id);
      long created = in.i64("when a context key was made");
      if (created < 0) {
        throw new MalformedException("a context key made at " + created);
      }
      byte[] secret = in.raw(ContextKey.SECRET_BYTES, "the secret of a context key");
      byId.put(last, new Held(new ContextKey(id, secret, created), heldSinceMillis));
    }
    in.end("a ring of context keys");
    return byId.isEmpty() ? EMPTY : new ContextKeys(byId);
  }

  /** The same keys, however long they have been held. */
  @Override
  public boolean equals(Object other) {
    return other instanceof ContextKeys ring && keys().equals(ring.keys());
  }

  @Override
  public int hashCode() {
    return keys().hashCode();
  }

  @Override
  public String toString() {
    return "ContextKeys(" + byId.size() + ")";
  }
}
