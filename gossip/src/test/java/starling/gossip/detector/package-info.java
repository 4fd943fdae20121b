/** Failure detectors in one simulated world, and their figures. */
@NullMarked
package starling.gossip.detector;

import org.jspecify.annotations.NullMarked;
