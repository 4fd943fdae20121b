/**
 * Finds out what this node may have lost, mostly between its start and its first request, and sees
 * to it that all of it is compared, fetched or repaired.
 */
@NullMarked
package starling.node.recovery;

import org.jspecify.annotations.NullMarked;
