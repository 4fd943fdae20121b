/**
 * One node, put together from the cores over the ports. Production and the simulator run exactly
 * this; it knows neither Vert.x nor threads nor clocks.
 */
@NullMarked
package starling.node.replica;

import org.jspecify.annotations.NullMarked;
