/**
 * A verified workload: what clients did to a key, and what must be found under it. May depend on
 * {@code starling.client}.
 */
@NullMarked
package starling.loadgen.check;

import org.jspecify.annotations.NullMarked;
