package starling.node.storage;

/** How the sets of a bucket are compressed in the log. */
public enum Compression {
  /** Not compressed. */
  NONE,

  /** Fast: costs little more than copying. */
  LZ4,

  /** Smaller than lz4, for a few times the CPU time. */
  ZSTD;

  /** The compression of a bucket; asked by the writer thread for each record. */
  public interface Choice {
    Compression of(String bucket);
  }
}
