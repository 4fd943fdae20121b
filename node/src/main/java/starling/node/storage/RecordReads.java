package starling.node.storage;

import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.port.Timers;

/**
 * Reads single records: on the owner's thread if the page cache holds them, on a reader's thread if
 * the disk must be read. A read from the cache costs less than waking another thread; a read from
 * the disk would delay everything else on the owner's thread. No call tells which it will be, so
 * past reads decide: after two slow reads of a segment the readers read it for a while; a single
 * slow read among many does not count. Called by the owner.
 *
 * <p>A read that fails with an error is no damage yet: EIO, too many open files or a lack of memory
 * may pass. The readers repeat it after each of {@link #PAUSES_NANOS}; only a record that no
 * attempt could read counts as damaged. A checksum that does not match is damage at once. Every
 * read is answered, even if it throws.
 */
final class RecordReads {
  private static final int WINDOW_BYTES = 256 << 10;
  private static final int BUSIEST = 1024;

  /** The pauses before the second attempt of a failed read, the third, and so on. */
  static final long[] PAUSES_NANOS = {1_000_000, 10_000_000, 100_000_000, 1_000_000_000};

  /**
   * The result of a read.
   *
   * @param failed it threw an error, so that another attempt may succeed
   */
  record Read(
      @Nullable Key key,
      byte @Nullable [] set,
      long versionHash,
      @Nullable String flaw,
      boolean failed) {}

  private final StorageConfig config;
  private final Executor readers;
  private final Executor owner;
  private final Clock clock;
  private final Timers timers;
  private final SegmentReader reader = new SegmentReader(WINDOW_BYTES, 1);
  private final ThreadLocal<SegmentReader> ofThread =
      ThreadLocal.withInitial(() -> new SegmentReader(WINDOW_BYTES, 1));
  private int underWay;
  private long bytesUnderWay;
  private long handedOn;
  private long triedAgain;

  RecordReads(StorageConfig config, Executor readers, Executor owner, Clock clock, Timers timers) {
    this.config = config;
    this.readers = readers;
    this.owner = owner;
    this.clock = clock;
    this.timers = timers;
  }

  long handedOn() {
    return handedOn;
  }

  /** Reads that failed with an error and were repeated. */
  long triedAgain() {
    return triedAgain;
  }

  /** Reads the record at a location; may answer before the call returns. Throws nothing. */
  void read(Segment segment, long location, int length, Consumer<Read> answer) {
    long now = clock.nanoTime();
    boolean cold = segment.coldUntil() > now || config.slowReadNanos() == 0;
    if (!cold || underWay >= BUSIEST || (underWay > 0 && bytesUnderWay + length > mostBytes())) {
      Read read = attempt(reader, segment, location, length);
      note(segment, now);
      if (read.failed()) {
        again(segment.hold(), location, length, 0, read, answer);
      } else {
        answer.accept(read);
      }
      return;
    }
    handedOn++;
    byReaders(segment.hold(), location, length, 0, answer);
  }

  /**
   * Records that the readers have read and the owner has not received yet are bounded like the
   * append queue.
   */
  private long mostBytes() {
    return config.queueBytes();
  }

  private void byReaders(
      Segment held, long location, int length, int failures, Consumer<Read> answer) {
    underWay++;
    bytesUnderWay += length;
    readers.execute(
        () -> {
          Read read = attempt(ofThread.get(), held, location, length);
          owner.execute(
              () -> {
                underWay--;
                bytesUnderWay -= length;
                if (read.failed()) {
                  again(held, location, length, failures, read, answer);
                } else {
                  held.letGo();
                  answer.accept(read);
                }
              });
        });
  }

  /** Repeats the read after a pause, or gives up. */
  private void again(
      Segment held, long location, int length, int failures, Read last, Consumer<Read> answer) {
    if (failures == PAUSES_NANOS.length) {
      held.letGo();
      answer.accept(last);
      return;
    }
    triedAgain++;
    timers.after(
        PAUSES_NANOS[failures], () -> byReaders(held, location, length, failures + 1, answer));
  }

  private void note(Segment segment, long began) {
    long ended = clock.nanoTime();
    if (segment.slowReads(ended - began > config.slowReadNanos())) {
      segment.coldUntil(ended + config.coldNanos());
    }
  }

  private Read attempt(SegmentReader reader, Segment segment, long location, int length) {
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
      // Not the bound of this heap: a record is not damaged because the heap is small.
      byte[] set = PackedBody.unpack(head.flags(), body, StorageConfig.MAX_SET_BYTES);
      return new Read(key, set, head.second(), null, false);
    } catch (EOFException e) {
      return flaw("its segment has lost its end");
    } catch (IOException | RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      return new Read(null, null, 0, "it could not be read: " + e, true);
    }
  }

  static Read flaw(String reason) {
    return new Read(null, null, 0, reason, false);
  }
}
