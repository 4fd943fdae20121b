/** Frames between nodes over TCP: handshake, connections, bounds. */
@NullMarked
package starling.node.runtime.rpc;

import org.jspecify.annotations.NullMarked;
