/**
 * A disk in memory that loses what a real one may lose. Uses the port and nothing else of the
 * simulator.
 */
@NullMarked
package starling.node.sim.disk;

import org.jspecify.annotations.NullMarked;
