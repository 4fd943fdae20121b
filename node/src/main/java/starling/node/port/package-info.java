/**
 * Interfaces to the world: clocks, timers, a network, a disk, randomness. Interfaces and plain
 * values only; production implements them with Vert.x and files, the simulator with one queue of
 * events.
 */
@NullMarked
package starling.node.port;

import org.jspecify.annotations.NullMarked;
