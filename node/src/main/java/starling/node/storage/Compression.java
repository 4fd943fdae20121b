package starling.node.storage;

/** How the sets of a bucket are kept in the log. */
public enum Compression {
  /** As they are. */
  NONE,

  /** Quick: costs little more than copying. */
  LZ4,

  /** Smaller, for a few times the work. */
  ZSTD;

  /** Which one for which bucket; asked by the writer for each record. */
  public interface Choice {
    Compression of(String bucket);
  }
}
