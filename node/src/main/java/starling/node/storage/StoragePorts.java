package starling.node.storage;

import java.util.random.RandomGenerator;
import starling.node.port.Clock;
import starling.node.port.Timers;

/**
 * The other ports of a store.
 *
 * @param timers run their tasks on the owner's executor
 * @param clock read by all threads
 * @param identity gives the salt of this process's checksums and the secret of the fingerprints
 */
public record StoragePorts(Timers timers, Clock clock, RandomGenerator identity) {}
