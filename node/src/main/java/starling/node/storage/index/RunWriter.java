package starling.node.storage.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.mapdb.SortedTableMap;
import starling.node.port.Disk;

/**
 * Writes runs: a MapDB sorted table of fixed-width entries, and a Bloom filter beside it. Each file
 * is whole and durable before it gets its name, and is not read after a restart unless a manifest
 * names it.
 */
public final class RunWriter {
  private static final int NODE_ENTRIES = 32;
  private static final int MIN_PAGE_BYTES = 16 << 10;
  private static final int MAX_PAGE_BYTES = 1 << 20;
  private static final int ENTRY_BYTES = 37;
  private static final int PAGES = 8;
  private static final String UNFINISHED = ".tmp";
  private static final int WINDOW_BYTES = 256 << 10;

  private RunWriter() {}

  /**
   * Writes a run of all entries of the iterator; returns {@code null} if there are none.
   *
   * @param mostEntries at least the number of entries
   */
  public static @Nullable RunDescription write(
      Disk disk, String directory, int group, long id, EntryIterator entries, long mostEntries)
      throws IOException {
    EntryCursor entry = new EntryCursor();
    if (!entries.next(entry)) {
      return null;
    }
    RunDescription names = new RunDescription(group, id, 0, 0, 0, 0, 0);
    String file = names.fileName(directory);
    String bloom = names.bloomName(directory);
    disk.createDirectory(directory + "/" + group);
    disk.forceDirectory(directory);
    KeyFilter filter = KeyFilter.of(mostEntries);
    try {
      long count;
      try (Disk.File table = disk.open(file + UNFINISHED)) {
        table.truncate(0);
        count = table(table, entries, entry, filter, mostEntries);
        table.fsync();
      }
      try (Disk.File out = disk.open(bloom + UNFINISHED)) {
        out.truncate(0);
        out.write(filter.encode(), 0);
        out.fsync();
      }
      disk.rename(file + UNFINISHED, file);
      disk.rename(bloom + UNFINISHED, bloom);
      disk.forceDirectory(directory + "/" + group);
      try (Disk.File table = disk.open(file);
          Disk.File filterFile = disk.open(bloom)) {
        return new RunDescription(
            group, id, count, table.size(), crc(table), filterFile.size(), crc(filterFile));
      }
    } catch (UncheckedIOException e) {
      delete(disk, file, bloom);
      throw e.getCause();
    } catch (IOException e) {
      delete(disk, file, bloom);
      throw e;
    }
  }

  /** Deletes the files of an attempt that failed: the next uses another number. */
  private static void delete(Disk disk, String file, String bloom) throws IOException {
    for (String each : new String[] {file, bloom}) {
      disk.delete(each + UNFINISHED);
      disk.delete(each);
    }
  }

  private static long table(
      Disk.File file, EntryIterator entries, EntryCursor entry, KeyFilter filter, long mostEntries)
      throws IOException {
    SortedTableMap.Sink<IndexKey, Place> sink =
        SortedTableMap.Companion.createFromSink(
            new FixedWidth.Keys(),
            new FixedWidth.Places(),
            new DiskVolume(file),
            pageBytes(mostEntries),
            NODE_ENTRIES);
    long count = 0;
    do {
      IndexKey key = new IndexKey(entry.position, entry.fingerprint);
      int mark = entry.removed ? 1 << 31 : 0;
      sink.put(key, new Place(entry.location, entry.length | mark, entry.versionHash));
      filter.add(entry.position, entry.fingerprint);
      count++;
    } while (entries.next(entry));
    Object unused = sink.create();
    return count;
  }

  /** Small enough that the last page, which is always written whole, is a small part of the run. */
  private static long pageBytes(long entries) {
    long wanted = Long.highestOneBit(Math.max(1, entries * ENTRY_BYTES / PAGES));
    return Math.max(MIN_PAGE_BYTES, Math.min(MAX_PAGE_BYTES, wanted));
  }

  static int crc(Disk.File file) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES);
    long at = 0;
    while (true) {
      int read = file.read(window.clear(), at);
      if (read < 0) {
        return (int) crc.getValue();
      }
      crc.update(window.flip());
      at += read;
    }
  }
}
