package starling.merkle;

/**
 * What a replica holds of one key.
 *
 * @param position where the key lies among all 2^64 positions, unsigned
 * @param versionHash equal on two replicas exactly if they hold the same of the key
 */
public record Element(long position, long versionHash) {}
