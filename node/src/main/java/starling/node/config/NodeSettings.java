package starling.node.config;

import java.util.List;
import java.util.UUID;
import starling.gossip.Address;
import starling.gossip.detector.DetectorConfig;
import starling.node.request.BucketProperties;

/**
 * The settings of a node.
 *
 * @param id its id, stored in its data directory
 * @param wasMember whether the id has been in a cluster before
 * @param peer its address for other nodes
 * @param http its address for clients
 * @param partitions number of partitions of the ring, if this node founds the cluster
 * @param defaults the properties of buckets without any of their own, if this node founds the
 *     cluster
 * @param detection the intervals of failure detection
 * @param acceptStaleData whether the node accepts a rolled-back data directory as it is and does
 *     not wait for dead primaries
 */
public record NodeSettings(
    UUID id,
    boolean wasMember,
    String name,
    String clusterName,
    Address peer,
    Address http,
    String zone,
    int weight,
    String version,
    List<Address> seeds,
    int partitions,
    BucketProperties defaults,
    NodeLimits limits,
    DetectorConfig detection,
    boolean acceptStaleData) {
  public NodeSettings {
    seeds = List.copyOf(seeds);
  }
}
