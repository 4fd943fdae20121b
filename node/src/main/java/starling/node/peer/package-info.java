/** The protocol between nodes, and the one way to call a peer. */
@NullMarked
package starling.node.peer;

import org.jspecify.annotations.NullMarked;
