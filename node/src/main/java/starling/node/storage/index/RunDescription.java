package starling.node.storage.index;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A run's entry in the manifest: 44 bytes, big endian, in the order of the components.
 *
 * @param group the range of the ring that it belongs to
 * @param entries including removals
 * @param fileBytes of the sorted table, with the crc32c of the whole file; the same of its filter
 */
public record RunDescription(
    int group, long id, long entries, long fileBytes, int fileCrc, long bloomBytes, int bloomCrc) {

  public void write(DataOutput out) throws IOException {
    out.writeInt(group);
    out.writeLong(id);
    out.writeLong(entries);
    out.writeLong(fileBytes);
    out.writeInt(fileCrc);
    out.writeLong(bloomBytes);
    out.writeInt(bloomCrc);
  }

  public static RunDescription read(DataInput in) throws IOException {
    return new RunDescription(
        in.readInt(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readInt(),
        in.readLong(),
        in.readInt());
  }

  /** The sorted table's file, below the index's directory. */
  public String fileName(String directory) {
    return directory + "/" + group + "/" + id + ".stm";
  }

  /** The Bloom filter's file. */
  public String bloomName(String directory) {
    return directory + "/" + group + "/" + id + ".bloom";
  }
}
