/** What a client may ask of a node, and the outcomes. */
@NullMarked
package starling.node.request;

import org.jspecify.annotations.NullMarked;
