package starling.node.storage;

/** A key's newest set as it lies in the log, with its version hash; the array is the reader's. */
@SuppressWarnings("ArrayRecordComponent")
public record Stored(long versionHash, byte[] set) {}
