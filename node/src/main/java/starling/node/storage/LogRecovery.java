package starling.node.storage;

import java.io.IOException;
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
 * Recovers the log and the index from their files, before this process begins a segment of its own:
 * the runs and segments of the manifest, and the records of the log behind the checkpoint. Without
 * a manifest, or with a damaged run, the index is rebuilt from the whole log.
 *
 * <p>Only the last segment with records may end without a SEAL: a segment is sealed before its
 * successor gets a record. MARKs tell a torn tail from bit rot: bytes that a sound MARK calls
 * durable were fsynced once, so damage to them is bit rot; damage behind the last durable position
 * is a torn tail, an unfinished write, and is truncated (the bytes are copied to a file). One case
 * stays undecided: bit rot in the very last group before a crash, which no later MARK covers, looks
 * like a torn tail. Anywhere else damage is bit rot: quarantined, reported, never truncated.
 */
final class LogRecovery {
  private static final int WINDOW_BYTES = 1 << 20;

  private final Disk disk;
  private final StorageConfig config;
  private final long sealedTo;

  /** Corrupt ranges that earlier processes found and whose key is known, by location. */
  private final TreeMap<Long, CorruptRange> known = new TreeMap<>();

  private final SegmentReader reader = new SegmentReader(WINDOW_BYTES);
  private final TreeMap<Long, Segment> hot = new TreeMap<>();
  private final TreeMap<Long, Segment> cold = new TreeMap<>();
  private final List<Segment> emptyEnd = new ArrayList<>();

  private final LogTail tail;
  private final SegmentTable segments = new SegmentTable();
  private final RunTable runs = new RunTable();
  private final Memtable memtable = new Memtable();
  private final FingerprintCollisions shared = new FingerprintCollisions();
  private final Set<String> buckets = new LinkedHashSet<>();
  private final List<CorruptRange> corruptRanges = new ArrayList<>();

  /** Range tombstones whose entries the runs still hold. */
  private final List<Manifest.RangeTombstone> drops = new ArrayList<>();

  private final long secret0;
  private final long secret1;
  private final Fingerprint fingerprint;
  private @Nullable Manifest manifest;

  /** The log position up to which the runs know every record, and the shared keys as of it. */
  private long checkpoint;

  private List<FingerprintCollisions.Entry> checkpointShared = List.of();

  private long endOfSegments = 1;
  private long nextSegmentId = 1;
  private long nextRunId = 1;
  private long records;

  /**
   * @param sealedTo the last segment of a process that closed cleanly and sealed all its segments:
   *     nothing up to it can be torn. A segment behind it belongs to an open that did not finish. 0
   *     after an unclean end
   * @param damage corrupt ranges that earlier processes found
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
    this.tail = new LogTail(disk, config, reader, sealedTo);
    this.secret0 = manifest == null ? identity.nextLong() : manifest.secret0();
    this.secret1 = manifest == null ? identity.nextLong() : manifest.secret1();
    this.fingerprint = config.fingerprints().of(secret0, secret1);
  }

  RecoveredLog run() throws IOException {
    disk.createDirectory(Segment.DIRECTORY);
    disk.createDirectory(RunTable.DIRECTORY);
    disk.forceDirectory("");
    boolean snapshots = disk.exists(Snapshot.DIRECTORY);
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
    return new RecoveredLog(
        new LiveIndex(runs, segments, shared, fingerprint, memtable, drops),
        checkpoint,
        checkpointShared,
        buckets,
        secret0,
        secret1,
        nextSegmentId,
        nextRunId,
        lastHot(),
        endOfSegments,
        end(),
        records,
        tail.tornBytes(),
        corruptRanges,
        manifest == null,
        snapshots);
  }

  /** The last hot segment's id, 0 if there is none. */
  private long lastHot() {
    return hot.isEmpty() ? 0 : hot.lastKey();
  }

  /** The end of the last record, or the beginning of a later segment without records. */
  private long end() {
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
            path
                + " belongs to store "
                + header.storeId()
                + ", not "
                + config.storeId()
                + ": start the node with its own data directory");
      }
      if (header.id() != id) {
        file.close();
        throw new StoreRefusedException(
            path + " is a copy of segment " + header.id() + ": restore the original file");
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
    checkpoint = manifest.checkpoint();
    nextSegmentId = Math.max(nextSegmentId, manifest.nextSegmentId());
    nextRunId = manifest.nextRunId();
    buckets.addAll(manifest.buckets());
    manifest.shared().forEach(shared::put);
    checkpointShared = manifest.shared();
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
        // Compaction did not finish the records behind it: their originals exist.
        segment.file().truncate(facts.end());
      }
    }
    for (Segment segment : List.copyOf(cold.values())) {
      if (segments.get(segment.id()) == null) {
        discard(segment);
        cold.remove(segment.id());
      }
    }
    long first = Location.segment(checkpoint);
    for (Segment segment : List.copyOf(hot.headMap(first, false).values())) {
      if (segments.get(segment.id()) == null) {
        // Compacted: the manifest names the copies of its live records.
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
      if ((i > 0 || checkpoint == 0) && segment.previous() != before) {
        lost(segment.previous(), 0, 0, CorruptRange.MISSING);
      }
      before = segment.id();
      long from = segment.id() == first ? Location.offset(checkpoint) : SegmentHeader.BYTES;
      Replay replay = new Replay(segment);
      long end = read(segment, from, i == tail.size() - 1, replay);
      segments.add(
          new SegmentTable.Entry(
              segment, end, Location.of(segment.id(), SegmentHeader.BYTES), true));
    }
  }

  private void fromLog() throws IOException {
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
      checkpoint = Location.of(lastHot(), last == null ? SegmentHeader.BYTES : last.end);
    }
    nextRunId = rebuild.run(segments, runs, shared, nextRunId);
    checkpointShared = shared.all();
  }

  /**
   * Leaves out segments without records at the end of the log: the one before them may not be
   * sealed.
   */
  private void dropEmptyEnd() throws IOException {
    while (!hot.isEmpty() && hot.lastKey() > sealedTo) {
      Segment last = hot.lastEntry().getValue();
      long size = last.file().size();
      if (last.id() <= Location.segment(checkpoint)) {
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
   * Deletes the segments without records. Only after the new shutdown state is saved: the known
   * segment of the old one may be among them, and would seem to be lost.
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

  /** Reads a hot segment to its end, and seals it if its own process did not; returns its end. */
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
    LogTail.End end = tail.read(segment, from, visitor);
    if (end.lost()) {
      lost(segment.id(), end.offset(), 0, "the segment has lost its end");
    }
    return end.offset();
  }

  private void lost(long segment, long offset, long length, String reason) {
    corruptRanges.add(new CorruptRange(segment, offset, length, null, reason));
  }

  private void gapFound(Segment segment, long from, long to, @Nullable RecordHead head)
      throws IOException {
    corruptRanges.add(damaged(segment, from, to, head));
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

  /** Puts records into the memtable, and quarantines corrupt ranges. */
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
     * The index points to a damaged record too, if its key is known, so that no older record is
     * served.
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

  /** Collects bucket names and corrupt ranges; the index is built later. */
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

  /** The same for a cold segment, which ends with its last sound record. */
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
        // Behind the last record lies an unfinished write of compaction.
        if (gap.offset() < end) {
          corruptRanges.add(gap);
        }
      }
      return end;
    }

    @Override
    public void record(long offset, RecordHead head) throws IOException {
      end = offset + head.length();
      if (head.hasSequence()) {
        oldest = Math.min(oldest, head.sequence());
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

  /** Records the offset of the SEAL. */
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
}
