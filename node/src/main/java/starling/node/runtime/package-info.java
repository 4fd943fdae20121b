/**
 * The implementations of the ports: clocks, randomness, timers, and below it HTTP, the network
 * between nodes, and files. May depend on Vert.x; decides nothing.
 */
@NullMarked
package starling.node.runtime;

import org.jspecify.annotations.NullMarked;
