package starling.node.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import starling.node.port.Disk;
import starling.node.storage.index.RunDescription;

/**
 * A copy of the store at one moment, in {@code backup/<name>}, made of hard links: it uses no extra
 * space until the store deletes the files. The manifest is written last, so a directory with a
 * manifest is whole. To restore it, copy it to a data directory and open that.
 *
 * <p>The active segment is linked too and still grows; the snapshot may hold later records as well.
 */
final class Snapshot {
  static final String DIRECTORY = "backup";

  private Snapshot() {}

  /** Throws for a name that is not valid for a directory. */
  static void check(String name) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw new IllegalArgumentException(
          "invalid name of a snapshot (use letters, digits, . _ -, at most 64): " + name);
    }
  }

  static boolean isWhole(Disk disk, String name) throws IOException {
    return disk.exists(DIRECTORY + "/" + name + "/" + MetadataFiles.DIRECTORY + "/manifest");
  }

  /** Makes a snapshot; in the background, while no other job deletes files of the store. */
  static void make(
      Disk disk,
      UUID storeId,
      String name,
      List<Long> segments,
      Manifest manifest,
      ShutdownState life,
      Map<String, byte[]> metadata)
      throws IOException {
    String root = DIRECTORY + "/" + name;
    if (isWhole(disk, name)) {
      throw new IOException("a snapshot of this name exists; choose another name: " + name);
    }
    List<String> directories = new ArrayList<>();
    directories.add(DIRECTORY);
    directories.add(root);
    directories.add(root + "/" + Segment.DIRECTORY);
    directories.add(root + "/" + RunTable.DIRECTORY);
    for (int group = 0; group < RunTable.GROUPS; group++) {
      directories.add(root + "/" + RunTable.DIRECTORY + "/" + group);
    }
    for (String directory : directories) {
      disk.createDirectory(directory);
    }
    for (long id : segments) {
      link(disk, root, Segment.fileName(id));
    }
    for (RunDescription run : manifest.runs()) {
      link(disk, root, run.fileName(RunTable.DIRECTORY));
      link(disk, root, run.bloomName(RunTable.DIRECTORY));
    }
    for (String directory : directories) {
      disk.forceDirectory(directory);
    }
    disk.forceDirectory("");
    MetadataFiles files = new MetadataFiles(disk, storeId, root + "/");
    files.create();
    for (Map.Entry<String, byte[]> value : metadata.entrySet()) {
      files.write(value.getKey(), value.getValue());
    }
    files.write(ShutdownState.NAME, life.encode());
    files.write(Manifest.NAME, manifest.encode());
  }

  private static void link(Disk disk, String root, String file) throws IOException {
    String to = root + "/" + file;
    if (disk.exists(to)) {
      // Left by an attempt that crashed.
      disk.delete(to);
    }
    disk.link(file, to);
  }
}
