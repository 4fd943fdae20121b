package starling.node.topology;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Fetches chosen records that this node lacks, and sends those that others lack. One fetch is under
 * way at a time, whatever many peers announce.
 */
final class CatchUp {
  /** Records of one answer, in bytes. */
  private static final long MAX_ANSWER_BYTES = RingRecord.MAX_BYTES;

  private final UUID self;
  private final RecordLog log;
  private final Outbox outbox;
  private final long askAgainNanos;

  /** The last record that some peer announced, and that peer. */
  private long announced;

  private @Nullable UUID announcer;
  private boolean fetching;
  private long dueNanos;

  CatchUp(UUID self, RecordLog log, Outbox outbox, long askAgainNanos) {
    this.self = self;
    this.log = log;
    this.outbox = outbox;
    this.askAgainNanos = askAgainNanos;
  }

  /** A peer knows a record that this node lacks. */
  void onAnnounced(UUID from, long number, long nowNanos) {
    announced = Math.max(announced, number);
    announcer = from;
    fetch(from, nowNanos);
  }

  /** A peer seems to know more than this node. */
  void fetch(UUID from, long nowNanos) {
    if (from.equals(self) || (fetching && nowNanos - dueNanos < 0)) {
      return;
    }
    fetching = true;
    dueNanos = nowNanos + askAgainNanos;
    outbox.send(from, new ConsensusMessage.Fetch(log.state().line(), log.last()));
  }

  /** Records of this peer have made the log longer. */
  void onProgress(UUID from, long nowNanos) {
    fetching = false;
    if (announced > log.last()) {
      fetch(from, nowNanos);
    }
  }

  void tick(long nowNanos) {
    UUID peer = announcer;
    if (announced > log.last() && peer != null) {
      fetch(peer, nowNanos);
    }
  }

  /** Sends the records after a number, as many as fit; the peer fetches the rest. */
  void sendRecords(UUID to, long after) {
    List<RingRecord> records = log.after(after, MAX_ANSWER_BYTES);
    if (!records.isEmpty()) {
      outbox.send(to, new ConsensusMessage.Records(log.state().line(), records));
    }
  }
}
