package starling.node.topology;

/**
 * What the ring knows of a bucket.
 *
 * @param replicas its n
 * @param generation raised by truncation; sets of a lower one count as never written (P37)
 * @param changed the record that last changed either
 */
public record BucketEntry(int replicas, long generation, long changed) {}
