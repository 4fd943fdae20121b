/** What a member states about itself, and the words and bytes that all of gossip shares. */
@NullMarked
package starling.gossip;

import org.jspecify.annotations.NullMarked;
