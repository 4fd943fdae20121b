/** What goes wrong on purpose: the faults of a run, and the bugs that are planted to be found. */
@NullMarked
package starling.node.sim.fault;

import org.jspecify.annotations.NullMarked;
