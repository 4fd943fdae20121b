/**
 * Decides, as plain values, when enough replicas answered, what the answer is and whom to repair,
 * and the step that makes an event.
 */
@NullMarked
package starling.node.quorum;

import org.jspecify.annotations.NullMarked;
