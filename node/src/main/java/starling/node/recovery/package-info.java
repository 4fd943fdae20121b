/**
 * Finds possible losses of this node, mostly between its start and its first request, and has all
 * of them compared, fetched or repaired.
 */
@NullMarked
package starling.node.recovery;

import org.jspecify.annotations.NullMarked;
