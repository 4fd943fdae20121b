/**
 * Whole clusters in one thread on virtual time: the nodes and their wiring, one seed from its first
 * event to its verdict, and the histories told on purpose.
 */
@NullMarked
package starling.node.sim;

import org.jspecify.annotations.NullMarked;
