/**
 * Hash trees of which only the leaves are kept, and the exchange that finds where two replicas
 * differ: bytes in, bytes out. May depend on the JDK only.
 */
@NullMarked
package starling.merkle;

import org.jspecify.annotations.NullMarked;
