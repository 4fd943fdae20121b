/**
 * Which members are alive: one interface, and the failure detectors behind it, as state machines.
 * May depend on {@code starling.gossip} and the JDK; time and randomness are arguments.
 */
@NullMarked
package starling.gossip.detector;

import org.jspecify.annotations.NullMarked;
