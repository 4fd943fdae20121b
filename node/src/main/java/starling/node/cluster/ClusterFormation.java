package starling.node.cluster;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.cluster.ClusterIdentity;
import starling.node.config.NodeSettings;
import starling.node.port.Clock;
import starling.node.port.Randomness;
import starling.node.port.Timers;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.ContextKeys;
import starling.ring.RingFacts;
import starling.ring.RingNode;

/**
 * How a node enters a cluster: it founds one, or joins the one of its seeds.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>The metadata of a cluster is durable before its identity: no crash, and no loss of the
 *       founder, leaves a node that knows a cluster and not its ring.
 *   <li>A durable cluster identity never changes.
 * </ol>
 */
final class ClusterFormation {
  private static final Logger log = LoggerFactory.getLogger(ClusterFormation.class);

  static final String FILE = "cluster";

  private final NodeSettings settings;
  private final MetaFiles files;
  private final Clock clock;
  private final Timers timers;
  private final Randomness randomness;
  private final OwnId ownId;
  private final BiConsumer<ClusterIdentity, SortedMap<String, byte[]>> entered;

  /** Whether it was logged that the file of the id cannot be written. */
  private boolean memberNoteWaits;

  /**
   * @param entered called with the cluster of this node and its metadata once both are durable
   */
  ClusterFormation(
      NodeSettings settings,
      MetaFiles files,
      Clock clock,
      Timers timers,
      Randomness randomness,
      OwnId ownId,
      BiConsumer<ClusterIdentity, SortedMap<String, byte[]>> entered) {
    this.settings = settings;
    this.files = files;
    this.clock = clock;
    this.timers = timers;
    this.randomness = randomness;
    this.ownId = ownId;
    this.entered = entered;
  }

  /** The cluster that the last process belonged to, or null. */
  @Nullable ClusterIdentity restored() {
    byte[] kept = files.read(FILE);
    if (kept == null) {
      return null;
    }
    BinaryReader in = new BinaryReader(kept);
    MetaFiles.requireFormat(in.u8("the format of a cluster identity"), "a cluster identity");
    return new ClusterIdentity(MetaFiles.readId(in), in.i64("a time"), MetaFiles.readId(in));
  }

  void found() {
    ClusterIdentity identity =
        new ClusterIdentity(
            new UUID(randomness.identity().nextLong(), randomness.identity().nextLong()),
            clock.wallMillis(),
            settings.id());
    log.info("founding the cluster {} {}", settings.clusterName(), identity.id());
    RingNode self =
        RingNode.normal(settings.id()).withZone(settings.zone()).withWeight(settings.weight());
    RingFacts ring = RingFacts.found(settings.partitions(), settings.defaults().n(), List.of(self));
    ContextKeys keys = ContextKeys.EMPTY.withNew(randomness.identity(), clock.wallMillis());
    SortedMap<String, byte[]> metadata = new TreeMap<>();
    metadata.put(MetadataType.RING.name(), ring.encode());
    metadata.put(MetadataType.CONTEXT_KEYS.name(), keys.encode());
    metadata.put(MetadataType.DEFAULTS.name(), new BucketRegister(1, settings.defaults()).encode());
    saveThenEnter(identity, metadata);
  }

  /** Replaces the remains of an unfinished founding, which must not enter this cluster. */
  void join(ClusterIdentity cluster, SortedMap<String, byte[]> metadata) {
    log.info("joining the cluster {} {}", settings.clusterName(), cluster.id());
    saveThenEnter(cluster, metadata);
  }

  private void saveThenEnter(ClusterIdentity identity, SortedMap<String, byte[]> metadata) {
    files.save(
        MetadataStore.FILE,
        () -> ClusterMetadata.encode(metadata),
        failure -> {
          if (failure == null) {
            enter(identity, metadata);
          }
        });
  }

  private void enter(ClusterIdentity identity, SortedMap<String, byte[]> metadata) {
    BinaryWriter out = new BinaryWriter(64);
    out.u8(MetaFiles.FORMAT);
    MetaFiles.writeId(out, identity.id());
    out.i64(identity.foundedMillis());
    MetaFiles.writeId(out, identity.founder());
    files.save(
        FILE,
        out::toBytes,
        failure -> {
          if (failure == null) {
            noteMember(() -> entered.accept(identity, metadata));
          }
        });
  }

  /** Continues once the id's membership is durable, even if all else is lost later. */
  void noteMember(Runnable durable) {
    if (settings.wasMember()) {
      durable.run();
      return;
    }
    ownId.noteMember(
        failure -> {
          if (failure == null) {
            if (memberNoteWaits) {
              log.info("the file {} is written", NodeId.FILE);
            }
            durable.run();
            return;
          }
          if (!memberNoteWaits) {
            memberNoteWaits = true;
            log.error(
                "the file {} cannot be written; the node tries again until it can: {}",
                NodeId.FILE,
                failure.getMessage());
          }
          var unused = timers.after(MetaFiles.RETRY_NANOS, () -> noteMember(durable));
        });
  }
}
