/**
 * Versions of a key: dots, version vectors, sibling sets, the clocks and actors they are named by,
 * and the contexts clients carry; with their bytes. Pure values and single-owner decisions: time
 * and randomness come as arguments. May depend on the JDK, its MACs included, and Guava's hashing.
 *
 * <p>{@link starling.node.version.Siblings} is what a replica holds of a key, {@link
 * starling.node.version.Past} what somebody has seen of it; a write turns the one into the next by
 * the other.
 */
@NullMarked
package starling.node.version;

import org.jspecify.annotations.NullMarked;
