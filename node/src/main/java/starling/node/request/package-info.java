/** The requests of clients to a node, and their outcomes. */
@NullMarked
package starling.node.request;

import org.jspecify.annotations.NullMarked;
