package starling.node.storage;

/** A key's newest set, with its version hash. The array is shared and must not be changed. */
@SuppressWarnings("ArrayRecordComponent")
public record Stored(long versionHash, byte[] set) {}
