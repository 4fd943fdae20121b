package starling.node.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;
import starling.node.storage.Manifest.SegmentFacts;
import starling.node.storage.index.DamagedRunException;
import starling.node.storage.index.EntryCursor;
import starling.node.storage.index.Fingerprint;
import starling.node.storage.index.Memtable;
import starling.node.storage.index.Run;
import starling.node.storage.index.RunDescription;

/**
 * Puts together what earlier lives left, so that the next life can begin a segment of its own
 * behind it: the runs and segments of the manifest, and what the log holds behind them. Without a
 * manifest, or with a damaged run, the index is made anew from the whole log.
 *
 * <p>Only the last segment that holds a record may end without a SEAL: a segment is sealed before
 * its successor holds anything. What is unreadable there is told apart by the MARKs: bytes that
 * some sound MARK calls durable were written and fsynced once, so damage to them is rot; damage
 * behind everything that was ever called durable is a write that never finished, and is cut (the
 * bytes are kept in a file). One case stays open: rot in the very last group before a crash, which
 * no later MARK speaks of, looks torn. Anywhere else damage is rot: set aside, reported, never cut.
 */
final class LogRecovery {
  private static final int WINDOW_BYTES = 1 << 20;
  private static final int MAX_TORN_FILES = 8;
  private static final String TORN = ".torn";

  private final Disk disk;
  private final StorageConfig config;
  private final long sealedTo;

  /** Damage that earlier lives knew of, by location: of some records the key is known. */
  private final TreeMap<Long, CorruptRange> known = new TreeMap<>();

  private final SegmentReader reader = new SegmentReader(WINDOW_BYTES);
  private final RecordLayout layout = new RecordLayout();
  private final TreeMap<Long, Segment> hot = new TreeMap<>();
  private final TreeMap<Long, Segment> cold = new TreeMap<>();
  private final List<Segment> emptyEnd = new ArrayList<>();

  final SegmentTable segments = new SegmentTable();
  final RunTable runs;
  final Memtable memtable = new Memtable();
  final FingerprintCollisions shared = new FingerprintCollisions();
  final Set<String> buckets = new LinkedHashSet<>();
  final List<CorruptRange> setAside = new ArrayList<>();

  /** Whether the index was made anew from the log. */
  boolean rebuilt;

  /** Whether there may be snapshots. */
  boolean backups;

  /** What is still to be dropped from the runs. */
  final List<Manifest.RangeTombstone> drops = new ArrayList<>();

  /** The shared keys as of what the runs cover. */
  List<FingerprintCollisions.Entry> sharedCovered = List.of();

  final long secret0;
  final long secret1;
  final Fingerprint fingerprint;
  private @Nullable Manifest manifest;

  long covered;

  /** Behind the last segment that is there, and behind the last that ever was. */
  long endOfSegments = 1;

  long nextSegmentId = 1;
  long nextRunId = 1;
  long records;
  long tornBytes;

  /**
   * @param sealedTo the last life said that it sealed all it wrote, this segment last: nothing up
   *     to it can be torn. A segment behind it is of an open that was ended. 0 if it said nothing
   * @param damage that earlier lives knew of
   */
  LogRecovery(
      Disk disk,
      StorageConfig config,
      @Nullable Manifest manifest,
      long sealedTo,
      List<CorruptRange> damage,
      RandomGenerator identity) {
    this.disk = disk;
    this.config = config;
    this.manifest = manifest;
    this.sealedTo = sealedTo;
    for (CorruptRange range : damage) {
      if (range.key() != null && range.segment() >>> 31 == 0) {
        known.put(Location.of(range.segment(), range.offset()), range);
      }
    }
    this.runs = new RunTable();
    this.secret0 = manifest == null ? identity.nextLong() : manifest.secret0();
    this.secret1 = manifest == null ? identity.nextLong() : manifest.secret1();
    this.fingerprint = config.fingerprints().of(secret0, secret1);
  }

  void run() throws IOException {
    disk.createDirectory(Segment.DIRECTORY);
    disk.createDirectory(RunTable.DIRECTORY);
    disk.forceDirectory("");
    backups = disk.exists(Snapshot.DIRECTORY);
    openSegments();
    if (manifest != null && !openRuns(manifest)) {
      manifest = null;
    }
    if (manifest == null) {
      fromLog();
    } else {
      fromManifest(manifest);
    }
    hot.values().forEach(segment -> segment.file().doneWriting());
    cold.values().forEach(segment -> segment.file().doneWriting());
    shared.forgetAbsent();
    RunTable.deleteOthers(disk, runs);
  }

  /** The last hot segment's id, 0 if there is none. */
  long lastHot() {
    return hot.isEmpty() ? 0 : hot.lastKey();
  }

  /** Behind the last record, or at the beginning of a later segment that has none yet. */
  long end() {
    SegmentTable.Entry last = segments.get(lastHot());
    long end = last == null ? 0 : Location.of(lastHot(), last.end);
    for (Segment empty : emptyEnd) {
      end = Math.max(end, Location.of(empty.id(), SegmentHeader.BYTES));
    }
    return end;
  }

  private void openSegments() throws IOException {
    for (String name : disk.list(Segment.DIRECTORY)) {
      long id = Segment.idOf(name);
      if (id < 0) {
        continue;
      }
      nextSegmentId = Math.max(nextSegmentId, id + 1);
      endOfSegments = nextSegmentId;
      String path = Segment.fileName(id);
      Disk.File file = disk.open(path);
      SegmentHeader header = Segment.readHeader(path, file);
      if (header == null) {
        file.close();
        lost(id, 0, 0, "both headers are damaged");
        continue;
      }
      if (!header.storeId().equals(config.storeId())) {
        file.close();
        throw new StoreRefusedException(
            path + " belongs to store " + header.storeId() + ", not " + config.storeId());
      }
      if (header.id() != id) {
        file.close();
        throw new StoreRefusedException(path + " is a copy of segment " + header.id());
      }
      file.doneWriting();
      (header.cold() ? cold : hot).put(id, new Segment(header, file));
    }
  }

  private boolean openRuns(Manifest manifest) throws IOException {
    for (RunDescription description : manifest.runs()) {
      try {
        runs.addOldest(Run.open(disk, RunTable.DIRECTORY, description));
      } catch (DamagedRunException e) {
        runs.closeAll();
        return false;
      }
    }
    return true;
  }

  private void fromManifest(Manifest manifest) throws IOException {
    covered = manifest.covered();
    nextSegmentId = Math.max(nextSegmentId, manifest.nextSegmentId());
    nextRunId = manifest.nextRunId();
    buckets.addAll(manifest.buckets());
    manifest.shared().forEach(shared::put);
    sharedCovered = manifest.shared();
    drops.addAll(manifest.drops());
    for (SegmentFacts facts : manifest.segments()) {
      Segment segment = (facts.cold() ? cold : hot).get(facts.id());
      if (segment == null) {
        lost(facts.id(), 0, facts.end(), CorruptRange.MISSING);
        continue;
      }
      long size = segment.file().size();
      if (size < facts.end()) {
        lost(facts.id(), size, facts.end() - size, "the segment has lost its end");
      }
      SegmentTable.Entry entry = new SegmentTable.Entry(segment, facts.end(), facts.oldest(), true);
      entry.dead = facts.deadBytes();
      segments.add(entry);
      if (facts.cold() && size > facts.end()) {
        // What compaction wrote behind it is still where it came from.
        segment.file().truncate(facts.end());
      }
    }
    for (Segment segment : List.copyOf(cold.values())) {
      if (segments.get(segment.id()) == null) {
        discard(segment);
        cold.remove(segment.id());
      }
    }
    long first = Location.segment(covered);
    for (Segment segment : List.copyOf(hot.headMap(first, false).values())) {
      if (segments.get(segment.id()) == null) {
        // Emptied by compaction: everything that was alive in it is in the manifest.
        discard(segment);
        hot.remove(segment.id());
      }
    }
    dropEmptyEnd();
    List<Segment> tail = List.copyOf(hot.tailMap(first, true).values());
    if (first != 0 && (tail.isEmpty() || tail.get(0).id() != first)) {
      lost(first, 0, 0, CorruptRange.MISSING);
    }
    long before = 0;
    for (int i = 0; i < tail.size(); i++) {
      Segment segment = tail.get(i);
      if ((i > 0 || covered == 0) && segment.previous() != before) {
        lost(segment.previous(), 0, 0, CorruptRange.MISSING);
      }
      before = segment.id();
      long from = segment.id() == first ? Location.offset(covered) : SegmentHeader.BYTES;
      Replay replay = new Replay(segment);
      long end = read(segment, from, i == tail.size() - 1, replay);
      segments.add(
          new SegmentTable.Entry(
              segment, end, Location.of(segment.id(), SegmentHeader.BYTES), true));
    }
  }

  private void fromLog() throws IOException {
    rebuilt = true;
    dropEmptyEnd();
    List<Segment> all = new ArrayList<>(hot.values());
    Rebuild rebuild = new Rebuild(disk, reader, fingerprint, config.rebuildEntries(), known);
    for (int i = 0; i < all.size(); i++) {
      Segment segment = all.get(i);
      boolean last = i == all.size() - 1;
      SegmentTable.Entry entry =
          new SegmentTable.Entry(segment, 0, Location.of(segment.id(), SegmentHeader.BYTES), true);
      Survey survey = new Survey(segment);
      entry.end = read(segment, SegmentHeader.BYTES, last, survey);
      segments.add(entry);
    }
    for (Segment segment : cold.values()) {
      SegmentTable.Entry entry = new SegmentTable.Entry(segment, 0, Long.MAX_VALUE, true);
      ColdSurvey survey = new ColdSurvey(segment);
      entry.end = survey.read();
      entry.oldest = survey.oldest;
      segments.add(entry);
    }
    if (!all.isEmpty()) {
      SegmentTable.Entry last = segments.get(lastHot());
      covered = Location.of(lastHot(), last == null ? SegmentHeader.BYTES : last.end);
    }
    nextRunId = rebuild.run(segments, runs, shared, nextRunId);
    sharedCovered = shared.all();
  }

  /**
   * A segment that holds no record yet was begun last of all, when the one before was not sealed.
   */
  private void dropEmptyEnd() throws IOException {
    while (!hot.isEmpty() && hot.lastKey() > sealedTo) {
      Segment last = hot.lastEntry().getValue();
      long size = last.file().size();
      if (last.id() <= Location.segment(covered)) {
        return;
      }
      for (long at = reader.likelyHead(last, SegmentHeader.BYTES, size);
          at < size;
          at = reader.likelyHead(last, at + 1, size)) {
        if (reader.head(last, at, size) != null) {
          return;
        }
      }
      hot.remove(last.id());
      emptyEnd.add(last);
    }
  }

  /**
   * Deletes the segments that hold nothing. Only when the next life has said what it knows: the
   * last one's known segment may be among them, and without it files seem to have been lost.
   */
  void discardEmptyEnd() throws IOException {
    for (Segment segment : emptyEnd) {
      discard(segment);
    }
  }

  private void discard(Segment segment) throws IOException {
    segment.letGo();
    disk.delete(Segment.fileName(segment.id()));
    disk.forceDirectory(Segment.DIRECTORY);
  }

  /** Reads a hot segment to its end, and ends it if its own life did not; answers where. */
  private long read(Segment segment, long from, boolean last, SegmentScan.Visitor visitor)
      throws IOException {
    long size = segment.file().size();
    SegmentScan scan = new SegmentScan(reader, segment);
    if (!last) {
      Sealing sealing = new Sealing(visitor);
      long walked = scan.walk(from, size, sealing);
      if (sealing.end < 0) {
        lost(segment.id(), walked, 0, "the segment has lost its end");
        return walked;
      }
      return sealing.end;
    }
    Extent extent = new Extent();
    long walked = scan.walk(from, size, extent);
    if (extent.sealed >= 0) {
      writeAgain(segment, Math.max(extent.marked, from), walked);
      scan.walk(from, walked, visitor);
      return extent.sealed;
    }
    if (segment.id() <= sealedTo) {
      scan.walk(from, walked, visitor);
      lost(segment.id(), walked, 0, "the segment has lost its end");
      return walked;
    }
    long end = cutTornTail(segment, extent, size);
    writeAgain(segment, Math.max(extent.marked, from), end);
    scan.walk(from, end, visitor);
    seal(segment, end, extent.records);
    return end;
  }

  /** Finds the end of what was written whole, cuts what lies behind it, returns the new end. */
  private long cutTornTail(Segment segment, Extent extent, long size) throws IOException {
    long cut = extent.firstGapFrom(extent.durable, size);
    if (cut == size) {
      return size;
    }
    long torn = Math.min(size, cut + 2L * config.writeBufferBytes());
    if (extent.recordsBehind(cut) || !reader.zero(segment, cut, torn)) {
      tornBytes += torn - cut;
      keepTorn(segment, cut, torn);
    }
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
    segment.file().fsync();
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
      torn.fsync();
    }
    disk.forceDirectory(Segment.DIRECTORY);
  }

  /** Ends a segment for good that its own life did not end. */
  private void seal(Segment segment, long end, long records) throws IOException {
    ByteBuffer seal = ByteBuffer.allocate(RecordLayout.HEAD_BYTES);
    layout.putNote(seal, segment.salt(), end, RecordLayout.SEAL, end, records);
    segment.file().write(seal.flip(), end);
    segment.file().fsync();
    reader.forget();
  }

  private void lost(long segment, long offset, long length, String reason) {
    setAside.add(new CorruptRange(segment, offset, length, null, reason));
  }

  private void gapFound(Segment segment, long from, long to, @Nullable RecordHead head)
      throws IOException {
    setAside.add(damaged(segment, from, to, head));
  }

  private CorruptRange damaged(Segment segment, long from, long to, @Nullable RecordHead head)
      throws IOException {
    if (head != null && head.ofKey()) {
      Key key = reader.key(segment, from, head);
      return new CorruptRange(segment.id(), from, to - from, key, "its set is damaged");
    }
    CorruptRange before = known.get(Location.of(segment.id(), from));
    return before != null && before.length() == to - from
        ? before
        : new CorruptRange(segment.id(), from, to - from, null, "unreadable bytes");
  }

  /** Puts what it meets into the memtable, or sets it aside. */
  private final class Replay implements SegmentScan.Visitor {
    private final Segment segment;
    private final EntryCursor replaced = new EntryCursor();

    Replay(Segment segment) {
      this.segment = segment;
    }

    @Override
    public void record(long offset, RecordHead head) throws IOException {
      if (head.type() == RecordLayout.DROP) {
        PositionRange range = new PositionRange(head.first(), head.second());
        drops.add(new Manifest.RangeTombstone(range, nextRunId));
        memtable.removeRange(range.first(), range.last());
        shared.drop(range);
        return;
      }
      if (!head.ofKey()) {
        return;
      }
      records++;
      put(offset, reader.key(segment, offset, head), head);
    }

    private void put(long offset, Key key, RecordHead head) {
      buckets.add(key.bucket());
      long location = Location.of(segment.id(), offset);
      boolean removed = head.type() == RecordLayout.REAPED;
      if ((head.flags() & RecordLayout.SHARED) != 0) {
        shared.put(
            new FingerprintCollisions.Entry(
                key, location, removed ? 0 : head.length(), head.second()));
        return;
      }
      put(key, location, head.length(), head.second(), removed);
    }

    private void put(Key key, long location, int length, long versionHash, boolean removed) {
      boolean had =
          memtable.put(
              key.position(),
              fingerprint.of(key.bucket(), key.bytes()),
              location,
              length,
              versionHash,
              removed,
              replaced);
      if (had) {
        segments.dead(replaced.location, replaced.length);
      }
    }

    /**
     * The index points to what is damaged too, if its key is known: nothing older stands for it.
     */
    @Override
    public void gap(long from, long to, @Nullable RecordHead head) throws IOException {
      gapFound(segment, from, to, head);
      if (head != null) {
        if (head.ofKey()) {
          put(from, reader.key(segment, from, head), head);
        }
        return;
      }
      long first = Location.of(segment.id(), from);
      for (CorruptRange each : known.subMap(first, Location.of(segment.id(), to)).values()) {
        Key key = each.key();
        if (key != null) {
          long location = Location.of(each.segment(), each.offset());
          put(key, location, (int) each.length(), 0, false);
        }
      }
    }
  }

  /** Learns the names of buckets and what is damaged; the index is made later. */
  private final class Survey implements SegmentScan.Visitor {
    private final Segment segment;

    Survey(Segment segment) {
      this.segment = segment;
    }

    @Override
    public void record(long offset, RecordHead head) throws IOException {
      if (head.ofKey()) {
        records++;
        buckets.add(reader.key(segment, offset, head).bucket());
      }
    }

    @Override
    public void gap(long from, long to, @Nullable RecordHead head) throws IOException {
      gapFound(segment, from, to, head);
    }
  }

  /** The same for a cold segment; its end is where its sound records end. */
  private final class ColdSurvey implements SegmentScan.Visitor {
    private final Segment segment;
    private final List<CorruptRange> gaps = new ArrayList<>();
    private long oldest = Long.MAX_VALUE;
    private long end = SegmentHeader.BYTES;

    ColdSurvey(Segment segment) {
      this.segment = segment;
    }

    long read() throws IOException {
      long size = segment.file().size();
      new SegmentScan(reader, segment).walk(SegmentHeader.BYTES, size, this);
      for (CorruptRange gap : gaps) {
        // Behind the last record, it is what compaction had not finished.
        if (gap.offset() < end) {
          setAside.add(gap);
        }
      }
      return end;
    }

    @Override
    public void record(long offset, RecordHead head) throws IOException {
      end = offset + head.length();
      if (head.stamped()) {
        oldest = Math.min(oldest, head.stamp());
      }
      if (head.ofKey()) {
        records++;
        buckets.add(reader.key(segment, offset, head).bucket());
      }
    }

    @Override
    public void seal(long offset, RecordHead head) throws IOException {
      end = offset + head.length();
    }

    @Override
    public void gap(long from, long to, @Nullable RecordHead head) throws IOException {
      gaps.add(damaged(segment, from, to, head));
    }
  }

  /** Notes where the SEAL was met. */
  private static final class Sealing implements SegmentScan.Visitor {
    private final SegmentScan.Visitor visitor;
    private long end = -1;

    Sealing(SegmentScan.Visitor visitor) {
      this.visitor = visitor;
    }

    @Override
    public void record(long offset, RecordHead head) throws IOException {
      visitor.record(offset, head);
    }

    @Override
    public void seal(long offset, RecordHead head) {
      end = offset;
    }

    @Override
    public void gap(long from, long to, @Nullable RecordHead head) throws IOException {
      visitor.gap(from, to, head);
    }
  }

  /** Up to where the segment's own marks call it durable, and where its gaps begin. */
  private static final class Extent implements SegmentScan.Visitor {
    private final List<Long> gaps = new ArrayList<>();
    private long durable;
    private long records;
    private long lastRecord;
    private long sealed = -1;

    /** The same without the word of a SEAL, which speaks of itself and may not be durable. */
    private long marked;

    @Override
    public void record(long offset, RecordHead head) {
      lastRecord = offset;
      if (head.type() == RecordLayout.MARK) {
        marked = Math.max(marked, head.first());
        durable = Math.max(durable, head.first());
      } else {
        records++;
      }
    }

    @Override
    public void seal(long offset, RecordHead head) {
      sealed = offset;
      durable = Math.max(durable, head.first());
    }

    @Override
    public void gap(long from, long to, @Nullable RecordHead head) {
      gaps.add(from);
    }

    boolean recordsBehind(long offset) {
      return lastRecord >= offset;
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
