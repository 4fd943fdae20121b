package starling.node.storage.index;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.mapdb.SortedTableMap;
import starling.node.port.Disk;
import starling.node.port.OutOfMemory;

/**
 * An immutable sorted part of the index: a memory-mapped MapDB sorted table, behind a Bloom filter
 * on the heap, so that a miss hardly ever touches the table. Any thread may read.
 *
 * <p>The file is checked as a whole when it is opened, but bit rot may follow. Misses, and all
 * entries of an iterator, are therefore read through checksums of its blocks; an entry that was
 * found at once is checked by its record.
 *
 * <p>A reader on another thread holds the run while it reads. The last release unmaps it, and
 * deletes its files if requested.
 */
public final class Run {
  private static final int MAX_TRIES = 3;

  private final RunDescription description;
  private final Disk.Mapping mapping;
  private final SortedTableMap<IndexKey, Place> table;

  /** The same table, read through checksums. */
  private final SortedTableMap<IndexKey, Place> checked;

  private final KeyFilter filter;
  private final String directory;
  private final AtomicInteger holders = new AtomicInteger(1);
  private volatile @Nullable Disk doomed;

  private Run(
      RunDescription description,
      String directory,
      Disk.Mapping mapping,
      SortedTableMap<IndexKey, Place> table,
      SortedTableMap<IndexKey, Place> checked,
      KeyFilter filter) {
    this.description = description;
    this.directory = directory;
    this.mapping = mapping;
    this.table = table;
    this.checked = checked;
    this.filter = filter;
  }

  /**
   * Opens a run and checks all of it.
   *
   * @throws DamagedRunException if its files are missing or damaged
   */
  public static Run open(Disk disk, String directory, RunDescription description)
      throws IOException, DamagedRunException {
    String file = description.fileName(directory);
    String bloom = description.bloomName(directory);
    if (!disk.exists(file) || !disk.exists(bloom)) {
      throw new DamagedRunException(file + " or its filter is missing");
    }
    KeyFilter filter = filter(disk, bloom, description);
    Disk.Mapping mapping = disk.map(file);
    try {
      ByteBuffer bytes = mapping.buffer();
      CRC32C crc = new CRC32C();
      crc.update(bytes.duplicate());
      if (bytes.remaining() != description.fileBytes()
          || (int) crc.getValue() != description.fileCrc()) {
        throw new DamagedRunException(file + " is damaged: its checksum does not match");
      }
      SortedTableMap<IndexKey, Place> table = table(new MappedVolume(bytes));
      if (table.sizeLong() != description.entries()) {
        throw new DamagedRunException(file + " has " + table.sizeLong() + " entries");
      }
      SortedTableMap<IndexKey, Place> checked = table(new CheckedVolume(file, bytes));
      return new Run(description, directory, mapping, table, checked, filter);
    } catch (DamagedRunException | RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      mapping.close();
      throw e;
    }
  }

  private static SortedTableMap<IndexKey, Place> table(MappedVolume volume) {
    return SortedTableMap.Companion.open(volume, new FixedWidth.Keys(), new FixedWidth.Places());
  }

  private static KeyFilter filter(Disk disk, String name, RunDescription description)
      throws IOException, DamagedRunException {
    try (Disk.File file = disk.open(name)) {
      long size = file.size();
      if (size != description.bloomBytes() || RunWriter.crc(file) != description.bloomCrc()) {
        throw new DamagedRunException(name + " is damaged: its checksum does not match");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) size);
      while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) {
        // Until all is read or the file ends.
      }
      KeyFilter filter = KeyFilter.decode(bytes.flip());
      if (filter == null) {
        throw new DamagedRunException(name + " is not a filter of a known version");
      }
      return filter;
    }
  }

  public RunDescription description() {
    return description;
  }

  /**
   * Finds an entry. A miss, or a removal, is checked: damaged pages never hide an entry. The caller
   * must check an entry that was found by its record, or use {@link #findChecked}.
   *
   * @throws DamagedPageException if a page that was read is damaged
   * @throws InternalError if a page could not be read from the disk, several times
   */
  public boolean find(long position, long fingerprint, EntryCursor into) {
    if (!filter.mayContain(position, fingerprint)) {
      return false;
    }
    IndexKey key = new IndexKey(position, fingerprint);
    Place place;
    try {
      place = table.get(key);
    } catch (RuntimeException | InternalError e) {
      // A damaged page may cause any error; a page that could not be read is read again.
      place = null;
    }
    if (place == null || place.lengthAndMark() < 0) {
      place = get(key);
    }
    if (place == null) {
      return false;
    }
    fill(key, place, into);
    return true;
  }

  /** The same, and checks an entry that was found too. */
  public boolean findChecked(long position, long fingerprint, EntryCursor into) {
    if (!filter.mayContain(position, fingerprint)) {
      return false;
    }
    IndexKey key = new IndexKey(position, fingerprint);
    Place place = get(key);
    if (place != null) {
      fill(key, place, into);
    }
    return place != null;
  }

  private @Nullable Place get(IndexKey key) {
    for (int tries = 1; ; tries++) {
      try {
        return checked.get(key);
      } catch (InternalError e) {
        if (tries == MAX_TRIES) {
          throw e;
        }
      }
    }
  }

  /**
   * Reads and checks the whole run.
   *
   * @throws DamagedPageException if it is damaged
   */
  public void verify() {
    CRC32C crc = new CRC32C();
    crc.update(mapping.buffer().duplicate());
    if ((int) crc.getValue() != description.fileCrc()) {
      throw new DamagedPageException(description.fileName(directory) + " is damaged (bit rot)");
    }
  }

  /** Entries of a range of positions, both ends included, each of them checked. */
  public EntryIterator iterate(long from, long to) {
    Iterator<Map.Entry<IndexKey, Place>> entries =
        checked.entryIterator(new IndexKey(from, 0), true, new IndexKey(to, -1L), true);
    return into -> {
      if (!entries.hasNext()) {
        return false;
      }
      Map.Entry<IndexKey, Place> next = entries.next();
      fill(next.getKey(), next.getValue(), into);
      return true;
    };
  }

  private static void fill(IndexKey key, Place place, EntryCursor into) {
    int length = place.lengthAndMark();
    into.set(
        key.position(),
        key.fingerprint(),
        place.location(),
        length & Integer.MAX_VALUE,
        place.versionHash(),
        length < 0);
  }

  public void hold() {
    if (holders.getAndIncrement() <= 0) {
      throw new IllegalStateException("run " + description.id() + " is closed");
    }
  }

  public void letGo() {
    if (holders.decrementAndGet() != 0) {
      return;
    }
    mapping.close();
    Disk disk = doomed;
    if (disk != null) {
      try {
        disk.delete(description.fileName(directory));
        disk.delete(description.bloomName(directory));
      } catch (IOException e) {
        // No manifest names the files any more; the next open deletes the rest.
      }
    }
  }

  /** The same; the last holder also deletes its files. */
  public void letGoAndDelete(Disk disk) {
    doomed = disk;
    letGo();
  }
}
