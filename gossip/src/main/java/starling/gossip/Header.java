package starling.gossip;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What every message says first: which cluster the sender belongs to, and who it is.
 *
 * @param cluster null as long as the sender belongs to none
 * @param replyTo where the sender is reached; the connection a message came on may say otherwise
 */
public record Header(
    String clusterName,
    @Nullable ClusterIdentity cluster,
    UUID sender,
    Life life,
    Address replyTo) {}
