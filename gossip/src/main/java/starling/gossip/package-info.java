/**
 * Membership as a state machine: who is there, who is alive, and the facts nodes share. May depend
 * on the JDK only; time and chance are arguments, what is to be done comes out as values.
 */
@NullMarked
package starling.gossip;

import org.jspecify.annotations.NullMarked;
