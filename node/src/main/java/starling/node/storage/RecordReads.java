package starling.node.storage;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.port.Clock;

/**
 * Reads single records: in place when they come from the page cache, on a reader's thread when they
 * come from the disk. A read from the cache costs less than waking another thread; one from the
 * disk would hold up everything else the owner does. Which it will be cannot be asked for, so the
 * past is asked: a segment that made the owner wait twice is left to the readers for a while, then
 * tried again; a single slow read among many may have been anything. Called by the owner.
 */
final class RecordReads {
  private static final int WINDOW_BYTES = 256 << 10;
  private static final int BUSIEST = 1024;

  /** What came of a read. */
  record Read(@Nullable Key key, byte @Nullable [] set, long versionHash, @Nullable String flaw) {}

  private final StorageConfig config;
  private final Executor readers;
  private final Executor owner;
  private final Clock clock;
  private final SegmentReader reader = new SegmentReader(WINDOW_BYTES);
  private final ThreadLocal<SegmentReader> ofThread =
      ThreadLocal.withInitial(() -> new SegmentReader(WINDOW_BYTES));
  private int underWay;
  private long handedOn;

  RecordReads(StorageConfig config, Executor readers, Executor owner, Clock clock) {
    this.config = config;
    this.readers = readers;
    this.owner = owner;
    this.clock = clock;
  }

  long handedOn() {
    return handedOn;
  }

  /** Reads the record at a location; may answer before it returns. */
  void read(Segment segment, long location, int length, Consumer<Read> answer) {
    long now = clock.nanoTime();
    boolean cold = segment.coldUntil() > now || config.slowReadNanos() == 0;
    if (!cold || underWay >= BUSIEST) {
      Read read = read(reader, segment, location, length);
      note(segment, now);
      answer.accept(read);
      return;
    }
    underWay++;
    handedOn++;
    segment.hold();
    readers.execute(
        () -> {
          Read read = read(ofThread.get(), segment, location, length);
          owner.execute(
              () -> {
                underWay--;
                segment.letGo();
                answer.accept(read);
              });
        });
  }

  private void note(Segment segment, long began) {
    long ended = clock.nanoTime();
    if (segment.slowReads(ended - began > config.slowReadNanos())) {
      segment.coldUntil(ended + config.coldNanos());
    }
  }

  private Read read(SegmentReader reader, Segment segment, long location, int length) {
    long offset = Location.offset(location);
    try {
      reader.forget();
      RecordHead head = reader.head(segment, offset, offset + length);
      if (head == null || head.length() != length || head.type() != RecordLayout.PUT) {
        return flaw("its checksum does not hold");
      }
      byte[] body = reader.body(segment, offset, head);
      if (body == null) {
        return flaw("its checksum does not hold");
      }
      Key key = reader.key(segment, offset, head);
      byte[] set = PackedBody.unpack(head.flags(), body, config.maxRecordBytes());
      return new Read(key, set, head.second(), null);
    } catch (IOException e) {
      return flaw("it could not be read: " + e);
    }
  }

  private static Read flaw(String reason) {
    return new Read(null, null, 0, reason);
  }
}
