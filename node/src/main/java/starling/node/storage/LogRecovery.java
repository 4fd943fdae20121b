package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;

/**
 * Reads the log of earlier lives into an index and leaves it so that the next life can begin a
 * segment of its own behind it.
 *
 * <p>Only the last segment may end without a SEAL: a segment is sealed before its successor holds
 * anything. What is unreadable there is told apart by the MARKs: bytes that some sound MARK calls
 * durable were written and fsynced once, so damage to them is rot; damage behind everything that
 * was ever called durable is a write that never finished, and is cut (the bytes are kept in a
 * file). One case stays open: rot in the very last group before a crash, which no later MARK speaks
 * of, looks torn. Anywhere else damage is rot: set aside, reported, never cut.
 */
final class LogRecovery {
  private static final int WINDOW_BYTES = 1 << 20;
  private static final int MAX_TORN_FILES = 8;
  private static final String TORN = ".torn";

  private final Disk disk;
  private final StorageConfig config;
  private final LogIndex index;
  private final boolean closedCleanly;
  private final SegmentReader reader = new SegmentReader(WINDOW_BYTES);
  private final RecordLayout layout = new RecordLayout();
  private final Map<String, String> buckets = new HashMap<>();
  private final List<Segment> segments = new ArrayList<>();
  private final List<SetAside> setAside = new ArrayList<>();

  private long nextSegmentId = 1;
  private long records;
  private long tornBytes;
  private long logBytes;

  /**
   * @param closedCleanly the last life said that it sealed all it wrote: nothing can be torn
   */
  LogRecovery(Disk disk, StorageConfig config, LogIndex index, boolean closedCleanly) {
    this.disk = disk;
    this.config = config;
    this.index = index;
    this.closedCleanly = closedCleanly;
  }

  List<Segment> segments() {
    return segments;
  }

  List<SetAside> setAside() {
    return setAside;
  }

  long nextSegmentId() {
    return nextSegmentId;
  }

  long records() {
    return records;
  }

  long tornBytes() {
    return tornBytes;
  }

  long logBytes() {
    return logBytes;
  }

  void run() throws IOException {
    disk.createDirectory(Segment.DIRECTORY);
    disk.forceDirectory("");
    List<Long> ids = new ArrayList<>();
    for (String name : disk.list(Segment.DIRECTORY)) {
      long id = Segment.idOf(name);
      if (id >= 0) {
        ids.add(id);
      }
    }
    for (int i = 0; i < ids.size(); i++) {
      long id = ids.get(i);
      if (id != nextSegmentId) {
        lost(nextSegmentId, 0, 0, "segments before " + id + " are missing");
      }
      nextSegmentId = id + 1;
      replay(id, i == ids.size() - 1);
    }
  }

  private void replay(long id, boolean last) throws IOException {
    String name = Segment.fileName(id);
    Disk.File file = disk.open(name);
    long size = file.size();
    SegmentHeader header = header(name, file);
    if (last && size <= SegmentHeader.BYTES && (header == null || size < SegmentHeader.BYTES)) {
      // It was being made: its header is durable in full before anything else is written.
      file.close();
      disk.delete(name);
      disk.forceDirectory(Segment.DIRECTORY);
      nextSegmentId = id;
      return;
    }
    if (header == null) {
      file.close();
      lost(id, 0, size, "both headers are damaged");
      return;
    }
    if (!header.storeId().equals(config.storeId())) {
      file.close();
      throw new StoreRefusedException(
          name + " belongs to store " + header.storeId() + ", not " + config.storeId());
    }
    if (header.id() != id) {
      file.close();
      throw new StoreRefusedException(name + " is a copy of segment " + header.id());
    }
    Segment segment = new Segment(header, file);
    segments.add(segment);
    boolean sealed = sealed(segment, size);
    boolean mayBeTorn = last && !sealed && !closedCleanly;
    long end = size;
    if (last) {
      Extent extent = new Extent();
      new SegmentScan(reader, segment).walk(size, extent);
      end = mayBeTorn ? cutTornTail(segment, extent, size) : size;
      writeAgain(segment, extent.marked, end);
    }
    Replay replay = new Replay(segment);
    new SegmentScan(reader, segment).walk(end, replay);
    if (mayBeTorn) {
      seal(segment, end, replay.puts);
      end += RecordLayout.HEAD_BYTES;
    } else if (!sealed) {
      lost(id, end, 0, "the segment has lost its end");
    }
    logBytes += end;
  }

  private @Nullable SegmentHeader header(String name, Disk.File file) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(SegmentHeader.BYTES);
    while (block.hasRemaining() && file.read(block, block.position()) >= 0) {
      // Until the header is there or the file ends.
    }
    return SegmentHeader.decode(block.flip(), name);
  }

  private boolean sealed(Segment segment, long size) throws IOException {
    long at = size - RecordLayout.HEAD_BYTES;
    RecordHead head = at < SegmentHeader.BYTES ? null : reader.head(segment, at, size);
    return head != null && head.type() == RecordLayout.SEAL && head.first() == at;
  }

  /** Finds the end of what was written whole, cuts what lies behind it, returns the new end. */
  private long cutTornTail(Segment segment, Extent extent, long size) throws IOException {
    long cut = extent.firstGapFrom(extent.durable, size);
    if (cut == size) {
      return size;
    }
    if (!reader.zero(segment, cut, size)) {
      keepTorn(segment, cut, size);
    }
    tornBytes += size - cut;
    segment.file().truncate(cut);
    reader.forget();
    return cut;
  }

  /**
   * Makes durable what the last life left in the page cache only. An fsync alone is not enough:
   * after one that failed, the kernel may show bytes that it has given up writing and counts as
   * clean.
   */
  private void writeAgain(Segment segment, long from, long to) throws IOException {
    for (long at = Math.max(from, SegmentHeader.BYTES); at < to; ) {
      int bytes = (int) Math.min(to - at, WINDOW_BYTES);
      segment.file().write(ByteBuffer.wrap(reader.bytes(segment, at, bytes, to)), at);
      at += bytes;
    }
    segment.file().force();
  }

  private void keepTorn(Segment segment, long from, long to) throws IOException {
    List<String> kept = new ArrayList<>();
    for (String name : disk.list(Segment.DIRECTORY)) {
      if (name.endsWith(TORN)) {
        kept.add(name);
      }
    }
    for (int i = 0; i <= kept.size() - MAX_TORN_FILES; i++) {
      disk.delete(Segment.DIRECTORY + "/" + kept.get(i));
    }
    try (Disk.File torn = disk.open(Segment.fileName(segment.id()) + "." + from + TORN)) {
      torn.truncate(0);
      for (long at = from; at < to; ) {
        int bytes = (int) Math.min(to - at, WINDOW_BYTES);
        torn.write(ByteBuffer.wrap(reader.bytes(segment, at, bytes, to)), at - from);
        at += bytes;
      }
      torn.force();
    }
    disk.forceDirectory(Segment.DIRECTORY);
  }

  /** Ends a segment for good that its own life did not end. */
  private void seal(Segment segment, long end, long puts) throws IOException {
    ByteBuffer seal = ByteBuffer.allocate(RecordLayout.HEAD_BYTES);
    layout.putNote(seal, segment.salt(), end, RecordLayout.SEAL, end, puts);
    segment.file().write(seal.flip(), end);
    segment.file().force();
    reader.forget();
  }

  private void lost(long segment, long offset, long length, String reason) {
    setAside.add(new SetAside(segment, offset, length, SetAside.UNKNOWN_PARTITION, null, reason));
  }

  private Key key(Segment segment, long offset, RecordHead head) throws IOException {
    long end = offset + head.length();
    byte[] names =
        reader.bytes(
            segment, offset + RecordLayout.HEAD_BYTES, head.bucketBytes() + head.keyBytes(), end);
    String name = new String(names, 0, head.bucketBytes(), UTF_8);
    String bucket = buckets.computeIfAbsent(name, n -> n);
    byte[] key = new byte[head.keyBytes()];
    System.arraycopy(names, head.bucketBytes(), key, 0, key.length);
    return new Key(bucket, key, head.first());
  }

  /** Puts what it meets into the index, or sets it aside. */
  private final class Replay implements SegmentScan.Visitor {
    private final Segment segment;
    private long puts;

    Replay(Segment segment) {
      this.segment = segment;
    }

    @Override
    public void record(long offset, RecordHead head) throws IOException {
      if (head.type() == RecordLayout.PUT) {
        puts++;
        records++;
        index.put(
            key(segment, offset, head),
            head.partition(),
            segment,
            offset,
            head.length(),
            head.second());
      }
    }

    @Override
    public void gap(long from, long to, @Nullable RecordHead head) throws IOException {
      if (head == null) {
        lost(segment.id(), from, to - from, "unreadable bytes");
      } else {
        Key key = key(segment, from, head);
        setAside.add(
            new SetAside(
                segment.id(), from, to - from, head.partition(), key, "its set is damaged"));
      }
    }
  }

  /** Up to where the segment's own marks call it durable, and where its gaps begin. */
  private static final class Extent implements SegmentScan.Visitor {
    private final List<Long> gaps = new ArrayList<>();
    private long durable;

    /** The same without the word of a SEAL, which speaks of itself and may not be durable. */
    private long marked;

    @Override
    public void record(long offset, RecordHead head) {
      if (head.type() == RecordLayout.MARK) {
        marked = Math.max(marked, head.first());
      }
      if (head.type() != RecordLayout.PUT) {
        durable = Math.max(durable, head.first());
      }
    }

    @Override
    public void gap(long from, long to, @Nullable RecordHead head) {
      gaps.add(from);
    }

    long firstGapFrom(long offset, long end) {
      for (long gap : gaps) {
        if (gap >= offset) {
          return gap;
        }
      }
      return end;
    }
  }
}
