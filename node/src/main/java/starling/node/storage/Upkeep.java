package starling.node.storage;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;
import starling.node.port.OutOfMemory;
import starling.node.port.TransientDiskException;
import starling.node.storage.index.DamagedPageException;
import starling.node.storage.index.DamagedRunException;
import starling.node.storage.index.EntryIterator;
import starling.node.storage.index.MergeIterator;
import starling.node.storage.index.MergePolicy;
import starling.node.storage.index.Run;
import starling.node.storage.index.RunDescription;
import starling.node.storage.index.RunWriter;

/**
 * What is done behind the writes: memtables are flushed to runs, runs merged, segments compacted
 * and scrubbed, spare ones prepared, the room on the disk watched. Decides, on the owner's thread,
 * what is to be done next; one job runs at a time, in the background, and what it made takes effect
 * here when it comes home.
 *
 * <p>1. A manifest never says more than is durable: the log is fsynced up to where the runs reach,
 * and the runs and copies that it names are. 2. A file is deleted only after a manifest that no
 * longer names it is durable. 3. A job that finds no room, or meets any other error, changes
 * nothing and is tried again after a pause that grows; whatever else the store does goes on. What
 * cannot be read in the log in several tries counts as damaged. 4. While memtables cannot be
 * flushed, appends are refused once the next is full as well: the index would outgrow the heap.
 */
final class Upkeep {
  /** What the rest of the store hears. */
  interface Listener {
    void failed(StorageFailure reason);

    void damaged(SetAside range);

    void roomChanged(boolean full, String reason);

    /** What is done behind the writes waits for something that may pass, or no longer. */
    void stalled(@Nullable String reason);

    /** Something failed, and nothing else did; it is tried again. */
    void troubled(String operation, Throwable reason);

    /** No job runs for the moment. */
    void ended();
  }

  private static final int MOVES_PER_TURN = 256;
  private static final long STEP_BYTES = 1 << 20;
  private static final int WINDOW_BYTES = 1 << 20;
  private static final long RETRY_NANOS = 200_000_000;

  /** The most that a failure holds up the other jobs, and compaction alone. */
  private static final long MOST_PAUSE_NANOS = 5_000_000_000L;

  private static final long MOST_RETRY_NANOS = 30_000_000_000L;

  /** After so many of a job that reads the log, in a row, what it reads is damaged. */
  private static final int FAILURES_OF_DAMAGE = 4;

  private final Disk disk;
  private final StorageConfig config;
  private final StorageExecutors executors;
  private final StoragePorts ports;
  private final LiveIndex index;
  private final Commits commits;
  private final MetadataFiles files;
  private final SegmentPool pool;
  private final SegmentIds ids;
  private final LongPredicate quarantined;
  private final Listener listener;
  private final Jobs jobs;
  private final ColdWriter cold;
  private final SegmentReader reader = new SegmentReader(WINDOW_BYTES);
  private final Scrub scrub = new Scrub();
  private final Room room;
  private final Set<String> buckets;
  private final long secret0;
  private final long secret1;

  private long covered;
  private long nextRunId;
  private long logEnd;
  private long durableEnd;
  private long logged;
  private long loggedAtFreeze;
  private long loggedAtCheck;

  /** Memtables whose entries are in runs. */
  private long memtablesFlushed;

  private boolean flushByAge;
  private boolean ageAsked;
  private boolean manifestDue;
  private LiveIndex.@Nullable Frozen flushing;

  private final List<Completion> whenDropped = new ArrayList<>();

  private @Nullable Compaction compaction;
  private final Queue<Compaction.Move> moves = new ArrayDeque<>();
  private boolean movesEnd;
  private boolean movesAsked;
  private long openCold = -1;
  private boolean compactionWaits;
  private boolean scrubWaits;
  private boolean retryWaits;
  private boolean roomAsked;

  private final Queue<SnapshotOrder> snapshots = new ArrayDeque<>();

  /** Whether older records may stand in a snapshot, and so come back with it. */
  private boolean backups;

  private boolean closing;
  private boolean stopped;

  private long flushes;
  private long merges;
  private long compactions;
  private long runBytes;

  private record SnapshotOrder(
      String name, Supplier<Map<String, byte[]>> metadata, Completion done) {}

  Upkeep(
      Disk disk,
      StorageConfig config,
      StorageExecutors executors,
      StoragePorts ports,
      LiveIndex index,
      Commits commits,
      SegmentPool pool,
      SegmentIds ids,
      LogRecovery recovered,
      LongPredicate quarantined,
      Listener listener) {
    this.disk = disk;
    this.config = config;
    this.executors = executors;
    this.ports = ports;
    this.index = index;
    this.commits = commits;
    this.files = new MetadataFiles(disk, config.storeId());
    this.pool = pool;
    this.ids = ids;
    this.quarantined = quarantined;
    this.listener = listener;
    this.jobs = new Jobs(executors.background(), executors.owner(), onTrouble());
    this.cold = new ColdWriter(disk, config, ids, ports.clock());
    this.room = new Room(config.reserveBytes(), config.segmentBytes());
    this.buckets = recovered.buckets;
    this.secret0 = recovered.secret0;
    this.secret1 = recovered.secret1;
    this.covered = recovered.covered;
    this.backups = recovered.backups;
    this.nextRunId = recovered.nextRunId;
    this.sharedCovered = recovered.sharedCovered;
  }

  /** Begins, with the log's first segment of this life. */
  void begin(Segment active) {
    logEnd = Location.of(active.id(), SegmentHeader.BYTES);
    durableEnd = logEnd;
    // Also after a rebuild: without a manifest the next open would do it again.
    manifestDue = true;
    consider();
  }

  // ---- what the rest of the store asks and tells

  /** Whether there is too little room to take more. */
  boolean full() {
    return room.full();
  }

  /** Whether a memtable that cannot be flushed waits behind another, and may not grow. */
  boolean indexFull() {
    return stalled != null && flushing != null && index.activeEntries() >= config.memtableEntries();
  }

  void holds(String bucket) {
    buckets.add(bucket);
  }

  boolean everHeld(String bucket) {
    return buckets.contains(bucket);
  }

  /** A range was dropped by a durable record. */
  void drop(PositionRange range) {
    index.drop(range, nextRunId);
    // The flush that takes the record along also takes it off the log's tail.
    flushByAge = true;
  }

  /** Runs when nothing that was dropped is in the index any more. */
  void whenDropped(Completion done) {
    whenDropped.add(done);
    consider();
  }

  /** The log grew. */
  void logged(long end, boolean durable, long bytes) {
    logEnd = end;
    if (durable) {
      durableEnd = end;
    }
    logged += bytes;
    if (index.activeEntries() > 0) {
      askAge();
    }
    if (bytes > 0) {
      askRoom();
    }
    consider();
  }

  /** The log waits for room, or no longer. */
  void waitsForRoom(@Nullable String reason) {
    if (room.stalled(reason != null)) {
      listener.roomChanged(room.full(), reason == null ? "there is room again" : reason);
    }
    askRoom();
  }

  /** Something beside the log found no room. */
  void foundNoRoom(String reason) {
    if (room.noted()) {
      listener.roomChanged(true, reason);
    }
    askRoom();
  }

  void snapshot(String name, Supplier<Map<String, byte[]>> metadata, Completion done) {
    Snapshot.check(name);
    snapshots.add(new SnapshotOrder(name, metadata, done));
    consider();
  }

  /**
   * A segment was ended, and nothing of the next is in the index: the moment at which a snapshot
   * can be taken, if no flush is under way.
   */
  void sealed(long end) {
    rollAsked = false;
    boolean mayBegin = flushing == null && !jobs.running() && snapshot == null;
    if (snapshots.isEmpty() || closing || stopped || !mayBegin) {
      return;
    }
    snapshot = snapshots.remove();
    logEnd = end;
    durableEnd = end;
    flush();
  }

  void close() {
    closing = true;
    jobs.cancel();
    giveUp(new StorageFailure("the store is closing"));
  }

  /** The engine has failed: nothing more is written. */
  void stop(StorageFailure reason) {
    stopped = true;
    giveUp(reason);
  }

  private void giveUp(StorageFailure reason) {
    List<SnapshotOrder> orders = new ArrayList<>(snapshots);
    snapshots.clear();
    if (snapshot != null) {
      orders.add(snapshot);
      snapshot = null;
    }
    List<Completion> drops = List.copyOf(whenDropped);
    whenDropped.clear();
    List<Completion> all = new ArrayList<>(drops);
    orders.forEach(order -> all.add(order.done));
    Completion.all(all, reason);
  }

  boolean idle() {
    return !jobs.running();
  }

  // ---- figures

  long flushes() {
    return flushes;
  }

  long merges() {
    return merges;
  }

  long compactions() {
    return compactions;
  }

  long coldBytes() {
    return cold.bytes();
  }

  long runBytes() {
    return runBytes;
  }

  double compactionDone() {
    Compaction present = compaction;
    return present == null ? 0 : present.done();
  }

  double scrubDone() {
    return scrub.done(index.segments);
  }

  long scrubbedBytes() {
    return scrub.bytes();
  }

  // ---- what is next

  private void consider() {
    if (jobs.running() || stopped || retryWaits) {
      return;
    }
    if (closing) {
      listener.ended();
      return;
    }
    if (flushing == null && flushIsDue()) {
      flush();
    } else if (manifestDue && durableEnd >= covered) {
      saveManifest();
    } else if (!doomedRuns.isEmpty() || !doomedSegments.isEmpty()) {
      recycle();
    } else if (pool.wantsSpare() && !room.full()) {
      jobs.run(
          "preparing a segment",
          () -> {
            pool.prepare();
            return true;
          },
          done -> consider());
    } else if (!snapshots.isEmpty()) {
      // Nothing else begins until the segment has ended: the flush must find no job under way.
      if (!rollAsked) {
        rollAsked = true;
        commits.roll();
      }
    } else if (!merge() && !drop()) {
      compact();
      scrub();
      if (!jobs.running()) {
        // What could not be done is not due any more.
        goesOn();
      }
    }
  }

  private Jobs.Trouble onTrouble() {
    return new Jobs.Trouble() {
      @Override
      public void succeeded(String name) {
        Upkeep.this.succeeded(name);
      }

      @Override
      public void diskFull(String reason) {
        foundNoRoom(reason);
        abandonCompaction();
        retryLater(Math.max(RETRY_NANOS, pause.next()));
        listener.ended();
      }

      @Override
      public void stalled(String name, TransientDiskException reason) {
        stall(name, String.valueOf(reason.getMessage()));
        abandonCompaction();
        retryLater(pause.next());
        listener.ended();
      }

      @Override
      public void cancelled() {
        listener.ended();
      }

      @Override
      public void failed(String name, Throwable reason) {
        if (reason instanceof DamagedPageException) {
          broken(name, reason);
        } else {
          Upkeep.this.failed(name, reason);
        }
      }

      @Override
      public void broken(String name, Throwable reason) {
        stopped = true;
        listener.failed(new StorageFailure(name + " failed: " + reason));
        listener.ended();
      }
    };
  }

  /** A job ended with an error: whatever it had begun is undone, and it is due again. */
  private void failed(String name, Throwable reason) {
    listener.troubled(name, reason);
    failures = name.equals(lastFailed) ? failures + 1 : 1;
    lastFailed = name;
    if (name.equals(FLUSHING) || name.equals(MANIFEST)) {
      stall(name, String.valueOf(reason));
    }
    Compaction present = compaction;
    if (name.equals(COMPACTING) && present != null) {
      // What an fsync that failed left behind is unknown: no later one of the same file counts.
      long open = openCold;
      SegmentTable.Entry half = index.segments.get(open);
      if (half != null) {
        half.sealed = true;
      }
      openCold = -1;
      compactionUnreadable(present, reason);
    }
    Scrub.Part part = scrubbing;
    if (name.equals(SCRUBBING) && part != null) {
      scrubUnreadable(part, reason);
    }
    long pause = RETRY_NANOS << Math.min(failures - 1, 10);
    if (name.equals(COMPACTING)) {
      compactionRests(Math.min(MOST_RETRY_NANOS, pause));
    } else if (!name.equals(SCRUBBING)) {
      retryLater(Math.min(MOST_PAUSE_NANOS, pause));
    }
    listener.ended();
    consider();
  }

  private void compactionUnreadable(Compaction present, Throwable reason) {
    if (failures >= FAILURES_OF_DAMAGE && !(reason instanceof Compaction.CopyFailedException)) {
      present.victim().damaged = true;
      if (!(reason instanceof IOException)) {
        // An error of ours says nothing about the disk: the segment is left alone in this life.
        abandonCompaction();
        return;
      }
      listener.damaged(unreadable(present.victim(), present.at(), reason));
    }
    abandonCompaction();
  }

  private void scrubUnreadable(Scrub.Part part, Throwable reason) {
    SegmentTable.Entry entry = index.segments.get(part.segment().id());
    if (failures < FAILURES_OF_DAMAGE || entry == null) {
      return;
    }
    SetAside range = unreadable(entry, part.from(), reason);
    if (reason instanceof IOException) {
      entry.damaged = true;
      listener.damaged(range);
    }
    scrub.read(range.offset() + range.length());
  }

  private static SetAside unreadable(SegmentTable.Entry entry, long from, Throwable reason) {
    long length = Math.max(1, Math.min(STEP_BYTES, entry.end - from));
    return new SetAside(entry.segment.id(), from, length, null, "it could not be read: " + reason);
  }

  /** A job that is due waits for something that may pass. */
  private void stall(String name, String reason) {
    stalled = name;
    listener.stalled(name + ": " + reason);
  }

  private void goesOn() {
    if (stalled != null) {
      stalled = null;
      listener.stalled(null);
    }
  }

  private void retryLater(long nanos) {
    manifestDue |= savingManifest;
    savingManifest = false;
    retryWaits = true;
    ports
        .timers()
        .after(
            nanos,
            () -> {
              retryWaits = false;
              retryFlush();
              consider();
            });
  }

  private static final String FLUSHING = "flushing the index";
  private static final String MANIFEST = "saving the manifest";
  private static final String COMPACTING = "compacting";
  private static final String SCRUBBING = "scrubbing";

  /** The job that waits for something that may pass. */
  private @Nullable String stalled;

  private final RetryPause pause = new RetryPause();
  private String lastFailed = "";
  private int failures;
  private boolean savingManifest;
  private Scrub.@Nullable Part scrubbing;

  private void succeeded(String name) {
    pause.reset();
    if (name.equals(lastFailed)) {
      lastFailed = "";
      failures = 0;
    }
    if (name.equals(stalled)) {
      goesOn();
    }
  }

  // ---- flushes

  private boolean flushIsDue() {
    int entries = index.activeEntries();
    return entries >= config.memtableEntries()
        || (entries > 0 && logged - loggedAtFreeze >= config.memtableLogBytes())
        || flushByAge;
  }

  private void askAge() {
    if (!ageAsked) {
      ageAsked = true;
      long generation = index.generation();
      ports
          .timers()
          .after(
              config.memtableNanos(),
              () -> {
                ageAsked = false;
                if (index.generation() == generation) {
                  flushByAge = true;
                  consider();
                } else if (index.activeEntries() > 0) {
                  askAge();
                }
              });
    }
  }

  private void flush() {
    flushByAge = false;
    loggedAtFreeze = logged;
    flushing = index.freeze();
    covering = logEnd;
    sharedCovering = index.shared.all();
    commits.forceSoon();
    writeRuns();
  }

  private long covering;
  private List<SharedKeys.Entry> sharedCovering = List.of();
  private List<SharedKeys.Entry> sharedCovered;

  private void retryFlush() {
    if (flushing != null && !jobs.running() && !closing && !stopped) {
      writeRuns();
    }
  }

  private void writeRuns() {
    LiveIndex.Frozen memtable = flushing;
    if (memtable == null) {
      return;
    }
    long firstId = nextRunId;
    nextRunId += RunTable.GROUPS;
    jobs.run(
        FLUSHING,
        () -> {
          List<Run> runs = new ArrayList<>();
          try {
            for (int group = 0; group < RunTable.GROUPS; group++) {
              long from = RunTable.firstOf(group);
              long to = RunTable.lastOf(group);
              EntryIterator entries = memtable.iterate(from, to);
              Run run = write(group, firstId + group, entries, memtable.count(from, to));
              if (run != null) {
                runs.add(run);
              }
            }
            return runs;
          } catch (IOException | RuntimeException | Error e) {
            OutOfMemory.endsProcess(e);
            runs.forEach(run -> run.letGoAndDelete(disk));
            throw e;
          }
        },
        runs -> {
          for (Run run : runs) {
            index.runs.addNewest(run);
            count(run);
          }
          flushing = null;
          index.flushed(memtable);
          memtablesFlushed++;
          flushes++;
          covered = covering;
          sharedCovered = sharedCovering;
          manifestDue = true;
          SnapshotOrder order = snapshot;
          if (order != null) {
            takeSnapshot(order);
          } else {
            consider();
          }
        });
  }

  private @Nullable Run write(int group, long id, EntryIterator entries, int expected)
      throws IOException {
    RunDescription written =
        RunWriter.write(disk, RunTable.DIRECTORY, group, id, jobs.watched(entries), expected);
    if (written == null) {
      return null;
    }
    try {
      return Run.open(disk, RunTable.DIRECTORY, written);
    } catch (DamagedRunException e) {
      throw new IOException("a run is damaged as soon as it is written", e);
    }
  }

  private void count(Run run) {
    runBytes += run.description().fileBytes() + run.description().bloomBytes();
  }

  // ---- the manifest, and what may go after it

  private Manifest manifest() {
    return new Manifest(
        covered,
        secret0,
        secret1,
        ids.next(),
        nextRunId,
        index.segments.facts(covered, memtablesFlushed),
        index.runs.descriptions(),
        List.copyOf(buckets),
        sharedCovered,
        index.drops());
  }

  private void saveManifest() {
    manifestDue = false;
    savingManifest = true;
    Manifest manifest = manifest();
    long flushed = memtablesFlushed;
    List<Run> old = List.copyOf(replacedRuns);
    List<Segment> empty = new ArrayList<>();
    for (SegmentTable.Entry entry : index.segments.all()) {
      if (entry.emptiedIn <= flushed) {
        empty.add(entry.segment);
      }
    }
    jobs.run(
        MANIFEST,
        () -> {
          files.write(Manifest.NAME, manifest.encode());
          return true;
        },
        done -> {
          savingManifest = false;
          replacedRuns.removeAll(old);
          doomedRuns.addAll(old);
          for (Segment segment : empty) {
            index.segments.remove(segment.id());
          }
          forget(empty);
        });
  }

  private final List<Run> replacedRuns = new ArrayList<>();

  /** Runs and segments that no durable manifest names any more, and whose files are to go. */
  private final List<Run> doomedRuns = new ArrayList<>();

  private final List<Emptied> doomedSegments = new ArrayList<>();

  /**
   * @param read somebody still reads it
   */
  private record Emptied(Segment segment, boolean read) {}

  private void forget(List<Segment> empty) {
    for (Segment segment : empty) {
      doomedSegments.add(new Emptied(segment, !segment.letGo()));
    }
    consider();
  }

  /** Gives back the files of what no durable manifest names any more. */
  private void recycle() {
    List<Run> runs = List.copyOf(doomedRuns);
    doomedRuns.clear();
    List<Emptied> segments = List.copyOf(doomedSegments);
    jobs.run(
        RECYCLING,
        () -> {
          runs.forEach(run -> run.letGoAndDelete(disk));
          for (Emptied each : segments) {
            pool.recycle(each.segment, each.read);
          }
          return true;
        },
        done -> {
          doomedSegments.removeAll(segments);
          consider();
        });
  }

  private static final String RECYCLING = "recycling files";

  // ---- merges

  private boolean merge() {
    for (int group = 0; group < RunTable.GROUPS; group++) {
      List<Run> runs = index.runs.group(group);
      MergePolicy.Choice choice = MergePolicy.choose(runs.stream().map(Run::description).toList());
      if (choice != null) {
        merge(group, runs.subList(choice.from(), choice.to()), choice.to() == runs.size());
        return true;
      }
    }
    return false;
  }

  /** Writes one run in the place of several. */
  private void merge(int group, List<Run> inputs, boolean oldest) {
    List<Run> old = List.copyOf(inputs);
    List<Manifest.Drop> drops = index.drops();
    long id = nextRunId++;
    Map<Long, Long> dead = new TreeMap<>();
    jobs.run(
        "merging runs",
        () -> {
          List<EntryIterator> newestFirst = new ArrayList<>();
          int entries = 0;
          for (Run run : old) {
            newestFirst.add(
                RunTable.iterate(run, RunTable.firstOf(group), RunTable.lastOf(group), drops));
            entries += (int) Math.min(run.description().entries(), Integer.MAX_VALUE / 64);
          }
          EntryIterator merged =
              new MergeIterator(
                  newestFirst,
                  oldest,
                  (location, length) ->
                      dead.merge(Location.segment(location), (long) length, Long::sum));
          return new Merged(write(group, id, merged, entries));
        },
        merged -> {
          index.runs.replace(group, old, merged.run());
          if (merged.run() != null) {
            count(merged.run());
          }
          dead.forEach((segment, bytes) -> index.segments.dead(Location.of(segment, 0), bytes));
          replacedRuns.addAll(old);
          merges++;
          manifestDue = true;
          consider();
        });
  }

  private record Merged(@Nullable Run run) {}

  // ---- drops

  /** Rewrites the groups that dropped ranges reach into, one after the other. */
  private boolean drop() {
    List<Manifest.Drop> drops = index.drops();
    if (drops.isEmpty() || index.frozenEntries() > 0) {
      return false;
    }
    for (int group = 0; group < RunTable.GROUPS; group++) {
      for (Manifest.Drop drop : drops) {
        if (RunTable.groupOf(drop.range().first()) <= group
            && group <= RunTable.groupOf(drop.range().last())
            && index.runs.group(group).stream()
                .anyMatch(run -> run.description().id() < drop.endOfRuns())) {
          merge(group, index.runs.group(group), true);
          return true;
        }
      }
    }
    index.dropped(drops);
    manifestDue = true;
    List<Completion> done = List.copyOf(whenDropped);
    whenDropped.clear();
    try {
      Completion.all(done, null);
    } finally {
      consider();
    }
    return true;
  }

  // ---- snapshots

  /** The one that is taken when the flush that is under way has ended. */
  private @Nullable SnapshotOrder snapshot;

  private boolean rollAsked;

  private void takeSnapshot(SnapshotOrder order) {
    snapshot = null;
    Manifest manifest = manifest();
    List<Long> segments = new ArrayList<>();
    for (SegmentTable.Entry entry : index.segments.all()) {
      long id = entry.segment.id();
      if (entry.segment.cold() || id <= Location.segment(covered)) {
        segments.add(id);
      }
    }
    Life life = commits.life();
    Map<String, byte[]> values = order.metadata.get();
    jobs.run(
        "making a snapshot",
        () -> {
          try {
            Snapshot.make(disk, config.storeId(), order.name, segments, manifest, life, values);
            return "";
          } catch (IOException | RuntimeException | Error e) {
            OutOfMemory.endsProcess(e);
            // The store itself is as sound as before.
            return "the snapshot was not made: " + e.getMessage();
          }
        },
        reason -> {
          backups = true;
          order.done.completed(reason.isEmpty() ? null : new StorageFailure(reason));
          consider();
        });
  }

  // ---- compaction

  private void compact() {
    // What was dropped is still in the runs for a while: it must not be copied behind its drop.
    boolean mayBegin = moves.isEmpty() && index.drops().isEmpty() && !room.full();
    if (jobs.running() || compactionWaits || !mayBegin) {
      return;
    }
    Compaction present = compaction;
    if (present != null && present.victim().damaged) {
      // Somebody found damage in it meanwhile: what was copied stays, and so does the segment.
      compaction = null;
      present = null;
    }
    if (present == null) {
      SegmentTable.Entry victim =
          CompactionPolicy.choose(
              index.segments, covered, memtablesFlushed, openCold, ids.next(), config.leastLive());
      if (victim == null) {
        return;
      }
      present =
          new Compaction(victim, index.fingerprint, cold, reader, olderThan(victim.segment.id()));
      compaction = present;
    }
    step(present);
  }

  private LongPredicate olderThan(long victim) {
    long oldest = Long.MAX_VALUE;
    for (SegmentTable.Entry entry : index.segments.all()) {
      if (entry.segment.id() != victim) {
        oldest = Math.min(oldest, entry.oldest);
      }
    }
    long least = oldest;
    boolean linked = backups || !doomedSegments.isEmpty();
    return stamp -> linked || least < stamp;
  }

  private void step(Compaction present) {
    List<List<Run>> runs = new ArrayList<>();
    for (int group = 0; group < RunTable.GROUPS; group++) {
      runs.add(index.runs.group(group));
    }
    List<Run> held = index.runs.all();
    held.forEach(Run::hold);
    List<SharedKeys.Entry> shared = index.shared.all();
    reader.forget();
    jobs.run(
        COMPACTING,
        () -> {
          try {
            return new Stepped(present.step(STEP_BYTES, runs, shared), null);
          } catch (Compaction.DamagedSegmentException e) {
            return new Stepped(null, e.range());
          } finally {
            held.forEach(Run::letGo);
          }
        },
        stepped -> compacted(present, stepped));
  }

  private record Stepped(Compaction.@Nullable Step step, @Nullable SetAside damage) {}

  private void compacted(Compaction present, Stepped stepped) {
    Compaction.Step step = stepped.step;
    if (step == null) {
      present.victim().damaged = true;
      compaction = null;
      if (stepped.damage != null) {
        listener.damaged(stepped.damage);
      }
      consider();
      return;
    }
    for (ColdWriter.Progress progress : step.progress()) {
      SegmentTable.Entry entry = index.segments.get(progress.segment().id());
      if (entry == null) {
        entry = new SegmentTable.Entry(progress.segment(), 0, Long.MAX_VALUE, false);
        index.segments.add(entry);
      }
      entry.end = progress.end();
      entry.oldest = progress.oldest();
      entry.sealed = progress.sealed();
      openCold = progress.sealed() ? -1 : progress.segment().id();
    }
    moves.addAll(step.moves());
    movesEnd = step.ended();
    compactionRests(Math.max(1, step.read() * 1_000_000_000L / config.compactionBytesPerSecond()));
    move();
    consider();
  }

  private void compactionRests(long nanos) {
    compactionWaits = true;
    ports
        .timers()
        .after(
            nanos,
            () -> {
              compactionWaits = false;
              consider();
            });
  }

  /** Points the index to the copies, some at a time, so that nobody waits long behind it. */
  private void move() {
    movesAsked = false;
    if (stopped || closing) {
      return;
    }
    try {
      moveSome();
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      // Which of the copies are known is no longer known itself.
      stopped = true;
      listener.failed(new StorageFailure("pointing the index to copies failed: " + e));
    }
  }

  private void moveSome() {
    for (int i = 0; i < MOVES_PER_TURN && !moves.isEmpty(); i++) {
      Compaction.Move move = moves.remove();
      boolean moved =
          !quarantined.test(move.from())
              && (move.shared() == null ? moved(move) : movedShared(move));
      SegmentTable.Entry into = index.segments.get(Location.segment(move.to()));
      if (moved && into != null) {
        into.knownIn = index.generation() + 1;
      }
      if (!moved) {
        index.segments.dead(move.to(), move.length());
      }
    }
    if (!moves.isEmpty()) {
      if (!movesAsked) {
        movesAsked = true;
        executors.owner().execute(this::move);
      }
    } else if (movesEnd) {
      movesEnd = false;
      emptied();
    }
  }

  private boolean moved(Compaction.Move move) {
    return index.move(
        move.position(), move.fingerprint(), move.from(), move.to(), move.length(), move.removed());
  }

  private boolean movedShared(Compaction.Move move) {
    Key key = move.shared();
    SharedKeys.Entry entry = key == null ? null : index.shared.get(key);
    if (key == null || entry == null || entry.location() != move.from()) {
      return false;
    }
    index.shared.put(
        new SharedKeys.Entry(
            key, move.to(), move.removed() ? 0 : move.length(), entry.versionHash()));
    return true;
  }

  private void emptied() {
    Compaction present = compaction;
    if (present == null) {
      return;
    }
    if (present.victim().damaged) {
      compaction = null;
      consider();
      return;
    }
    present.victim().emptiedIn = index.generation() + 1;
    compaction = null;
    compactions++;
    if (index.activeEntries() == 0 && index.shared.isEmpty()) {
      present.victim().emptiedIn = index.generation();
      manifestDue = true;
    } else {
      // Also if only shared keys moved, which a flush of nothing takes along.
      flushByAge |= index.activeEntries() == 0;
      askAge();
    }
    consider();
  }

  private void abandonCompaction() {
    if (moves.isEmpty()) {
      compaction = null;
    }
  }

  // ---- scrub

  private void scrub() {
    if (jobs.running() || scrubWaits || config.scrubNanos() == 0) {
      return;
    }
    Scrub.Part part = scrub.next(index.segments);
    long bytes = Math.max(1, index.segments.bytes());
    long pause =
        part == null
            ? config.scrubNanos()
            : Math.max(1_000_000, (long) ((double) config.scrubNanos() * STEP_BYTES / bytes));
    scrubWaits = true;
    ports
        .timers()
        .after(
            Math.min(pause, config.scrubNanos()),
            () -> {
              scrubWaits = false;
              consider();
            });
    if (part == null) {
      scrubRuns();
      return;
    }
    part.segment().hold();
    scrubbing = part;
    jobs.run(
        SCRUBBING,
        () -> {
          try {
            return Scrub.step(reader, part, STEP_BYTES);
          } finally {
            part.segment().letGo();
          }
        },
        found -> {
          scrub.read(found.at());
          for (SetAside flaw : found.flaws()) {
            SegmentTable.Entry entry = index.segments.get(flaw.segment());
            if (entry != null) {
              entry.damaged = true;
            }
            listener.damaged(flaw);
          }
          consider();
        });
  }

  /** At the end of a round: all pages of the index, also those that no look-up reads. */
  private void scrubRuns() {
    List<Run> runs = index.runs.all();
    if (runs.isEmpty()) {
      return;
    }
    runs.forEach(Run::hold);
    jobs.run(
        SCRUBBING_INDEX,
        () -> {
          try {
            runs.forEach(Run::verify);
            return true;
          } finally {
            runs.forEach(Run::letGo);
          }
        },
        done -> {
          consider();
        });
  }

  private static final String SCRUBBING_INDEX = "scrubbing the index";

  // ---- room

  private void askRoom() {
    if (roomAsked || (config.reserveBytes() == 0 && !room.full())) {
      return;
    }
    roomAsked = true;
    ports
        .timers()
        .after(
            room.full() ? RETRY_NANOS : config.roomNanos(),
            () -> {
              roomAsked = false;
              lookAtRoom();
            });
  }

  private void lookAtRoom() {
    if (stopped || closing) {
      return;
    }
    executors
        .background()
        .execute(
            () -> {
              long usable;
              try {
                usable = disk.usableBytes();
              } catch (IOException e) {
                usable = Long.MAX_VALUE;
              }
              long bytes = usable;
              executors.owner().execute(() -> roomSeen(bytes));
            });
  }

  private void roomSeen(long usable) {
    if (room.seen(usable)) {
      listener.roomChanged(
          room.full(), room.full() ? usable + " bytes are free" : "there is room again");
    }
    if (room.full() || logged != loggedAtCheck) {
      loggedAtCheck = logged;
      askRoom();
    }
    consider();
  }
}
