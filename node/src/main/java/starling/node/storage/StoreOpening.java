package starling.node.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;

/**
 * Opens the files of a store: reads the metadata, recovers log and index, begins a new segment, and
 * saves the shutdown state that the next open needs.
 *
 * @param values the metadata that the node saved
 * @param writer writes the end of the log, in a new segment
 * @param log what recovery found
 * @param report what opening found, for the node
 */
record StoreOpening(
    Map<String, byte[]> values,
    SegmentPool pool,
    SegmentIds ids,
    LogWriter writer,
    RecoveredLog log,
    ShutdownState life,
    Damage damage,
    StorageRecovery report) {

  /**
   * Blocks.
   *
   * @throws StoreRefusedException if the files belong to another store or have another version
   */
  static StoreOpening open(Disk disk, StorageConfig config, StoragePorts ports) throws IOException {
    MetadataFiles files = new MetadataFiles(disk, config.storeId());
    List<String> damagedMeta = new ArrayList<>();
    Map<String, byte[]> values = files.readAll(damagedMeta);
    byte[] lastLife = values.remove(ShutdownState.NAME);
    byte[] lastManifest = values.remove(Manifest.NAME);
    ShutdownState before = lastLife == null ? null : ShutdownState.decode(lastLife);
    Manifest manifest = lastManifest == null ? null : Manifest.decode(lastManifest);
    LogRecovery recovery =
        new LogRecovery(
            disk,
            config,
            manifest,
            before != null && before.clean() ? before.knownSegment() : 0,
            before == null ? List.of() : before.damage(),
            ports.identity());
    SegmentPool pool = new SegmentPool(disk, config.segmentBytes());
    RecoveredLog log = recovery.run();
    pool.open();

    boolean fresh = before == null && values.isEmpty() && damagedMeta.isEmpty();
    fresh &= log.nextSegmentId() == 1;
    boolean noValues = values.isEmpty() && damagedMeta.isEmpty();
    String loss = fresh ? null : loss(before, config.bootId(), log.endOfSegments(), noValues);
    Damage damage = Damage.of(before, log.corruptRanges(), log.index().segments, log.rebuilt());
    SegmentIds ids =
        new SegmentIds(
            config.storeId(), ports.identity().nextLong(), log.nextSegmentId(), log.lastHot());
    LogWriter end = new LogWriter(config, files, ports.clock(), pool, ids);
    ShutdownState life =
        new ShutdownState(
            false,
            false,
            loss != null,
            config.bootId(),
            end.segment().id(),
            damage.handled(),
            damage.unhandled());
    files.write(ShutdownState.NAME, life.encode());
    recovery.discardEmptyEnd();
    // The manifest is rebuilt, and a damaged shutdown state is reported as a possible loss.
    damagedMeta.remove(ShutdownState.NAME);
    damagedMeta.remove(Manifest.NAME);
    StorageRecovery report =
        new StorageRecovery(
            fresh,
            log.records(),
            log.tornBytes(),
            damage.unhandled(),
            damagedMeta,
            loss,
            log.end());
    return new StoreOpening(values, pool, ids, end, log, life, damage, report);
  }

  /** Why acknowledged writes may be lost, or null. */
  private static @Nullable String loss(
      @Nullable ShutdownState before, String bootId, long endOfSegments, boolean noValues) {
    if (before == null) {
      return noValues
          ? "the directory meta is empty and log is not: the metadata of this node about itself and"
              + " its cluster is lost"
          : "the file meta/" + ShutdownState.NAME + " is missing or damaged";
    }
    if (before.knownSegment() >= endOfSegments) {
      return endOfSegments == 1
          ? "the directory log is empty, and segment "
              + before.knownSegment()
              + " existed: the data of this node is lost"
          : "the directory log ends before segment "
              + before.knownSegment()
              + ", which existed: the latest writes are lost";
    }
    if (before.mayHaveLost()) {
      return "losses that an earlier start found are not repaired yet";
    }
    boolean unsynced = !before.clean() && before.acknowledgedUnsynced();
    return unsynced && !before.bootId().equals(bootId)
        ? "the machine went down with writes that were not fsynced"
        : null;
  }
}
