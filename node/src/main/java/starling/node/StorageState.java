package starling.node;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.port.Clock;
import starling.node.storage.CorruptRange;
import starling.node.storage.StorageRecovery;

/** The present shortages of the store, for the log and for the status of the node. */
final class StorageState {
  private static final Logger log = LoggerFactory.getLogger(StorageState.class);

  private final Clock clock;
  private boolean diskFull;
  private @Nullable String waitsFor;
  private long waitsSinceNanos;

  StorageState(Clock clock) {
    this.clock = clock;
  }

  /** Logs what opening the store has found, for the operator. */
  void onOpened(StorageRecovery recovery) {
    String loss = recovery.loss();
    if (loss != null) {
      log.warn(
          "{}; all partitions of this node are incomplete and excluded from reads until they were compared with the other replicas",
          loss);
    }
    List<CorruptRange> ranges = recovery.corruptRanges();
    List<CorruptRange> missing = ranges.stream().filter(CorruptRange::segmentMissing).toList();
    if (!missing.isEmpty()) {
      log.error(
          "{} segments of the log are missing, {} to {}: their data must come back from the other replicas",
          missing.size(),
          missing.get(0).segment(),
          missing.get(missing.size() - 1).segment());
    }
    for (CorruptRange range : ranges) {
      if (!range.segmentMissing()) {
        log.error("the log has a corrupt range, which is quarantined: {}", range);
      }
    }
  }

  /** The log has failed; nothing is acknowledged any more. */
  void onStorageFailure(String reason) {
    log.error(
        "the log has failed and this node stops serving; check the disk and restart the node: {}",
        reason);
  }

  /** The disk has too little room for more, or has enough again. */
  void onRoomChanged(boolean full, String reason) {
    diskFull = full;
    if (full) {
      log.error(
          "less than storage.minFreeBytes is free on the disk: writes are rejected, reads go on; free some space: {}",
          reason);
    } else {
      log.info("the disk has room again, writes are accepted: {}", reason);
    }
  }

  /**
   * The store waits for a resource that may come back, such as free descriptors, or continues
   * (null).
   */
  void onStorageStall(@Nullable String reason) {
    if (reason != null) {
      waitsFor = reason;
      waitsSinceNanos = clock.nanoTime();
      log.error(
          "the store waits and tries again; writes are rejected meanwhile, reads go on: {}",
          reason);
    } else {
      log.info(
          "the store continues after {} ms, writes are accepted: {}",
          (clock.nanoTime() - waitsSinceNanos) / 1_000_000,
          waitsFor);
      waitsFor = null;
    }
  }

  /** Warnings for the operator, one line each. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (diskFull) {
      warnings.add(
          "less than storage.minFreeBytes is free on the disk: writes are rejected with 507");
    }
    if (waitsFor != null) {
      warnings.add("the store waits, writes are rejected with 503: " + waitsFor);
    }
    return warnings;
  }
}
