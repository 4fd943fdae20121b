/**
 * Hash trees over the keys of one partition, and the exchange that finds where two of them differ.
 * May depend on the JDK only.
 */
@NullMarked
package starling.merkle;

import org.jspecify.annotations.NullMarked;
