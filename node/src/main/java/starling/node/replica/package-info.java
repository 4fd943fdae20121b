/** What this node stores of each key, with one owner per key. */
@NullMarked
package starling.node.replica;

import org.jspecify.annotations.NullMarked;
