package starling.node.config;

import java.util.List;
import java.util.UUID;
import starling.gossip.Address;
import starling.node.request.BucketProperties;

/**
 * What a node is told about itself.
 *
 * @param id who it is, for as long as its directory lives
 * @param wasMember whether the id has been in a cluster before
 * @param peer where other nodes reach it
 * @param http where clients reach it
 * @param partitions into how many partitions the ring is cut, if this node founds the cluster
 * @param defaults the properties of buckets without any of their own, if this node founds the
 *     cluster
 * @param acceptStaleData whether a directory of the past keeps what it holds, and dead primaries
 *     are not waited for
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
    boolean acceptStaleData) {
  public NodeSettings {
    seeds = List.copyOf(seeds);
  }
}
