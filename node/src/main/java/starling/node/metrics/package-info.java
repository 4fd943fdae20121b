/** Counters of a node since its start, and the bytes that wait in it, with their bounds. */
@NullMarked
package starling.node.metrics;

import org.jspecify.annotations.NullMarked;
