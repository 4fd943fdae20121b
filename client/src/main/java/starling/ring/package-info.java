/**
 * Placement: where a key lies on the ring, which node owns which token, and the preference lists
 * that follow. May depend on the JDK and the hashing of Guava only.
 */
@NullMarked
package starling.ring;

import org.jspecify.annotations.NullMarked;
