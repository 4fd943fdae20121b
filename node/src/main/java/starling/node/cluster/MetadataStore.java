package starling.node.cluster;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.cluster.Gossip;
import starling.node.cluster.MetadataType.Effect;

/**
 * Stores cluster metadata on disk, and reports changed values to this node once they take effect.
 *
 * <p>Invariant: a value takes effect on this node only when it is durable here, except for types
 * that take effect at once ({@link Effect#AT_ONCE}).
 */
final class MetadataStore {
  private static final Logger log = LoggerFactory.getLogger(MetadataStore.class);

  static final String FILE = "facts";

  /** Values that only other nodes need change often; this is the interval of their saves. */
  private static final long SELDOM_NANOS = 10_000_000_000L;

  private final MetaFiles files;
  private final ClusterMetadata metadata;
  private final Consumer<Gossip> perform;

  /** Values that become durable before gossip receives them. */
  private final SortedMap<String, byte[]> unpublished = new TreeMap<>();

  private @Nullable Gossip gossip;
  private boolean seldomDue;
  private long nextSeldomNanos = Long.MIN_VALUE;

  /**
   * @param perform carries out the actions of gossip
   */
  MetadataStore(MetaFiles files, ClusterMetadata metadata, Consumer<Gossip> perform) {
    this.files = files;
    this.metadata = metadata;
    this.perform = perform;
  }

  /** The values of the last process. */
  SortedMap<String, byte[]> restored() {
    byte[] kept = files.read(FILE);
    return kept == null ? new TreeMap<>() : ClusterMetadata.decode(kept);
  }

  /** Sets the gossip that spreads values. */
  void begin(Gossip begun) {
    gossip = begun;
  }

  /** Whether some node has stated this value, as far as this node knows. */
  boolean knows(String name) {
    return value(name) != null;
  }

  /** The join of all values of this name that this node knows, or null. */
  byte @Nullable [] value(String name) {
    Gossip present = gossip;
    return present == null ? null : present.fact(name);
  }

  /** Joins a value. False if it is no value of its type. */
  boolean merge(String name, byte[] value) {
    Gossip present = gossip;
    if (present == null) {
      return false;
    }
    try {
      present.update(name, value);
      perform.accept(present);
      return true;
    } catch (IllegalArgumentException e) {
      log.warn("a value of {} was rejected: {}", name, e.getMessage());
      return false;
    }
  }

  /** The same, and reports whether all known values are durable. */
  void mergeDurably(String name, byte[] value, Consumer<Boolean> durable) {
    if (!merge(name, value)) {
      durable.accept(false);
      return;
    }
    save(() -> durable.accept(true), () -> durable.accept(false));
  }

  /** Makes a value durable here, and only then joins and spreads it. */
  void publishDurably(String name, byte[] value) {
    unpublished.put(name, value);
    save(
        () -> {
          unpublished.remove(name, value);
          var unused = merge(name, value);
        },
        () -> unpublished.remove(name, value));
  }

  /** Gossip has joined a value. */
  void onChanged(String name) {
    Effect effect = metadata.effect(name);
    if (effect == Effect.NONE) {
      seldomDue = true;
      return;
    }
    byte[] value = value(name);
    if (value == null) {
      return;
    }
    if (effect == Effect.AT_ONCE) {
      metadata.changed(name, value);
      save(() -> {}, () -> {});
    } else {
      save(() -> metadata.changed(name, value), () -> {});
    }
  }

  void tick(long nowNanos) {
    if (seldomDue && nowNanos >= nextSeldomNanos) {
      seldomDue = false;
      nextSeldomNanos = nowNanos + SELDOM_NANOS;
      save(() -> {}, () -> {});
    }
  }

  private void save(Runnable saved, Runnable failed) {
    Gossip present = gossip;
    if (present == null) {
      failed.run();
      return;
    }
    files.save(
        FILE,
        () -> encoded(present),
        failure -> {
          if (failure == null) {
            saved.run();
          } else {
            failed.run();
          }
        });
  }

  /** All values for the file, with those that are about to be published. */
  private byte[] encoded(Gossip present) {
    SortedMap<String, byte[]> kept = new TreeMap<>(present.facts());
    unpublished.forEach(
        (name, value) -> kept.merge(name, value, (a, b) -> metadata.join(name, a, b)));
    return ClusterMetadata.encode(kept);
  }
}
