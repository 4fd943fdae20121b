/**
 * One node, made of its parts over the ports. Production and the simulator run exactly this node.
 */
@NullMarked
package starling.node;

import org.jspecify.annotations.NullMarked;
