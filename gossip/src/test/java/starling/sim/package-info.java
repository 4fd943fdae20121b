/**
 * The kernel of the simulator: virtual time, seeded randomness, a network that fails, and a trace
 * that tells whether two runs were the same. Knows nothing of what is simulated; may depend on the
 * JDK only.
 */
@NullMarked
package starling.sim;

import org.jspecify.annotations.NullMarked;
