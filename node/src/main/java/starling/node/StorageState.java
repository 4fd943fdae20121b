package starling.node;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.port.Clock;

/** What the store lacks at present, for the log and for the status of the node. */
final class StorageState {
  private static final Logger log = LoggerFactory.getLogger(StorageState.class);

  private final Clock clock;
  private boolean diskFull;
  private @Nullable String waitsFor;
  private long waitsSinceNanos;

  StorageState(Clock clock) {
    this.clock = clock;
  }

  /** The log has failed; nothing is acknowledged any more. */
  void onStorageFailure(String reason) {
    log.error("the log has failed, this node serves no more until it is restarted: {}", reason);
  }

  /** The disk has too little room for more, or has enough again. */
  void onRoomChanged(boolean full, String reason) {
    diskFull = full;
    if (full) {
      log.error("the disk has no room to spare, writes are refused and reads go on: {}", reason);
    } else {
      log.info("the disk has room again, writes are taken: {}", reason);
    }
  }

  /** The store waits for something that may pass, as free descriptors, or goes on (null). */
  void onStorageStall(@Nullable String reason) {
    if (reason != null) {
      waitsFor = reason;
      waitsSinceNanos = clock.nanoTime();
      log.error(
          "the store waits and tries again, writes are refused meanwhile and reads go on: {}",
          reason);
    } else {
      log.info(
          "the store goes on after {} ms, writes are taken: {}",
          (clock.nanoTime() - waitsSinceNanos) / 1_000_000,
          waitsFor);
      waitsFor = null;
    }
  }

  /** What the operator should know, one line each. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (diskFull) {
      warnings.add("the disk has no room to spare: writes are refused with 507");
    }
    if (waitsFor != null) {
      warnings.add("the store waits, writes are refused with 503: " + waitsFor);
    }
    return warnings;
  }
}
