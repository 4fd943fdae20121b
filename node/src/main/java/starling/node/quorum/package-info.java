/**
 * Decides, as plain values, when enough replicas answered, the answer, the replicas to repair, and
 * the step that makes an event.
 */
@NullMarked
package starling.node.quorum;

import org.jspecify.annotations.NullMarked;
