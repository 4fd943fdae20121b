/** What clients do, and the record of what they did and were told. */
@NullMarked
package starling.node.sim.workload;

import org.jspecify.annotations.NullMarked;
