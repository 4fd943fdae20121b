/**
 * The log of ring records as plain values: what a record may change, the ring that follows from the
 * log, and the votes by which the members choose each next record. May depend on placement and on
 * the byte formats of {@code version}; reads no clock and touches no disk or network.
 */
@NullMarked
package starling.node.topology;

import org.jspecify.annotations.NullMarked;
