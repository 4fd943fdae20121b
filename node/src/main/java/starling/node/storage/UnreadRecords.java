package starling.node.storage;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;

/** The records of a page that a reader could not read. */
final class UnreadRecords {
  /** Reads a record; returns what is wrong with it, or null. */
  interface Reading {
    @Nullable String read() throws IOException;
  }

  final List<CorruptRange> ranges = new ArrayList<>();

  /** A read threw an error, so that another attempt may succeed. */
  boolean failed;

  void guard(Scans.Found record, Reading reading) {
    String flaw;
    try {
      flaw = reading.read();
    } catch (EOFException e) {
      flaw = "its segment has lost its end";
    } catch (IOException | RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      flaw = "it could not be read: " + e;
      failed = true;
    }
    if (flaw != null) {
      ranges.add(
          new CorruptRange(
              record.segment().id(),
              Location.offset(record.location()),
              record.length(),
              null,
              flaw));
    }
  }
}
