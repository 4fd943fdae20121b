package starling.gossip.cluster;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;

/**
 * The header of every message: the sender and its cluster.
 *
 * @param cluster null as long as the sender belongs to none
 * @param replyTo the sender's address; the connection a message came on may differ
 */
public record Header(
    String clusterName,
    @Nullable ClusterIdentity cluster,
    UUID sender,
    ProcessIncarnation life,
    Address replyTo) {}
