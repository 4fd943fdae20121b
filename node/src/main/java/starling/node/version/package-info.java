/**
 * Versions of a key: dots, version vectors, sibling sets and the contexts clients carry. Pure
 * values; time and randomness come as arguments.
 */
@NullMarked
package starling.node.version;

import org.jspecify.annotations.NullMarked;
