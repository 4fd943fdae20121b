package starling.node;

import starling.node.cluster.GossipLink;
import starling.node.cluster.OwnId;
import starling.node.port.Clock;
import starling.node.port.Randomness;
import starling.node.port.Timers;
import starling.node.port.Transport;
import starling.node.storage.Storage;

/** The ports of a node. Production and the simulator differ here and nowhere else. */
public record NodePorts(
    Clock clock,
    Timers timers,
    Randomness randomness,
    Transport transport,
    GossipLink gossip,
    OwnId ownId,
    Storage storage) {}
