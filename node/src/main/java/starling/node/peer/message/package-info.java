/**
 * What nodes say to each other: one record for each kind of message, which writes and reads itself.
 * A new kind is a record and a line in {@link starling.node.peer.message.Kind}.
 */
@NullMarked
package starling.node.peer.message;

import org.jspecify.annotations.NullMarked;
