/**
 * The messages between nodes: one record for each kind, which writes and reads itself. A new kind
 * is a record and a line in {@link starling.node.peer.message.Kind}.
 */
@NullMarked
package starling.node.peer.message;

import org.jspecify.annotations.NullMarked;
