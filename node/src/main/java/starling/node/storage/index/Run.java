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
 * An immutable part of the index, sorted: a MapDB sorted table that is mapped into memory, behind a
 * Bloom filter on the heap, so that a look-up for what is not there hardly ever touches it. Any
 * thread may read.
 *
 * <p>The file is checked as a whole when it is opened, and pages may rot later. What a look-up does
 * not find, and all that an iterator gives, is therefore read through checksums of its blocks; an
 * entry that was found at once is checked by its record.
 *
 * <p>Whoever reads beside its owner holds it meanwhile. The last to let go unmaps it, and deletes
 * its files if that was asked for.
 */
public final class Run {
  private static final int MAX_TRIES = 3;

  private final RunDescription description;
  private final Disk.Mapping mapping;
  private final SortedTableMap<IndexKey, Place> table;

  /** The same table, and what is read of it is checked. */
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
   * @throws DamagedRunException if its files are missing or are not what was written
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
        throw new DamagedRunException(file + " is not what was written");
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
        throw new DamagedRunException(name + " is not what was written");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) size);
      while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) {
        // Until it is whole or the file ends.
      }
      KeyFilter filter = KeyFilter.decode(bytes.flip());
      if (filter == null) {
        throw new DamagedRunException(name + " is no filter of a version that is known");
      }
      return filter;
    }
  }

  public RunDescription description() {
    return description;
  }

  /**
   * Finds an entry. That there is none, or that its key was removed, is checked: pages that rotted
   * never hide an entry. An entry that was found is to be checked by who reads its record, or asked
   * for by {@link #findChecked}.
   *
   * @throws DamagedPageException if the pages that were read are not what was written
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
      // A page that rotted leads anywhere; one that could not be read is read again.
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

  /** The same, and an entry that was found is checked too. */
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
   * Reads all of it.
   *
   * @throws DamagedPageException if it is not what was written
   */
  public void verify() {
    CRC32C crc = new CRC32C();
    crc.update(mapping.buffer().duplicate());
    if ((int) crc.getValue() != description.fileCrc()) {
      throw new DamagedPageException(description.fileName(directory) + " has rotted");
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
        // Nobody names the files any more; the next open deletes what is left.
      }
    }
  }

  /** The same, and its files go with the last holder. */
  public void letGoAndDelete(Disk disk) {
    doomed = disk;
    letGo();
  }
}
