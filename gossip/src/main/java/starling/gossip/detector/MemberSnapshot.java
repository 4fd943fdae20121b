package starling.gossip.detector;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Member;
import starling.gossip.Status;

/**
 * What one member knows of another, for the operator's table.
 *
 * @param heartbeat the highest count of the member's own intervals that has come here
 * @param contactNanos when a packet of it last came; null if none has, as for this member itself
 * @param sinceNanos since when it has had this status here
 * @param accusers who suspects it; empty unless it is suspect
 */
public record MemberSnapshot(
    Member member,
    Status status,
    long heartbeat,
    @Nullable Long contactNanos,
    long sinceNanos,
    List<UUID> accusers) {}
