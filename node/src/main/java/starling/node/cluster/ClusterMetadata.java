package starling.node.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import starling.gossip.cluster.Merge;
import starling.node.cluster.MetadataType.Effect;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/**
 * The types of metadata that all nodes share by gossip, and their listeners on this node. Gossip
 * spreads the values without looking inside.
 *
 * <p>All values are on disk in one file:
 *
 * <pre>
 *   01                    format of the file
 *   02                    how many values, varint
 *   04 72 69 6e 67 ...    name, value: each with its length
 * </pre>
 */
public final class ClusterMetadata implements Merge {
  /** Called for a changed value. */
  public interface Listener {
    /**
     * @param which the name after the prefix of the type; empty for a type of one value
     */
    void onChange(String which, byte[] value);
  }

  private record Registered(MetadataType type, Listener listener) {}

  private static final int FORMAT = 1;

  private final List<Registered> types = new ArrayList<>();

  /** Registers a type and its listener. */
  public void register(MetadataType type, Listener listener) {
    types.add(new Registered(type, listener));
  }

  private @Nullable Registered find(String name) {
    for (Registered each : types) {
      if (each.type.covers(name)) {
        return each;
      }
    }
    return null;
  }

  @Override
  public byte[] join(String name, byte[] a, byte[] b) {
    if (Arrays.equals(a, b)) {
      return a;
    }
    Registered known = find(name);
    if (known == null) {
      // A type of a newer version: hold the same value everywhere, and pass it on.
      return Arrays.compareUnsigned(a, b) >= 0 ? a : b;
    }
    try {
      return known.type.join().apply(a, b);
    } catch (MalformedException e) {
      throw new IllegalArgumentException("metadata " + name + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void check(String name, byte[] value) {
    Registered known = find(name);
    try {
      if (known != null) {
        known.type.check().accept(value);
      }
    } catch (MalformedException e) {
      throw new IllegalArgumentException("metadata " + name + ": " + e.getMessage(), e);
    }
  }

  /** The ring, and what is needed to read contexts and to serve buckets. */
  @Override
  public boolean suffices(Set<String> names) {
    return names.containsAll(
        Set.of(
            MetadataType.RING.name(),
            MetadataType.CONTEXT_KEYS.name(),
            MetadataType.DEFAULTS.name()));
  }

  /** When a change of this value takes effect here. */
  Effect effect(String name) {
    Registered known = find(name);
    return known == null ? Effect.WHEN_DURABLE : known.type.effect();
  }

  /** Calls the listener of the value's type. */
  void changed(String name, byte[] value) {
    Registered known = find(name);
    if (known != null) {
      known.listener.onChange(name.substring(known.type.name().length()), value);
    }
  }

  static byte[] encode(SortedMap<String, byte[]> values) {
    BinaryWriter out = new BinaryWriter(1024);
    out.u8(FORMAT);
    out.varint(values.size());
    values.forEach((name, value) -> out.text(name).bytes(value));
    return out.toBytes();
  }

  /**
   * Reads stored values.
   *
   * @throws MalformedException if the bytes are of another format
   */
  public static SortedMap<String, byte[]> decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    int format = in.u8("the format of facts");
    if (format != FORMAT) {
      throw new MalformedException(
          "cluster metadata of format " + format + "; this version reads format " + FORMAT);
    }
    int count = in.count(2, "the number of facts");
    SortedMap<String, byte[]> values = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      values.put(in.text("the name of a fact"), in.bytes("a fact"));
    }
    in.end("the facts");
    return values;
  }
}
