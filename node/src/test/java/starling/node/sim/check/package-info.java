/**
 * What must hold, at every answer and at rest, what is excused, and which rare paths a run took.
 */
@NullMarked
package starling.node.sim.check;

import org.jspecify.annotations.NullMarked;
