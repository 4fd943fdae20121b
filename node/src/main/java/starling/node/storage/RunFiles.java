package starling.node.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;
import starling.node.storage.index.DamagedRunException;
import starling.node.storage.index.EntryIterator;
import starling.node.storage.index.Run;
import starling.node.storage.index.RunDescription;
import starling.node.storage.index.RunWriter;

/** Numbers new runs and writes their files. The owner's thread calls all but {@link #write}. */
final class RunFiles {
  private final Disk disk;
  private final Jobs jobs;
  private long nextId;
  private long bytes;

  RunFiles(Disk disk, Jobs jobs, long nextId) {
    this.disk = disk;
    this.jobs = jobs;
    this.nextId = nextId;
  }

  /** The id of the next run; all runs have lower ids. */
  long nextId() {
    return nextId;
  }

  /** Takes several ids; returns the first. */
  long takeIds(int count) {
    long first = nextId;
    nextId += count;
    return first;
  }

  /** Bytes of the runs that were written and put into the index. */
  long bytes() {
    return bytes;
  }

  void count(Run run) {
    bytes += run.description().fileBytes() + run.description().bloomBytes();
  }

  /** Writes a run; in the background. Returns null if there are no entries. */
  @Nullable Run write(int group, long id, EntryIterator entries, int expected) throws IOException {
    RunDescription written =
        RunWriter.write(disk, RunTable.DIRECTORY, group, id, jobs.watched(entries), expected);
    if (written == null) {
      return null;
    }
    try {
      return Run.open(disk, RunTable.DIRECTORY, written);
    } catch (DamagedRunException e) {
      throw new IOException("a run that was just written is damaged; check the disk", e);
    }
  }
}
