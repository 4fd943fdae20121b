/**
 * What a node asks of the world: clocks, timers, a network, a disk, randomness. Interfaces and
 * plain values only; production stands on Vert.x and files, the simulator on one queue of events.
 */
@NullMarked
package starling.node.port;

import org.jspecify.annotations.NullMarked;
