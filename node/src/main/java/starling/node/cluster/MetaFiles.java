package starling.node.cluster;

import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.port.Contained;
import starling.node.port.OutOfMemory;
import starling.node.port.Timers;
import starling.node.storage.Completion;
import starling.node.storage.Storage;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/** The small files of membership that must outlive the process. */
final class MetaFiles {
  private static final Logger log = LoggerFactory.getLogger(MetaFiles.class);

  static final int FORMAT = 1;
  static final long RETRY_NANOS = 1_000_000_000L;

  private final Storage storage;
  private final Timers timers;

  MetaFiles(Storage storage, Timers timers) {
    this.storage = storage;
    this.timers = timers;
  }

  byte @Nullable [] read(String name) {
    return storage.meta(name);
  }

  /** A call that throws is repeated, with the values of that time: nothing else would repeat it. */
  void save(String name, Supplier<byte[]> value, Completion done) {
    Completion end = failure -> Contained.tell("a listener of a save", done::completed, failure);
    try {
      storage.saveMeta(name, value.get(), end);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("the file {} cannot be saved; the node tries again in 1 s", name, e);
      var unused = timers.after(RETRY_NANOS, () -> save(name, value, done));
    }
  }

  static void writeId(BinaryWriter out, UUID id) {
    out.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
  }

  static UUID readId(BinaryReader in) {
    return new UUID(in.i64("an id"), in.i64("an id"));
  }

  static void requireFormat(int format, String what) {
    if (format != FORMAT) {
      throw new MalformedException(
          what + " of format " + format + "; this version reads format " + FORMAT);
    }
  }
}
