package starling.node.storage;

import java.io.IOException;
import starling.node.port.Disk;

/** One file of the log, open for as long as the store is. */
final class Segment {
  static final String DIRECTORY = "log";
  private static final String SUFFIX = ".seg";
  private static final int DIGITS = 10;

  private final SegmentHeader header;
  private final Disk.File file;

  Segment(SegmentHeader header, Disk.File file) {
    this.header = header;
    this.file = file;
  }

  /** Makes a segment, durable with its name, before any record goes into it. */
  static Segment create(Disk disk, SegmentHeader header) throws IOException {
    Disk.File file = disk.open(fileName(header.id()));
    file.truncate(0);
    file.write(header.encode(), 0);
    file.force();
    disk.forceDirectory(DIRECTORY);
    return new Segment(header, file);
  }

  long id() {
    return header.id();
  }

  long salt() {
    return header.salt();
  }

  Disk.File file() {
    return file;
  }

  static String fileName(long id) {
    String digits = Long.toString(id);
    return DIRECTORY + "/" + "0".repeat(Math.max(0, DIGITS - digits.length())) + digits + SUFFIX;
  }

  /** The id in a file's name, or -1 if it is not a segment's. */
  static long idOf(String name) {
    if (name.length() < DIGITS + SUFFIX.length() || !name.endsWith(SUFFIX)) {
      return -1;
    }
    String digits = name.substring(0, name.length() - SUFFIX.length());
    return digits.length() <= 18 && digits.chars().allMatch(c -> c >= '0' && c <= '9')
        ? Long.parseLong(digits)
        : -1;
  }
}
