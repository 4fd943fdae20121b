package starling.gossip.detector;

import java.util.List;
import java.util.UUID;
import starling.gossip.ProcessIncarnation;

/**
 * A packet as it was read.
 *
 * @param readsUpTo the highest version of packets that the sender reads
 * @param heartbeat the sender's count of its own intervals
 */
record Packet(
    int readsUpTo,
    UUID cluster,
    UUID sender,
    ProcessIncarnation life,
    long heartbeat,
    Body body,
    List<Update> updates) {}
