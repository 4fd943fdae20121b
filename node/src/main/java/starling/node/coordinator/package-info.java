/** Coordinates one client request, from admission to answer. */
@NullMarked
package starling.node.coordinator;

import org.jspecify.annotations.NullMarked;
