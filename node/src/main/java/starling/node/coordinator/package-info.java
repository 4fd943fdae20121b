/**
 * Quorum decisions of reads and writes, as plain values: begin, add a reply, enough, outcome,
 * repairs. May depend on {@code starling.node.version} and {@code starling.ring}.
 */
@NullMarked
package starling.node.coordinator;

import org.jspecify.annotations.NullMarked;
