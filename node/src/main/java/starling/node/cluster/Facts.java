package starling.node.cluster;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import starling.gossip.Merge;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.ContextKeys;
import starling.node.version.MalformedException;
import starling.ring.RingFacts;

/**
 * The facts that all nodes share, by name, how two statements of one are joined, and how they are
 * kept on disk. Gossip spreads them without looking inside.
 *
 * <pre>
 *   01                    format of the facts on disk
 *   02                    how many, varint
 *   04 72 69 6e 67 ...    name, value: each with its length
 * </pre>
 */
public final class Facts implements Merge {
  /** Who owns which token: {@link RingFacts}. */
  public static final String RING = "ring";

  /** The keys that contexts are signed with: {@link ContextKeys}. */
  public static final String CONTEXT_KEYS = "context-keys";

  /** The properties of a bucket that has none of its own, in force since the founding. */
  public static final String DEFAULTS = "defaults";

  /** Followed by a bucket's name: a {@link BucketRegister}. */
  public static final String BUCKET = "bucket/";

  /** Followed by a node's id: a {@link HintHolder}. */
  public static final String HINTS = "hints/";

  /** Followed by a node's id: how far it has come, {@link Shown}. */
  public static final String SHOWN = "shown/";

  private static final int FORMAT = 1;

  @Override
  public byte[] join(String name, byte[] a, byte[] b) {
    if (Arrays.equals(a, b)) {
      return a;
    }
    try {
      if (name.equals(RING)) {
        return RingFacts.decode(a).join(RingFacts.decode(b)).encode();
      }
      if (name.equals(CONTEXT_KEYS)) {
        return ContextKeys.decode(a, 0).join(ContextKeys.decode(b, 0), 0).encode();
      }
      if (name.equals(DEFAULTS) || name.startsWith(BUCKET)) {
        return BucketRegister.join(a, b);
      }
      if (name.startsWith(HINTS)) {
        return HintHolder.join(a, b);
      }
      if (name.startsWith(SHOWN)) {
        return Shown.decode(a).join(Shown.decode(b)).encode();
      }
    } catch (MalformedException e) {
      throw new IllegalArgumentException("fact " + name + ": " + e.getMessage(), e);
    }
    // A fact of a newer version: keep the same one everywhere, and pass it on.
    return Arrays.compareUnsigned(a, b) >= 0 ? a : b;
  }

  @Override
  public void check(String name, byte[] value) {
    try {
      if (name.equals(RING)) {
        var unused = RingFacts.decode(value);
      } else if (name.equals(CONTEXT_KEYS)) {
        var unused = ContextKeys.decode(value, 0);
      } else if (name.equals(DEFAULTS) || name.startsWith(BUCKET)) {
        var unused = BucketRegister.decode(value);
      } else if (name.startsWith(HINTS)) {
        var unused = HintHolder.decode(value);
      } else if (name.startsWith(SHOWN)) {
        var unused = Shown.decode(value);
      }
    } catch (MalformedException e) {
      throw new IllegalArgumentException("fact " + name + ": " + e.getMessage(), e);
    }
  }

  static byte[] encode(SortedMap<String, byte[]> facts) {
    BinaryWriter out = new BinaryWriter(1024);
    out.u8(FORMAT);
    out.varint(facts.size());
    facts.forEach((name, value) -> out.text(name).bytes(value));
    return out.toBytes();
  }

  /**
   * Reads facts that were kept.
   *
   * @throws MalformedException if the bytes are of another format
   */
  public static SortedMap<String, byte[]> decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    int format = in.u8("the format of facts");
    if (format != FORMAT) {
      throw new MalformedException(
          "facts of format " + format + "; this version reads format " + FORMAT);
    }
    int count = in.count(2, "the number of facts");
    SortedMap<String, byte[]> facts = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      facts.put(in.text("the name of a fact"), in.bytes("a fact"));
    }
    in.end("the facts");
    return facts;
  }
}
