/**
 * Versions of a key: dots, version vectors, sibling sets, the clocks and actors of dots, and the
 * contexts of clients; with their encodings. Pure values and single-owner decisions: time and
 * randomness come as arguments. May depend on the JDK, its MACs included, and Guava's hashing.
 *
 * <p>{@link starling.node.version.Siblings} is what a replica holds of a key, {@link
 * starling.node.version.Past} the events of it that a client or a replica has seen; a write makes
 * the next set from both.
 */
@NullMarked
package starling.node.version;

import org.jspecify.annotations.NullMarked;
