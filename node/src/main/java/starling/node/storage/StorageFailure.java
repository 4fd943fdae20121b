package starling.node.storage;

/**
 * Why an append or a save did not happen, or may not have. After a failed write or fsync nothing is
 * known about what reached the disk, so the first failure is final: the engine takes nothing more
 * until it is opened anew.
 */
public record StorageFailure(String reason) {}
