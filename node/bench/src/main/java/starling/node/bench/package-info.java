/**
 * Measurements of single parts of the node, run by JMH. Depends on whatever is measured; nothing
 * depends on it.
 */
@NullMarked
package starling.node.bench;

import org.jspecify.annotations.NullMarked;
