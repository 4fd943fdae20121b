package starling.node.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;

/**
 * Opens the files of a store: reads the metadata, recovers log and index, begins a new segment, and
 * says durably what the next open must know of this one.
 *
 * @param values the metadata that the node saved
 * @param writer the end of the log, in a new segment
 * @param log what recovery found
 * @param report what the node is told of it
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
   * @throws StoreRefusedException if the files are another store's or another version's
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
    // The index is made anew, and a life that cannot be read says that something may be lost.
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

  /** Why something that was acknowledged may be gone, or null. */
  private static @Nullable String loss(
      @Nullable ShutdownState before, String bootId, long endOfSegments, boolean noValues) {
    if (before == null) {
      return noValues
          ? "the directory meta is empty and log is not: what this node knew of itself and its"
              + " cluster is lost"
          : "the file meta/" + ShutdownState.NAME + " is missing or damaged";
    }
    if (before.knownSegment() >= endOfSegments) {
      return endOfSegments == 1
          ? "the directory log is empty, and segment "
              + before.knownSegment()
              + " was begun in it: the data of this node is lost"
          : "the directory log ends before segment "
              + before.knownSegment()
              + ", which was begun in it: what was written last is lost";
    }
    if (before.mayHaveLost()) {
      return "what an earlier start found lost has not come back yet";
    }
    boolean unsynced = !before.clean() && before.acknowledgedUnsynced();
    return unsynced && !before.bootId().equals(bootId)
        ? "the machine went down with writes that were not fsynced"
        : null;
  }
}
