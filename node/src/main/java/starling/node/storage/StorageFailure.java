package starling.node.storage;

/**
 * Why an append or a save failed, or may have failed. After a failed write or fsync it is unknown
 * which bytes reached the disk, so the first failure is final: the store accepts nothing more until
 * it is opened again.
 */
public record StorageFailure(String reason) {}
